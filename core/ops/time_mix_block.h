// Time mixing of RWKV-7 as one operator with its residual, forward and backward by hand (core/ops/block.h):
//
//     h = LN(x; norm)                    x_m = h + (h_{t-1} - h) mu_m,  m in r w k v a g
//     r, k, v = x_r R^T, x_k K^T, x_v V^T
//     decay = w0 + tanh(x_w w1) w2       icl = a0 + (x_a a1) a2         gate = sigma(x_g g1) g2
//     v += (v_first - v) sigma(v0 + (x_v v1) v2)                        after the first layer
//     k~, a, b = key_preparation(k, icl, decay; c)
//     out = x + read_out(wkv7(r, decay, k~, v, a, b), r, k~, v, gate) O^T
//
// The definition is nn::TimeMix's composition of single operators, to which the tests compare values and all
// gradients.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/ops/ops.h"
#include "core/ops/token_pairs.h"

namespace anser::ops {

/// What one block's time mixing carries: the last normed row [B, D] and the WKV state [B, H, N, N].
/// Undefined: zeros.
struct TimeMixState {
  at::Tensor shift, wkv;
};

/// Under their checkpoint names and shapes: x_* w0 a0 v0 k_k k_a [1, 1, D]; w1 a1 v1 g1 [D, rank] and
/// w2 a2 v2 g2 [rank, D] input-major; r_k [H, N]; the four projections [D, D] output-major; ln_x [D].
/// v0, v1, v2 are undefined in the first layer, whose value is the v_first of the others.
struct TimeMixParameters {
  Multiplier c = Multiplier::one;
  at::Tensor x_r, x_w, x_k, x_v, x_a, x_g;
  at::Tensor w0, w1, w2, a0, a1, a2, v0, v1, v2, g1, g2;
  at::Tensor k_k, k_a, r_k;
  at::Tensor receptance, key, value, output;
  at::Tensor ln_x_weight, ln_x_bias;
};

/// x [B, T, D] fp32 on the CPU; norm_weight, norm_bias [D]. Writes v_first [B, T, D] in the first layer and
/// reads it elsewhere. `state` may be null (fresh words); otherwise read and replaced, without a gradient.
/// Returns x + time mixing [B, T, D]. Differentiable once in x, v_first and all parameters. InputError naming
/// argument, shape and wish.
at::Tensor time_mix_block(const at::Tensor& x, const at::Tensor& norm_weight, const at::Tensor& norm_bias,
                          const TimeMixParameters& parameters, at::Tensor& v_first,
                          TimeMixState* state = nullptr);

/// The same for the first layer of fresh words x[b, t] = table[ids[b, t]], forming r ... gate once for each
/// of the distinct pairs of neighbouring tokens: the same bits out, gradients summed in another order. table
/// [V, D] fp32 on the CPU; `pairs` of ids (core/ops/token_pairs.h). Writes v_first. Returns [B, T, D].
/// Differentiable once in table, v_first and all parameters. InputError as above.
at::Tensor time_mix_block(const TokenPairs& pairs, const at::Tensor& table, const at::Tensor& norm_weight,
                          const at::Tensor& norm_bias, const TimeMixParameters& parameters,
                          at::Tensor& v_first);

}  // namespace anser::ops
