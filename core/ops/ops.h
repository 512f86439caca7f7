// The operators of RWKV-7 as differentiable tensor functions, registered as torch.ops.anser.*.
//
// Each runs a kernel of the kernels room: fp32 on the CPU the fast form, fp64 the reference. On CUDA the
// recurrence is a kernel (core/ops/recurrence.h) and its neighbours are compositions of ATen operators
// (core/ops/composed.h). First derivatives only: the backward operators have no derivative and say so. Inputs
// are contiguous; a wrong shape, dtype, device or stride is an InputError naming operator and argument.
// Formulas and shapes: kernels/wkv7.h and kernels/fused/*.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <tuple>

#include "kernels/fused/key_preparation.h"
#include "kernels/wkv7.h"

namespace anser::ops {

using kernels::Decay;
using kernels::fused::Multiplier;

/// The WKV-7 recurrence (kernels/wkv7.h). r, w, k, v, a, b [B, T, H, N]; s0 [B, H, N, N] or nothing (zeros).
/// `kernel`: RecurrenceOptions::kernel. Returns y [B, T, H, N] and the last state sT [B, H, N, N].
/// Differentiable in all seven inputs.
std::tuple<at::Tensor, at::Tensor> wkv7(const at::Tensor& r, const at::Tensor& w, const at::Tensor& k,
                                        const at::Tensor& v, const at::Tensor& a, const at::Tensor& b,
                                        const std::optional<at::Tensor>& s0 = std::nullopt,
                                        Decay decay = Decay::logit,
                                        std::optional<kernels::cuda::CudaKernel> kernel = std::nullopt);

/// x [B, T, D], previous [B, D] or nothing (zeros; receives no gradient), mu [M, D]. Returns [M, B, T, D].
at::Tensor token_shift(const at::Tensor& x, const std::optional<at::Tensor>& previous, const at::Tensor& mu);

/// k, icl_logit, decay_logit [B, T, H, N]; k_k, k_a [H, N]. Returns k_tilde, a, b [B, T, H, N].
std::tuple<at::Tensor, at::Tensor, at::Tensor> key_preparation(const at::Tensor& k,
                                                               const at::Tensor& icl_logit,
                                                               const at::Tensor& decay_logit,
                                                               const at::Tensor& k_k, const at::Tensor& k_a,
                                                               Multiplier c);

/// y, r, k_tilde, v, gate [B, T, H, N]; r_k, norm_weight, norm_bias [H, N]. Returns [B, T, H, N].
at::Tensor read_out(const at::Tensor& y, const at::Tensor& r, const at::Tensor& k_tilde, const at::Tensor& v,
                    const at::Tensor& gate, const at::Tensor& r_k, const at::Tensor& norm_weight,
                    const at::Tensor& norm_bias);

/// x [rows, D], weight and bias [D]. Returns [rows, D].
at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

/// max(x, 0)^2, x [rows, D].
at::Tensor squared_relu(const at::Tensor& x);

/// Mean cross entropy over the scored rows: logits [rows, V], target [rows] int64, -1 (not scored) or in
/// 0..V-1. l2wrap: factor of RWKV-LM's logit regulariser in the gradient (kernels/fused/cross_entropy.h).
/// Returns a scalar.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target, double l2wrap = 0);

}  // namespace anser::ops
