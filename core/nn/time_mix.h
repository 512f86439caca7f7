// Time mixing of RWKV-7 (arXiv 2503.14456 eqs 3-22): everything between the first layer norm of a block and
// its residual.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/nn/precision.h"
#include "core/ops/ops.h"

namespace anser::nn {

/// What one block's time mixing carries: the last input row [B, D] and the WKV state [B, H, N, N]. Undefined:
/// zeros.
struct TimeMixState {
  at::Tensor shift, wkv;
};

/// Tensors under their checkpoint names and shapes: x_* w0 a0 v0 k_k k_a [1, 1, D]; w1 a1 v1 g1 [D, rank] and
/// w2 a2 v2 g2 [rank, D] input-major; r_k [H, N]; the four projections [D, D] output-major; ln_x [D].
/// v0, v1, v2 are undefined in the first layer, whose value is the v_first of the others.
struct TimeMix {
  ops::Multiplier c = ops::Multiplier::one;
  at::Tensor x_r, x_w, x_k, x_v, x_a, x_g;
  at::Tensor w0, w1, w2, a0, a1, a2, v0, v1, v2, g1, g2;
  at::Tensor k_k, k_a, r_k;
  at::Tensor receptance, key, value, output;
  at::Tensor ln_x_weight, ln_x_bias;

  /// h [B, T, D], the block's first layer norm. Writes `v_first` in the first layer and reads it elsewhere.
  /// `state` may be null; otherwise read and replaced. Returns [B, T, D], what the block adds to the
  /// residual.
  at::Tensor forward(const at::Tensor& h, at::Tensor& v_first, TimeMixState* state,
                     const Rounding& round) const;
};

}  // namespace anser::nn
