// What the block-level operators share: memory that is used again at the next step, its layout, and the
// gradients of many parameters in one piece.
//
// A block-level operator is one autograd node for a whole residual branch of a model: forward and backward by
// hand over the kernels of kernels/fused and kernels/wkv7.h, for fp32 on the CPU. It goes through the batch
// in chunks of whole sequences, so that what one kernel leaves the next one finds in the cache.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/fused/gemm.h"

namespace anser::ops {

/// An fp32 CPU tensor, not filled. Its memory comes from a list of buffers that tensors of this kind left
/// behind, whichever thread frees them; a training step in steady state allocates none. The list holds at
/// most kIdleBytes.
at::Tensor reusable_empty(at::IntArrayRef shape);
inline constexpr std::size_t kIdleBytes = std::size_t{512} << 20;

/// True where the block-level operators run: fp32 on the CPU.
bool runs_blocks(const at::Tensor& x);

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

/// Sequences that are worked on together, and where the chunks of a batch begin.
struct Chunks {
  std::int64_t batch = 0, time = 0, sequences = 1;

  Chunks(std::int64_t batch, std::int64_t time, std::int64_t wanted_rows);
  std::int64_t count() const { return time == 0 ? 0 : (batch + sequences - 1) / sequences; }
  std::int64_t first(std::int64_t chunk) const { return chunk * sequences; }
  std::int64_t sequences_of(std::int64_t chunk) const;
  std::int64_t rows() const { return sequences * time; }  // of a full chunk
};

/// A packed matrix (kernels/fused/gemm.h) in a layout.
class Packed {
 public:
  Packed(Layout& layout, std::int64_t inner, std::int64_t columns);
  void fill(kernels::fused::Major major, const float* matrix) const;
  /// out [rows, columns] = x [rows, inner] B + bias (or null).
  void multiply(std::int64_t rows, const float* x, float* out, const float* bias = nullptr) const;
  void multiply_add(std::int64_t rows, const float* x, float* out) const;

 private:
  std::int64_t inner_, columns_;
  float* numbers_;
};

/// Gradients of tensors, shaped like them, zero at first, in one reusable buffer; undefined where the tensor
/// is.
class Gradients {
 public:
  explicit Gradients(at::TensorList like);
  float* operator[](std::size_t index) const { return places_[index]; }
  at::Tensor tensor(std::size_t index) const;
  /// All of them, in order.
  std::vector<at::Tensor> tensors() const;

 private:
  at::Tensor buffer_;
  at::TensorList like_;
  std::vector<float*> places_;
};

}  // namespace anser::ops
