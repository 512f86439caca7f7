#include "core/ops/composed.h"

#include <ATen/ATen.h>

#include <cmath>

#include "kernels/fused/layer_norm.h"
#include "kernels/fused/read_out.h"
#include "kernels/recurrence_math.h"

namespace anser::ops::composed {

std::tuple<at::Tensor, at::Tensor> wkv7(const at::Tensor& r, const at::Tensor& w, const at::Tensor& k,
                                        const at::Tensor& v, const at::Tensor& a, const at::Tensor& b,
                                        const std::optional<at::Tensor>& s0, kernels::Decay decay) {
  const auto log_w = decay == kernels::Decay::log ? w : at::sigmoid(w) * -kernels::kInvSqrtE;
  const auto factor = at::exp(log_w);
  auto state = s0 ? *s0 : at::zeros({r.size(0), r.size(2), r.size(3), r.size(3)}, r.options());
  std::vector<at::Tensor> ys;
  for (std::int64_t t = 0; t < r.size(1); ++t) {
    const auto row = [t](const at::Tensor& x) { return x.select(1, t).unsqueeze(-2); };     // [B, H, 1, N]
    const auto column = [t](const at::Tensor& x) { return x.select(1, t).unsqueeze(-1); };  // [B, H, N, 1]
    const auto u = at::matmul(state, column(a));
    state = state * row(factor) + u * row(b) + column(v) * row(k);
    ys.push_back(at::matmul(state, column(r)).squeeze(-1));
  }
  return {ys.empty() ? at::zeros_like(r) : at::stack(ys, 1), state};
}

at::Tensor token_shift(const at::Tensor& x, const std::optional<at::Tensor>& previous, const at::Tensor& mu) {
  if (x.size(1) == 0) return at::zeros({mu.size(0), x.size(0), 0, x.size(2)}, x.options());
  const auto first = previous ? previous->unsqueeze(1) : at::zeros_like(x.narrow(1, 0, 1));
  const auto before = at::cat({first.detach(), x.narrow(1, 0, x.size(1) - 1)}, 1);  // [B, T, D]
  return x + (before - x) * mu.view({mu.size(0), 1, 1, mu.size(1)});
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> key_preparation(const at::Tensor& k,
                                                               const at::Tensor& icl_logit,
                                                               const at::Tensor& decay_logit,
                                                               const at::Tensor& k_k, const at::Tensor& k_a,
                                                               kernels::fused::Multiplier c) {
  using kernels::fused::Multiplier;
  const auto alpha = at::sigmoid(icl_logit);
  const auto kappa = k * k_k;
  const auto kappa_hat = kappa / at::linalg_vector_norm(kappa, 2, {-1}, true).clamp_min(1e-12);
  const auto k_tilde = k * (1 + (alpha - 1) * k_a);
  auto b = kappa_hat * alpha;
  if (c == Multiplier::two) b = 2 * b;
  if (c == Multiplier::one_plus_decay) b = b * (1 + at::exp(at::sigmoid(decay_logit) * -kernels::kInvSqrtE));
  return {k_tilde, -kappa_hat, b};
}

at::Tensor read_out(const at::Tensor& y, const at::Tensor& r, const at::Tensor& k_tilde, const at::Tensor& v,
                    const at::Tensor& gate, const at::Tensor& r_k, const at::Tensor& norm_weight,
                    const at::Tensor& norm_bias) {
  const auto centred = y - y.mean(-1, true);
  const auto variance = (centred * centred).mean(-1, true);
  const auto p = centred / at::sqrt(variance + kernels::fused::kGroupNormEpsilon) * norm_weight + norm_bias;
  const auto bonus = (r * k_tilde * r_k).sum(-1, true) * v;
  return (p + bonus) * gate;
}

at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const auto centred = x - x.mean(-1, true);
  const auto variance = (centred * centred).mean(-1, true);
  return centred / at::sqrt(variance + kernels::fused::kLayerNormEpsilon) * weight + bias;
}

at::Tensor squared_relu(const at::Tensor& x) {
  const auto positive = at::relu(x);
  return positive * positive;
}

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target, double l2wrap) {
  const auto scored = target >= 0;
  const auto picked = at::log_softmax(logits, -1).gather(-1, target.clamp_min(0).unsqueeze(-1)).squeeze(-1);
  const auto loss = -(picked * scored).sum(-1) / scored.sum(-1).clamp_min(1);
  if (l2wrap == 0 || logits.size(-2) == 0) return loss;
  // Adds the gradient of l2wrap / (2 rows) sum(max^2) without adding to the value.
  const auto highest = logits.gather(-1, logits.argmax(-1, true));
  const auto penalty =
      (highest * highest).sum({-2, -1}) * (l2wrap / (2 * static_cast<double>(logits.size(-2))));
  return loss + (penalty - penalty.detach());
}

}  // namespace anser::ops::composed
