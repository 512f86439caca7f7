// A call of time mixing as plain arrays, between its autograd node (time_mix_block.cpp) and its passes: what
// the recurrence takes of each token is formed (time_mix_terms.h), then the recurrence runs and is read out
// (time_mix_read.h); for the chunks of a batch (time_mix_chunks.cpp), or the first half for the distinct
// pairs of neighbouring tokens alone (time_mix_pairs.cpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/ops/chunks.h"
#include "core/ops/token_pairs.h"
#include "kernels/fused/key_preparation.h"
#include "kernels/wkv7.h"

namespace anser::ops::time_mix {

/// The inputs in the order of the node's. The last four are there after the first layer only.
enum Input : std::size_t {
  // clang-format off
  kX, kNormWeight, kNormBias,
  kMuR, kMuW, kMuK, kMuV, kMuA, kMuG,
  kW0, kW1, kW2, kA0, kA1, kA2, kG1, kG2,
  kKK, kKA, kRK, kReceptance, kKey, kValue, kOutput, kLnXWeight, kLnXBias,
  kVFirst, kV0, kV1, kV2,
  kInputs
  // clang-format on
};
inline constexpr std::int64_t kMixtures = 6;

using Inputs = std::array<const float*, kInputs>;
using InputGradients = std::array<float*, kInputs>;

/// A low-rank path: matrices [D, rank] and [rank, D]; rank 0 where there is none.
struct LowRank {
  Input inner, outer;
  std::int64_t rank = 0;
};

/// Sizes, multiplier, inputs and state. Null where the state before is zero or the one after is not wanted.
struct Call {
  std::int64_t batch = 0, time = 0, width = 0, heads = 0, size = 0;
  LowRank w{kW1, kW2}, a{kA1, kA2}, g{kG1, kG2}, v{kV1, kV2};
  bool first = true;  // layer
  kernels::fused::Multiplier c = kernels::fused::Multiplier::one;
  Inputs in{};                                                 // in[kX] [B, T, D], or [V, D] with pairs
  const float *shift_before = nullptr, *wkv_before = nullptr;  // [B, D], [B, H, N, N]
  float *shift_after = nullptr, *wkv_after = nullptr;

  /// The states of sequences first...
  const float* shift_before_of(std::int64_t sequence) const { return at(shift_before, sequence, width); }
  const float* wkv_before_of(std::int64_t sequence) const { return at(wkv_before, sequence, width * size); }
  float* shift_after_of(std::int64_t sequence) const { return at(shift_after, sequence, width); }
  float* wkv_after_of(std::int64_t sequence) const { return at(wkv_after, sequence, width * size); }

 private:
  template <class Number>
  static Number* at(Number* array, std::int64_t sequence, std::int64_t step) {
    return array != nullptr ? array + sequence * step : nullptr;
  }
};

/// The packed matrices of a pass.
class Weights {
 public:
  /// `projections`: output in the forward pass (y = x W^T); input in the backward one (dx = dy W). The
  /// low-rank factors lie the other way round.
  Weights(Layout& layout, const Call& call, kernels::fused::Major projections);
  void fill(const Call& call) const;

  struct Path {
    LowRank low;
    Packed inner, outer;
  };
  Packed receptance, key, value, output;
  Path w, a, g, v;
};

/// What the recurrence and its read-out take of each token, or the gradients of it: arrays [rows, D].
struct Terms {
  float *r, *decay, *k_tilde, *v, *a, *b, *gate;

  Terms(Layout& layout, const Call& call, std::int64_t rows);
  std::array<float*, 7> arrays() const { return {r, decay, k_tilde, v, a, b, gate}; }
  /// Those of the rows from `row` on.
  Terms from(const Call& call, std::int64_t row) const;
};

/// Adds the gradient of y = x W^T with respect to W and returns in dx that of x.
void projection_backward(const Call& call, const Packed& matrix, Input weight, std::int64_t rows,
                         const float* x, const float* dy, float* dx, const InputGradients& grads);

/// The passes. `saved`: saved_size numbers. Forward writes out [B, T, D], in the first layer v_first
/// [B, T, D], and the state after; with `keep` it leaves in `saved` what the backward pass needs. backward:
/// dout [B, T, D]; dv_first the gradient that reached the first layer's value, or null. Overwrites grads[kX]
/// and grads[kVFirst], adds to the parameters'.
namespace chunks {
std::int64_t saved_size(const Call& call, bool keep);
std::int64_t forward_scratch_size(const Call& call);
std::int64_t backward_scratch_size(const Call& call);
void forward(const Call& call, bool keep, float* saved, float* scratch, float* out, float* v_first);
void backward(const Call& call, float* saved, float* scratch, const float* dout, const float* dv_first,
              const InputGradients& grads);
}  // namespace chunks

/// The same for the first layer of fresh words, whose x is rows of a table in[kX] [V, D].
namespace pairs {
std::int64_t saved_size(const Call& call, const TokenPairs& pairs, bool keep);
std::int64_t forward_scratch_size(const Call& call, const TokenPairs& pairs);
std::int64_t backward_scratch_size(const Call& call, const TokenPairs& pairs);
void forward(const Call& call, const TokenPairs& pairs, bool keep, float* saved, float* scratch, float* out,
             float* v_first);
void backward(const Call& call, const TokenPairs& pairs, float* saved, float* scratch, const float* dout,
              const float* dv_first, const InputGradients& grads);
}  // namespace pairs

}  // namespace anser::ops::time_mix
