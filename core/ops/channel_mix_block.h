// Channel mixing of RWKV-7 as one operator with its residual, forward and backward by hand
// (core/ops/block.h):
//
//     h = LN(x; norm),   out = x + max((h + (h_{t-1} - h) x_k) K^T, 0)^2 V^T
//
// The definition is nn::ChannelMix's composition of single operators.
#pragma once

#include <ATen/core/Tensor.h>

namespace anser::ops {

/// x [B, T, D] fp32 on the CPU; norm_weight, norm_bias [D]; x_k [1, 1, D]; key [hidden, D] and value
/// [D, hidden], output-major. Returns [B, T, D]. Every word begins with a zero predecessor. Differentiable
/// once in all inputs. InputError naming argument, shape and wish.
at::Tensor channel_mix_block(const at::Tensor& x, const at::Tensor& norm_weight, const at::Tensor& norm_bias,
                             const at::Tensor& x_k, const at::Tensor& key, const at::Tensor& value,
                             at::Tensor* shift = nullptr);

}  // namespace anser::ops
