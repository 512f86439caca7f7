// A model's two ends as single operators, forward and backward by hand (core/ops/block.h).
#pragma once

#include <ATen/core/Tensor.h>

namespace anser::ops {

/// Rows of a table: table [V, D] fp32 on the CPU, ids [B, T] int64 in 0..V-1 (checked). Returns [B, T, D].
/// The gradient of a row is summed in the order of the tokens.
at::Tensor embedding(const at::Tensor& table, const at::Tensor& ids);

/// The head: LN(x; norm) W^T + bias. x [B, T, D] fp32 on the CPU; norm_weight, norm_bias [D]; weight [V, D]
/// output-major; bias [V] or undefined. Returns [B, T, V]. Differentiable once in all inputs. InputError
/// naming argument, shape and wish.
at::Tensor norm_linear(const at::Tensor& x, const at::Tensor& norm_weight, const at::Tensor& norm_bias,
                       const at::Tensor& weight, const at::Tensor& bias);

}  // namespace anser::ops
