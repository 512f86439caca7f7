// The same operators written with ATen alone, differentiable by ordinary autograd: what CUDA runs for the
// neighbours of the recurrence, and an independent reference for values and gradients. Contracts:
// core/ops/ops.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <tuple>

#include "kernels/fused/key_preparation.h"
#include "kernels/wkv7.h"

namespace anser::ops::composed {

/// A loop over tokens with a state update in ATen operators per token.
std::tuple<at::Tensor, at::Tensor> wkv7(const at::Tensor& r, const at::Tensor& w, const at::Tensor& k,
                                        const at::Tensor& v, const at::Tensor& a, const at::Tensor& b,
                                        const std::optional<at::Tensor>& s0, kernels::Decay decay);

at::Tensor token_shift(const at::Tensor& x, const std::optional<at::Tensor>& previous, const at::Tensor& mu);

std::tuple<at::Tensor, at::Tensor, at::Tensor> key_preparation(const at::Tensor& k,
                                                               const at::Tensor& icl_logit,
                                                               const at::Tensor& decay_logit,
                                                               const at::Tensor& k_k, const at::Tensor& k_a,
                                                               kernels::fused::Multiplier c);

at::Tensor read_out(const at::Tensor& y, const at::Tensor& r, const at::Tensor& k_tilde, const at::Tensor& v,
                    const at::Tensor& gate, const at::Tensor& r_k, const at::Tensor& norm_weight,
                    const at::Tensor& norm_bias);

at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

at::Tensor squared_relu(const at::Tensor& x);

/// With axes before those of ops.h, logits [.., rows, V] and target [.., rows], a loss for each: [..].
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target, double l2wrap);

}  // namespace anser::ops::composed
