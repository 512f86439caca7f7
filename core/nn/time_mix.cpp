#include "core/nn/time_mix.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/unbind.h>

#include "core/nn/shift_state.h"

namespace anser::nn {
namespace {

std::optional<at::Tensor> if_defined(const at::Tensor& tensor) {
  return tensor.defined() ? std::optional(tensor) : std::nullopt;
}

}  // namespace

at::Tensor TimeMix::forward(const at::Tensor& h, at::Tensor& v_first, TimeMixState* state,
                            const Rounding& round) const {
  const std::int64_t batch = h.size(0), time = h.size(1), width = h.size(2);
  const std::int64_t heads = r_k.size(0), size = r_k.size(1);
  const auto by_head = [&](const at::Tensor& x) { return x.view({batch, time, heads, size}); };
  const auto per_channel = [&](const at::Tensor& x) { return x.view({heads, size}); };

  const auto mu = at::cat({x_r, x_w, x_k, x_v, x_a, x_g}).view({6, width});
  const auto previous = state != nullptr ? if_defined(state->shift) : std::nullopt;
  const auto mixed = at::unbind(round(ops::token_shift(h, previous, mu)).view({6, batch * time, width}));
  const auto &in_r = mixed[0], &in_w = mixed[1], &in_k = mixed[2];  // [B*T, D] each
  const auto &in_v = mixed[3], &in_a = mixed[4], &in_g = mixed[5];

  const auto low_rank = [&](const at::Tensor& bias, const at::Tensor& inner, const at::Tensor& outer) {
    return round(at::addmm(bias.view({width}), inner, outer));
  };
  const auto r = round(at::linear(in_r, receptance));
  const auto k = round(at::linear(in_k, key));
  auto v = round(at::linear(in_v, value));
  const auto decay_logit = low_rank(w0, round(at::tanh(round(at::mm(in_w, w1)))), w2);
  const auto icl_logit = low_rank(a0, round(at::mm(in_a, a1)), a2);
  const auto gate = round(at::mm(round(at::sigmoid(round(at::mm(in_g, g1)))), g2));
  if (!v0.defined()) {
    v_first = v;
  } else {
    const auto nu = round(at::sigmoid(low_rank(v0, round(at::mm(in_v, v1)), v2)));
    v = round(at::addcmul(v, v_first - v, nu));
  }

  auto [k_tilde, a, b] = ops::key_preparation(by_head(k), by_head(icl_logit), by_head(decay_logit),
                                              per_channel(k_k), per_channel(k_a), c);
  k_tilde = round(k_tilde);
  const auto s0 = state != nullptr ? if_defined(state->wkv) : std::nullopt;
  // All arguments hold bf16 numbers then: as such the kernels of a device take them.
  const bool bf16_tokens = round.to_bf16() && h.is_cuda();
  const auto tokens = [&](const at::Tensor& x) { return bf16_tokens ? x.to(at::kBFloat16) : x; };
  const auto [y, sT] = ops::wkv7(tokens(by_head(r)), tokens(by_head(decay_logit)), tokens(k_tilde),
                                 tokens(by_head(v)), tokens(round(a)), tokens(round(b)), s0,
                                 ops::Decay::logit, h.is_cuda() ? kernel : std::nullopt);
  const auto read =
      round(ops::read_out(round(y.to(h.scalar_type())), by_head(r), k_tilde, by_head(v), by_head(gate), r_k,
                          per_channel(ln_x_weight), per_channel(ln_x_bias)));
  if (state != nullptr) {
    keep_last_row(h, state->shift);
    state->wkv = sT.detach();
  }
  return round(at::linear(read.view({batch * time, width}), output)).view(h.sizes());
}

}  // namespace anser::nn
