// The neighbours of the recurrence in time mixing as operators: token shift, key preparation, read-out.
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "core/base/error.h"
#include "core/ops/checks.h"
#include "core/ops/composed.h"
#include "core/ops/differentiate.h"
#include "core/ops/ops.h"
#include "kernels/fused/key_preparation.h"
#include "kernels/fused/read_out.h"
#include "kernels/fused/token_shift.h"

namespace anser::ops {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using OptionalTensor = std::optional<Tensor>;
using Pair = std::tuple<Tensor, Tensor>;
using Triple = std::tuple<Tensor, Tensor, Tensor>;
namespace fused = kernels::fused;

// Token shift.

fused::TokenShiftShape check_token_shift(const Tensor& x, const OptionalTensor& previous, const Tensor& mu) {
  constexpr const char* kName = "ops::token_shift";
  check_leading(kName, "x", x, 3, "[B, T, D]");
  check_leading(kName, "mu", mu, 2, "[M, D]");
  check_argument(kName, "mu", mu, {mu.size(0), x.size(2)}, x);
  if (previous) check_argument(kName, "previous", *previous, {x.size(0), x.size(2)}, x);
  require(mu.size(0) <= fused::kMostMixtures, kName, "mu has {} mixtures, wanted at most {}", mu.size(0),
          fused::kMostMixtures);
  return {.batch = x.size(0), .time = x.size(1), .width = x.size(2), .mixtures = mu.size(0)};
}

Tensor token_shift_meta(const Tensor& x, const OptionalTensor& previous, const Tensor& mu) {
  const auto shape = check_token_shift(x, previous, mu);
  return at::empty({shape.mixtures, shape.batch, shape.time, shape.width}, x.options());
}

template <typename Real>
const Real* data_or_null(const OptionalTensor& tensor) {
  return tensor ? data<Real>(*tensor) : nullptr;
}

Tensor token_shift_cpu(const Tensor& x, const OptionalTensor& previous, const Tensor& mu) {
  const auto shape = check_token_shift(x, previous, mu);
  auto out = at::empty({shape.mixtures, shape.batch, shape.time, shape.width}, x.options());
  if (x.scalar_type() == at::kDouble)
    fused::reference::token_shift_forward<double>(shape, data<double>(x), data_or_null<double>(previous),
                                                  data<double>(mu), mutable_data<double>(out));
  else
    fused::token_shift_forward(shape, data<float>(x), data_or_null<float>(previous), data<float>(mu),
                               mutable_data<float>(out));
  return out;
}

Pair token_shift_backward_meta(const Tensor& x, const OptionalTensor&, const Tensor& mu, const Tensor&) {
  return {at::empty_like(x), at::zeros_like(mu)};
}

Pair token_shift_backward_cpu(const Tensor& x, const OptionalTensor& previous, const Tensor& mu,
                              const Tensor& dout) {
  const auto shape = check_token_shift(x, previous, mu);
  check_argument("ops::token_shift", "dout", dout, {shape.mixtures, shape.batch, shape.time, shape.width}, x);
  auto grads = token_shift_backward_meta(x, previous, mu, dout);
  const auto& [dx, dmu] = grads;
  if (x.scalar_type() == at::kDouble)
    fused::reference::token_shift_backward<double>(shape, data<double>(x), data_or_null<double>(previous),
                                                   data<double>(mu), data<double>(dout),
                                                   mutable_data<double>(dx), mutable_data<double>(dmu));
  else
    fused::token_shift_backward(shape, data<float>(x), data_or_null<float>(previous), data<float>(mu),
                                data<float>(dout), mutable_data<float>(dx), mutable_data<float>(dmu));
  return grads;
}

Tensor call_token_shift(const Tensor& x, const OptionalTensor& previous, const Tensor& mu) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("anser::token_shift", "")
                             .typed<decltype(token_shift_cpu)>();
  return op.call(x, previous, mu);
}

class TokenShiftFunction : public torch::autograd::Function<TokenShiftFunction> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const OptionalTensor& previous,
                        const Tensor& mu) {
    at::AutoDispatchBelowADInplaceOrView below;
    ctx->save_for_backward({x, previous.value_or(Tensor()), mu});
    return call_token_shift(x, previous, mu);
  }

  static variable_list backward(AutogradContext* ctx, variable_list douts) {
    refuse_second_derivative("ops::token_shift");
    static const auto op = c10::Dispatcher::singleton()
                               .findSchemaOrThrow("anser::token_shift_backward", "")
                               .typed<decltype(token_shift_backward_cpu)>();
    if (!douts[0].defined()) return {Tensor(), Tensor(), Tensor()};
    const auto saved = ctx->get_saved_variables();
    const auto previous = saved[1].defined() ? OptionalTensor(saved[1]) : std::nullopt;
    auto [dx, dmu] = op.call(saved[0], previous, saved[2], douts[0].contiguous());
    return {dx, Tensor(), dmu};
  }
};

Tensor token_shift_autograd(const Tensor& x, const OptionalTensor& previous, const Tensor& mu) {
  if (x.is_cuda()) return composed::token_shift(x, previous, mu);
  if (wants_gradient(x, mu)) return TokenShiftFunction::apply(x, previous, mu);
  at::AutoDispatchBelowADInplaceOrView below;
  return call_token_shift(x, previous, mu);
}

// Key preparation. c travels through the schema as 0 (one), 1 (two), 2 (1 + w).

fused::KeyPreparationShape check_key_preparation(const Tensor& k, const Tensor& icl_logit,
                                                 const Tensor& decay_logit, const Tensor& k_k,
                                                 const Tensor& k_a) {
  constexpr const char* kName = "ops::key_preparation";
  check_leading(kName, "k", k, 4, "[B, T, H, N]");
  check_argument(kName, "icl_logit", icl_logit, k.sizes(), k);
  check_argument(kName, "decay_logit", decay_logit, k.sizes(), k);
  check_argument(kName, "k_k", k_k, {k.size(2), k.size(3)}, k);
  check_argument(kName, "k_a", k_a, {k.size(2), k.size(3)}, k);
  return {.rows = k.size(0) * k.size(1), .heads = k.size(2), .size = k.size(3)};
}

template <typename Real>
fused::KeyPreparationInputs<Real> key_inputs(const Tensor& k, const Tensor& icl_logit,
                                             const Tensor& decay_logit, const Tensor& k_k,
                                             const Tensor& k_a) {
  return {.k = data<Real>(k),
          .icl_logit = data<Real>(icl_logit),
          .decay_logit = data<Real>(decay_logit),
          .k_k = data<Real>(k_k),
          .k_a = data<Real>(k_a)};
}

Multiplier multiplier(std::int64_t code) {
  return static_cast<Multiplier>(code);
}

Triple key_preparation_meta(const Tensor& k, const Tensor& icl_logit, const Tensor& decay_logit,
                            const Tensor& k_k, const Tensor& k_a, std::int64_t) {
  check_key_preparation(k, icl_logit, decay_logit, k_k, k_a);
  return {at::empty_like(k), at::empty_like(k), at::empty_like(k)};
}

Triple key_preparation_cpu(const Tensor& k, const Tensor& icl_logit, const Tensor& decay_logit,
                           const Tensor& k_k, const Tensor& k_a, std::int64_t c) {
  const auto shape = check_key_preparation(k, icl_logit, decay_logit, k_k, k_a);
  Triple out{at::empty_like(k), at::empty_like(k), at::empty_like(k)};
  const auto run = [&]<typename Real>(Real, auto forward) {
    const auto& [k_tilde, a, b] = out;
    forward(
        shape, multiplier(c), key_inputs<Real>(k, icl_logit, decay_logit, k_k, k_a),
        fused::KeyPreparationOutputs<Real>{
            .k_tilde = mutable_data<Real>(k_tilde), .a = mutable_data<Real>(a), .b = mutable_data<Real>(b)});
  };
  if (k.scalar_type() == at::kDouble)
    run(double{}, fused::reference::key_preparation_forward<double>);
  else
    run(float{}, fused::key_preparation_forward);
  return out;
}

using KeyGradients = std::tuple<Tensor, Tensor, Tensor, Tensor, Tensor>;

KeyGradients key_preparation_backward_meta(const Tensor& k, const Tensor&, const Tensor&, const Tensor& k_k,
                                           const Tensor& k_a, std::int64_t, const Tensor&, const Tensor&,
                                           const Tensor&) {
  return {at::empty_like(k), at::empty_like(k), at::empty_like(k), at::zeros_like(k_k), at::zeros_like(k_a)};
}

KeyGradients key_preparation_backward_cpu(const Tensor& k, const Tensor& icl_logit, const Tensor& decay_logit,
                                          const Tensor& k_k, const Tensor& k_a, std::int64_t c,
                                          const Tensor& dk_tilde, const Tensor& da, const Tensor& db) {
  const auto shape = check_key_preparation(k, icl_logit, decay_logit, k_k, k_a);
  check_argument("ops::key_preparation", "dk_tilde", dk_tilde, k.sizes(), k);
  check_argument("ops::key_preparation", "da", da, k.sizes(), k);
  check_argument("ops::key_preparation", "db", db, k.sizes(), k);
  auto grads = key_preparation_backward_meta(k, icl_logit, decay_logit, k_k, k_a, c, dk_tilde, da, db);
  const auto workspace = at::empty({fused::key_preparation_workspace_size(shape)}, k.options());
  const auto run = [&]<typename Real>(Real, auto backward) {
    const auto& [dk, dicl, ddecay, dk_k, dk_a] = grads;
    backward(shape, multiplier(c), key_inputs<Real>(k, icl_logit, decay_logit, k_k, k_a),
             fused::KeyPreparationOutputs<const Real>{
                 .k_tilde = data<Real>(dk_tilde), .a = data<Real>(da), .b = data<Real>(db)},
             fused::KeyPreparationGradients<Real>{.dk = mutable_data<Real>(dk),
                                                  .dicl_logit = mutable_data<Real>(dicl),
                                                  .ddecay_logit = mutable_data<Real>(ddecay),
                                                  .dk_k = mutable_data<Real>(dk_k),
                                                  .dk_a = mutable_data<Real>(dk_a),
                                                  .workspace = mutable_data<Real>(workspace)});
  };
  if (k.scalar_type() == at::kDouble)
    run(double{}, fused::reference::key_preparation_backward<double>);
  else
    run(float{}, fused::key_preparation_backward);
  return grads;
}

Triple call_key_preparation(const Tensor& k, const Tensor& icl_logit, const Tensor& decay_logit,
                            const Tensor& k_k, const Tensor& k_a, std::int64_t c) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("anser::key_preparation", "")
                             .typed<decltype(key_preparation_cpu)>();
  return op.call(k, icl_logit, decay_logit, k_k, k_a, c);
}

class KeyPreparationFunction : public torch::autograd::Function<KeyPreparationFunction> {
 public:
  static variable_list forward(AutogradContext* ctx, const Tensor& k, const Tensor& icl_logit,
                               const Tensor& decay_logit, const Tensor& k_k, const Tensor& k_a,
                               std::int64_t c) {
    at::AutoDispatchBelowADInplaceOrView below;
    ctx->save_for_backward({k, icl_logit, decay_logit, k_k, k_a});
    ctx->saved_data["c"] = c;
    auto [k_tilde, a, b] = call_key_preparation(k, icl_logit, decay_logit, k_k, k_a, c);
    return {k_tilde, a, b};
  }

  static variable_list backward(AutogradContext* ctx, variable_list douts) {
    refuse_second_derivative("ops::key_preparation");
    static const auto op = c10::Dispatcher::singleton()
                               .findSchemaOrThrow("anser::key_preparation_backward", "")
                               .typed<decltype(key_preparation_backward_cpu)>();
    const auto saved = ctx->get_saved_variables();
    const auto& k = saved[0];
    const std::int64_t c = ctx->saved_data["c"].toInt();
    auto [dk, dicl, ddecay, dk_k, dk_a] =
        op.call(k, saved[1], saved[2], saved[3], saved[4], c, defined_gradient(douts[0], k),
                defined_gradient(douts[1], k), defined_gradient(douts[2], k));
    const bool reads_decay = multiplier(c) == Multiplier::one_plus_decay;
    return {dk, dicl, reads_decay ? ddecay : Tensor(), dk_k, dk_a, Tensor()};
  }
};

Triple key_preparation_autograd(const Tensor& k, const Tensor& icl_logit, const Tensor& decay_logit,
                                const Tensor& k_k, const Tensor& k_a, std::int64_t c) {
  if (k.is_cuda()) return composed::key_preparation(k, icl_logit, decay_logit, k_k, k_a, multiplier(c));
  if (!wants_gradient(k, icl_logit, decay_logit, k_k, k_a)) {
    at::AutoDispatchBelowADInplaceOrView below;
    return call_key_preparation(k, icl_logit, decay_logit, k_k, k_a, c);
  }
  const auto out = KeyPreparationFunction::apply(k, icl_logit, decay_logit, k_k, k_a, c);
  return {out[0], out[1], out[2]};
}

Triple key_preparation_composed(const Tensor& k, const Tensor& icl_logit, const Tensor& decay_logit,
                                const Tensor& k_k, const Tensor& k_a, std::int64_t c) {
  return composed::key_preparation(k, icl_logit, decay_logit, k_k, k_a, multiplier(c));
}

// Read-out.

fused::ReadOutShape check_read_out(const Tensor& y, const Tensor& r, const Tensor& k_tilde, const Tensor& v,
                                   const Tensor& gate, const Tensor& r_k, const Tensor& norm_weight,
                                   const Tensor& norm_bias) {
  constexpr const char* kName = "ops::read_out";
  check_leading(kName, "y", y, 4, "[B, T, H, N]");
  check_argument(kName, "r", r, y.sizes(), y);
  check_argument(kName, "k_tilde", k_tilde, y.sizes(), y);
  check_argument(kName, "v", v, y.sizes(), y);
  check_argument(kName, "gate", gate, y.sizes(), y);
  check_argument(kName, "r_k", r_k, {y.size(2), y.size(3)}, y);
  check_argument(kName, "norm_weight", norm_weight, {y.size(2), y.size(3)}, y);
  check_argument(kName, "norm_bias", norm_bias, {y.size(2), y.size(3)}, y);
  return {.rows = y.size(0) * y.size(1), .heads = y.size(2), .size = y.size(3)};
}

template <typename Real>
fused::ReadOutInputs<Real> read_out_inputs(const Tensor& y, const Tensor& r, const Tensor& k_tilde,
                                           const Tensor& v, const Tensor& gate, const Tensor& r_k,
                                           const Tensor& norm_weight, const Tensor& norm_bias) {
  return {.y = data<Real>(y),
          .r = data<Real>(r),
          .k_tilde = data<Real>(k_tilde),
          .v = data<Real>(v),
          .gate = data<Real>(gate),
          .r_k = data<Real>(r_k),
          .norm_weight = data<Real>(norm_weight),
          .norm_bias = data<Real>(norm_bias)};
}

Tensor read_out_meta(const Tensor& y, const Tensor& r, const Tensor& k_tilde, const Tensor& v,
                     const Tensor& gate, const Tensor& r_k, const Tensor& norm_weight,
                     const Tensor& norm_bias) {
  check_read_out(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias);
  return at::empty_like(y);
}

Tensor read_out_cpu(const Tensor& y, const Tensor& r, const Tensor& k_tilde, const Tensor& v,
                    const Tensor& gate, const Tensor& r_k, const Tensor& norm_weight,
                    const Tensor& norm_bias) {
  const auto shape = check_read_out(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias);
  auto out = at::empty_like(y);
  if (y.scalar_type() == at::kDouble)
    fused::reference::read_out_forward<double>(
        shape, read_out_inputs<double>(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias),
        mutable_data<double>(out));
  else
    fused::read_out_forward(shape,
                            read_out_inputs<float>(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias),
                            mutable_data<float>(out));
  return out;
}

using ReadOutGradientTensors = std::tuple<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor>;

ReadOutGradientTensors read_out_backward_meta(const Tensor& y, const Tensor& r, const Tensor& k_tilde,
                                              const Tensor& v, const Tensor& gate, const Tensor& r_k,
                                              const Tensor& norm_weight, const Tensor& norm_bias,
                                              const Tensor&) {
  return {at::empty_like(y),    at::empty_like(r),   at::empty_like(k_tilde),     at::empty_like(v),
          at::empty_like(gate), at::zeros_like(r_k), at::zeros_like(norm_weight), at::zeros_like(norm_bias)};
}

ReadOutGradientTensors read_out_backward_cpu(const Tensor& y, const Tensor& r, const Tensor& k_tilde,
                                             const Tensor& v, const Tensor& gate, const Tensor& r_k,
                                             const Tensor& norm_weight, const Tensor& norm_bias,
                                             const Tensor& dout) {
  const auto shape = check_read_out(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias);
  check_argument("ops::read_out", "dout", dout, y.sizes(), y);
  auto grads = read_out_backward_meta(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias, dout);
  const auto workspace = at::empty({fused::read_out_workspace_size(shape)}, y.options());
  const auto run = [&]<typename Real>(Real, auto backward) {
    const auto& [dy, dr, dk_tilde, dv, dgate, dr_k, dweight, dbias] = grads;
    backward(shape, read_out_inputs<Real>(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias),
             data<Real>(dout),
             fused::ReadOutGradients<Real>{.dy = mutable_data<Real>(dy),
                                           .dr = mutable_data<Real>(dr),
                                           .dk_tilde = mutable_data<Real>(dk_tilde),
                                           .dv = mutable_data<Real>(dv),
                                           .dgate = mutable_data<Real>(dgate),
                                           .dr_k = mutable_data<Real>(dr_k),
                                           .dnorm_weight = mutable_data<Real>(dweight),
                                           .dnorm_bias = mutable_data<Real>(dbias),
                                           .workspace = mutable_data<Real>(workspace)});
  };
  if (y.scalar_type() == at::kDouble)
    run(double{}, fused::reference::read_out_backward<double>);
  else
    run(float{}, fused::read_out_backward);
  return grads;
}

Tensor call_read_out(const Tensor& y, const Tensor& r, const Tensor& k_tilde, const Tensor& v,
                     const Tensor& gate, const Tensor& r_k, const Tensor& norm_weight,
                     const Tensor& norm_bias) {
  static const auto op =
      c10::Dispatcher::singleton().findSchemaOrThrow("anser::read_out", "").typed<decltype(read_out_cpu)>();
  return op.call(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias);
}

class ReadOutFunction : public torch::autograd::Function<ReadOutFunction> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& y, const Tensor& r, const Tensor& k_tilde,
                        const Tensor& v, const Tensor& gate, const Tensor& r_k, const Tensor& norm_weight,
                        const Tensor& norm_bias) {
    at::AutoDispatchBelowADInplaceOrView below;
    ctx->save_for_backward({y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias});
    return call_read_out(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias);
  }

  static variable_list backward(AutogradContext* ctx, variable_list douts) {
    refuse_second_derivative("ops::read_out");
    static const auto op = c10::Dispatcher::singleton()
                               .findSchemaOrThrow("anser::read_out_backward", "")
                               .typed<decltype(read_out_backward_cpu)>();
    const auto s = ctx->get_saved_variables();
    auto [dy, dr, dk_tilde, dv, dgate, dr_k, dweight, dbias] =
        op.call(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], defined_gradient(douts[0], s[0]));
    return {dy, dr, dk_tilde, dv, dgate, dr_k, dweight, dbias};
  }
};

Tensor read_out_autograd(const Tensor& y, const Tensor& r, const Tensor& k_tilde, const Tensor& v,
                         const Tensor& gate, const Tensor& r_k, const Tensor& norm_weight,
                         const Tensor& norm_bias) {
  if (y.is_cuda()) return composed::read_out(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias);
  if (wants_gradient(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias))
    return ReadOutFunction::apply(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias);
  at::AutoDispatchBelowADInplaceOrView below;
  return call_read_out(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias);
}

}  // namespace

at::Tensor token_shift(const at::Tensor& x, const std::optional<at::Tensor>& previous, const at::Tensor& mu) {
  return call_token_shift(x, previous, mu);
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> key_preparation(const at::Tensor& k,
                                                               const at::Tensor& icl_logit,
                                                               const at::Tensor& decay_logit,
                                                               const at::Tensor& k_k, const at::Tensor& k_a,
                                                               Multiplier c) {
  return call_key_preparation(k, icl_logit, decay_logit, k_k, k_a, static_cast<std::int64_t>(c));
}

at::Tensor read_out(const at::Tensor& y, const at::Tensor& r, const at::Tensor& k_tilde, const at::Tensor& v,
                    const at::Tensor& gate, const at::Tensor& r_k, const at::Tensor& norm_weight,
                    const at::Tensor& norm_bias) {
  return call_read_out(y, r, k_tilde, v, gate, r_k, norm_weight, norm_bias);
}

TORCH_LIBRARY_FRAGMENT(anser, m) {
  m.def("token_shift(Tensor x, Tensor? previous, Tensor mu) -> Tensor");
  m.def(
      "token_shift_backward(Tensor x, Tensor? previous, Tensor mu, Tensor dout) -> (Tensor dx, Tensor dmu)");
  m.def(
      "key_preparation(Tensor k, Tensor icl_logit, Tensor decay_logit, Tensor k_k, Tensor k_a, int c) -> "
      "(Tensor k_tilde, Tensor a, Tensor b)");
  m.def(
      "key_preparation_backward(Tensor k, Tensor icl_logit, Tensor decay_logit, Tensor k_k, Tensor k_a, "
      "int c, Tensor dk_tilde, Tensor da, Tensor db) -> "
      "(Tensor dk, Tensor dicl_logit, Tensor ddecay_logit, Tensor dk_k, Tensor dk_a)");
  m.def(
      "read_out(Tensor y, Tensor r, Tensor k_tilde, Tensor v, Tensor gate, Tensor r_k, Tensor norm_weight, "
      "Tensor norm_bias) -> Tensor");
  m.def(
      "read_out_backward(Tensor y, Tensor r, Tensor k_tilde, Tensor v, Tensor gate, Tensor r_k, "
      "Tensor norm_weight, Tensor norm_bias, Tensor dout) -> (Tensor dy, Tensor dr, Tensor dk_tilde, "
      "Tensor dv, Tensor dgate, Tensor dr_k, Tensor dnorm_weight, Tensor dnorm_bias)");
}

TORCH_LIBRARY_IMPL(anser, CPU, m) {
  m.impl("token_shift", token_shift_cpu);
  m.impl("token_shift_backward", token_shift_backward_cpu);
  m.impl("key_preparation", key_preparation_cpu);
  m.impl("key_preparation_backward", key_preparation_backward_cpu);
  m.impl("read_out", read_out_cpu);
  m.impl("read_out_backward", read_out_backward_cpu);
}

TORCH_LIBRARY_IMPL(anser, CUDA, m) {
  m.impl("token_shift", composed::token_shift);
  m.impl("key_preparation", key_preparation_composed);
  m.impl("read_out", composed::read_out);
}

TORCH_LIBRARY_IMPL(anser, Meta, m) {
  m.impl("token_shift", token_shift_meta);
  m.impl("token_shift_backward", token_shift_backward_meta);
  m.impl("key_preparation", key_preparation_meta);
  m.impl("key_preparation_backward", key_preparation_backward_meta);
  m.impl("read_out", read_out_meta);
  m.impl("read_out_backward", read_out_backward_meta);
}

TORCH_LIBRARY_IMPL(anser, Autograd, m) {
  m.impl("token_shift", token_shift_autograd);
  m.impl("key_preparation", key_preparation_autograd);
  m.impl("read_out", read_out_autograd);
}

}  // namespace anser::ops
