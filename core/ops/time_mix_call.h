// A call of time_mix_block as plain arrays, between its autograd node (time_mix_block.cpp) and its two passes
// (time_mix_forward.cpp, time_mix_backward.cpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/ops/chunks.h"
#include "kernels/fused/key_preparation.h"
#include "kernels/fused/read_out.h"
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
  std::array<const float*, kInputs> in{};
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

/// What the backward pass needs of a chunk of `sequences` sequences. The mixtures are formed again: memory
/// beyond the inner caches is dearer.
struct Saved {
  float *h, *r, *k, *own, *decay, *icl, *gate, *hidden_w, *hidden_a, *hidden_g, *hidden_v, *z, *v;
  float *k_tilde, *a, *b, *y, *read, *checkpoints;

  Saved(Layout& layout, const Call& call, std::int64_t sequences);

  kernels::fused::KeyPreparationInputs<float> key_inputs(const Call& call) const;
  kernels::fused::ReadOutInputs<float> read_out_inputs(const Call& call) const;
  /// Of the sequences from `first` on.
  kernels::Wkv7Inputs<float> recurrence_inputs(const Call& call, std::int64_t first) const;
};

/// out [sequences, T, D]: the mixture of a chunk's normed rows h with their predecessors by call.in[mu].
void mix(const Call& call, Input mu, const float* h, std::int64_t first, std::int64_t sequences, float* out);

kernels::Wkv7Shape recurrence_shape(const Call& call, std::int64_t sequences);

/// Numbers that the passes need: `saved` of a chunk, scratch of either pass.
std::int64_t saved_size(const Call& call);
std::int64_t forward_scratch_size(const Call& call);
std::int64_t backward_scratch_size(const Call& call);

/// Writes out [B, T, D], in the first layer v_first [B, T, D], and the state after. saved: saved_size numbers
/// for each chunk where `keep`, else for one.
void forward(const Call& call, bool keep, float* saved, float* scratch, float* out, float* v_first);

/// dout [B, T, D]; dv_first the gradient that reached the first layer's value, or null. Overwrites grads[kX]
/// and grads[kVFirst], adds to the parameters'.
void backward(const Call& call, float* saved, float* scratch, const float* dout, const float* dv_first,
              const std::array<float*, kInputs>& grads);

}  // namespace anser::ops::time_mix
