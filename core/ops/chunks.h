// How a block-level operator (core/ops/block.h) goes through a batch: in chunks of whole sequences, so that
// what one kernel leaves the next one finds in the cache, with all its memory laid out in one piece.
#pragma once

#include <cstdint>

#include "kernels/fused/gemm.h"

namespace anser::ops {

/// Rows (tokens) that a chunk should have.
inline constexpr std::int64_t kChunkRows = 64;

/// Sequences that are worked on together, and where the chunks of a batch begin.
struct Chunks {
  std::int64_t batch = 0, time = 0, sequences = 1;

  /// Chunks of kChunkRows rows, or of one longer sequence.
  Chunks(std::int64_t batch, std::int64_t time);
  std::int64_t count() const { return time == 0 ? 0 : (batch + sequences - 1) / sequences; }
  std::int64_t first(std::int64_t chunk) const { return chunk * sequences; }
  std::int64_t sequences_of(std::int64_t chunk) const;
  std::int64_t rows() const { return sequences * time; }  // of a full chunk
};

/// Hands out the parts of one piece of memory, or (without memory) finds how many numbers they take together.
/// Parts begin at cache lines and at different places within a page.
class Layout {
 public:
  explicit Layout(float* memory = nullptr) : memory_(memory) {}
  float* take(std::int64_t numbers);
  std::int64_t size() const { return size_; }

 private:
  float* memory_;
  std::int64_t size_ = 0;
};

/// Numbers that the parts of `Parts(layout, arguments...)` take.
template <class Parts, class... Arguments>
std::int64_t layout_size(const Arguments&... arguments) {
  Layout layout;
  const Parts parts(layout, arguments...);
  return layout.size();
}

/// A packed matrix (kernels/fused/gemm.h) in a layout.
class Packed {
 public:
  /// For a matrix M [rows, columns]: the factor b of y = x b is M (Major::input) or M^T (Major::output).
  Packed(Layout& layout, kernels::fused::Major major, std::int64_t rows, std::int64_t columns);
  /// stride: from a row of M to the next.
  void fill(const float* matrix, std::int64_t stride) const;
  /// out = x b and the terms that kernels::fused::multiply takes.
  void multiply(std::int64_t rows, const float* x, float* out,
                const kernels::fused::ProductTerms& terms = {}) const;

 private:
  kernels::fused::Major major_;
  std::int64_t inner_, columns_;
  float* numbers_;
};

}  // namespace anser::ops
