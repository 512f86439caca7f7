// The recurrence as an operator: forward and backward are two operators, so both choose their kernel by
// device.
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "core/base/error.h"
#include "core/ops/checks.h"
#include "core/ops/differentiate.h"
#include "core/ops/ops.h"

namespace anser::ops {
namespace {

using at::Tensor;
using OptionalTensor = std::optional<Tensor>;
using ForwardResult = std::tuple<Tensor, Tensor, Tensor>;  // y, sT, checkpoints
using BackwardResult = std::tuple<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor>;  // dr .. db, ds0

constexpr const char* kName = "ops::wkv7";

kernels::Wkv7Shape checked_shape(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                                 const Tensor& a, const Tensor& b, const OptionalTensor& s0) {
  check_leading(kName, "r", r, 4, "[B, T, H, N]");
  check_argument(kName, "w", w, r.sizes(), r);
  check_argument(kName, "k", k, r.sizes(), r);
  check_argument(kName, "v", v, r.sizes(), r);
  check_argument(kName, "a", a, r.sizes(), r);
  check_argument(kName, "b", b, r.sizes(), r);
  if (s0) check_argument(kName, "s0", *s0, {r.size(0), r.size(2), r.size(3), r.size(3)}, r);
  return {.batch = r.size(0), .time = r.size(1), .heads = r.size(2), .size = r.size(3)};
}

template <typename Real>
kernels::Wkv7Inputs<Real> inputs(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                                 const Tensor& a, const Tensor& b, const OptionalTensor& s0) {
  return {.r = data<Real>(r),
          .w = data<Real>(w),
          .k = data<Real>(k),
          .v = data<Real>(v),
          .a = data<Real>(a),
          .b = data<Real>(b),
          .s0 = s0 ? data<Real>(*s0) : nullptr};
}

/// A checkpoint buffer where a backward pass will follow in fp32; empty otherwise (the reference keeps none).
ForwardResult empty_results(const Tensor& r, const kernels::Wkv7Shape& shape, bool checkpoints) {
  const bool kept = checkpoints && r.scalar_type() == at::kFloat;
  return {at::empty_like(r), at::empty({shape.batch, shape.heads, shape.size, shape.size}, r.options()),
          at::empty({kept ? kernels::wkv7_checkpoint_size(shape) : 0}, r.options())};
}

kernels::Decay decay_kind(bool log_decay) {
  return log_decay ? kernels::Decay::log : kernels::Decay::logit;
}

float* float_or_null(const Tensor& tensor) {
  return tensor.numel() == 0 ? nullptr : mutable_data<float>(tensor);
}

ForwardResult forward_cpu(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v, const Tensor& a,
                          const Tensor& b, const OptionalTensor& s0, bool log_decay, bool checkpoints) {
  const auto shape = checked_shape(r, w, k, v, a, b, s0);
  auto result = empty_results(r, shape, checkpoints);
  const auto& [y, sT, kept] = result;
  if (r.scalar_type() == at::kDouble)
    require_ok(kernels::reference::wkv7_forward(shape, decay_kind(log_decay),
                                                inputs<double>(r, w, k, v, a, b, s0), mutable_data<double>(y),
                                                mutable_data<double>(sT)));
  else
    require_ok(kernels::cpu::wkv7_forward(shape, decay_kind(log_decay), inputs<float>(r, w, k, v, a, b, s0),
                                          mutable_data<float>(y), mutable_data<float>(sT),
                                          float_or_null(kept)));
  return result;
}

ForwardResult forward_cuda(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                           const Tensor& a, const Tensor& b, const OptionalTensor& s0, bool log_decay,
                           bool checkpoints) {
  const auto shape = checked_shape(r, w, k, v, a, b, s0);
  require(r.scalar_type() == at::kFloat, kName, "r is double on {}, wanted float", r.device().str());
  auto result = empty_results(r, shape, checkpoints);
  const auto& [y, sT, kept] = result;
  require_ok(kernels::cuda::wkv7_forward(shape, decay_kind(log_decay), inputs<float>(r, w, k, v, a, b, s0),
                                         mutable_data<float>(y), mutable_data<float>(sT), float_or_null(kept),
                                         nullptr));
  return result;
}

ForwardResult forward_meta(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                           const Tensor& a, const Tensor& b, const OptionalTensor& s0, bool,
                           bool checkpoints) {
  return empty_results(r, checked_shape(r, w, k, v, a, b, s0), checkpoints);
}

template <typename Real>
kernels::Wkv7Gradients<Real> gradient_pointers(const BackwardResult& grads) {
  const auto& [dr, dw, dk, dv, da, db, ds0] = grads;
  return {.dr = mutable_data<Real>(dr),
          .dw = mutable_data<Real>(dw),
          .dk = mutable_data<Real>(dk),
          .dv = mutable_data<Real>(dv),
          .da = mutable_data<Real>(da),
          .db = mutable_data<Real>(db),
          .ds0 = mutable_data<Real>(ds0)};
}

BackwardResult empty_gradients(const Tensor& r, const Tensor& dsT) {
  const auto like_r = [&r] { return at::empty_like(r); };
  return {like_r(), like_r(), like_r(), like_r(), like_r(), like_r(), at::empty_like(dsT)};
}

kernels::Wkv7Shape checked_backward(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                                    const Tensor& a, const Tensor& b, const OptionalTensor& s0,
                                    const Tensor& dy, const Tensor& dsT) {
  const auto shape = checked_shape(r, w, k, v, a, b, s0);
  check_argument(kName, "dy", dy, r.sizes(), r);
  check_argument(kName, "dsT", dsT, {shape.batch, shape.heads, shape.size, shape.size}, r);
  return shape;
}

BackwardResult backward_cpu(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                            const Tensor& a, const Tensor& b, const OptionalTensor& s0,
                            const Tensor& checkpoints, const Tensor& dy, const Tensor& dsT, bool log_decay) {
  const auto shape = checked_backward(r, w, k, v, a, b, s0, dy, dsT);
  auto grads = empty_gradients(r, dsT);
  if (r.scalar_type() == at::kDouble) {
    const auto workspace = at::empty({(shape.time + 2) * shape.size * shape.size}, r.options());
    require_ok(kernels::reference::wkv7_backward(
        shape, decay_kind(log_decay), inputs<double>(r, w, k, v, a, b, s0), data<double>(dy),
        data<double>(dsT), gradient_pointers<double>(grads), mutable_data<double>(workspace)));
    return grads;
  }
  const auto workspace = at::empty({kernels::wkv7_workspace_size(shape, 1)}, r.options());
  require_ok(kernels::cpu::wkv7_backward(shape, decay_kind(log_decay), inputs<float>(r, w, k, v, a, b, s0),
                                         data<float>(checkpoints), data<float>(dy), data<float>(dsT),
                                         gradient_pointers<float>(grads), mutable_data<float>(workspace), 1));
  return grads;
}

BackwardResult backward_cuda(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                             const Tensor& a, const Tensor& b, const OptionalTensor& s0,
                             const Tensor& checkpoints, const Tensor& dy, const Tensor& dsT, bool log_decay) {
  const auto shape = checked_backward(r, w, k, v, a, b, s0, dy, dsT);
  auto grads = empty_gradients(r, dsT);
  const auto workspace = at::empty({kernels::cuda::wkv7_workspace_size(shape)}, r.options());
  require_ok(kernels::cuda::wkv7_backward(
      shape, decay_kind(log_decay), inputs<float>(r, w, k, v, a, b, s0), data<float>(checkpoints),
      data<float>(dy), data<float>(dsT), gradient_pointers<float>(grads), float_or_null(workspace), nullptr));
  return grads;
}

BackwardResult backward_meta(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                             const Tensor& a, const Tensor& b, const OptionalTensor& s0, const Tensor&,
                             const Tensor& dy, const Tensor& dsT, bool) {
  checked_backward(r, w, k, v, a, b, s0, dy, dsT);
  return empty_gradients(r, dsT);
}

ForwardResult call_forward(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                           const Tensor& a, const Tensor& b, const OptionalTensor& s0, bool log_decay,
                           bool checkpoints) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("anser::wkv7_forward", "")
                             .typed<decltype(forward_cpu)>();
  return op.call(r, w, k, v, a, b, s0, log_decay, checkpoints);
}

BackwardResult call_backward(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                             const Tensor& a, const Tensor& b, const OptionalTensor& s0,
                             const Tensor& checkpoints, const Tensor& dy, const Tensor& dsT, bool log_decay) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("anser::wkv7_backward", "")
                             .typed<decltype(backward_cpu)>();
  return op.call(r, w, k, v, a, b, s0, checkpoints, dy, dsT, log_decay);
}

class Wkv7Function : public torch::autograd::Function<Wkv7Function> {
 public:
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* ctx, const Tensor& r,
                                                const Tensor& w, const Tensor& k, const Tensor& v,
                                                const Tensor& a, const Tensor& b, const OptionalTensor& s0,
                                                bool log_decay) {
    at::AutoDispatchBelowADInplaceOrView below;
    auto [y, sT, checkpoints] = call_forward(r, w, k, v, a, b, s0, log_decay, true);
    ctx->save_for_backward({r, w, k, v, a, b, s0.value_or(Tensor()), checkpoints});
    ctx->saved_data["log_decay"] = log_decay;
    ctx->mark_non_differentiable({checkpoints});
    return {y, sT, checkpoints};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list douts) {
    refuse_second_derivative("ops::wkv7");
    const auto saved = ctx->get_saved_variables();
    const auto& r = saved[0];
    const auto s0 = saved[6].defined() ? OptionalTensor(saved[6]) : std::nullopt;
    const auto dy = defined_gradient(douts[0], r);
    const auto dsT = douts[1].defined()
                         ? douts[1].contiguous()
                         : at::zeros({r.size(0), r.size(2), r.size(3), r.size(3)}, r.options());
    auto [dr, dw, dk, dv, da, db, ds0] =
        call_backward(r, saved[1], saved[2], saved[3], saved[4], saved[5], s0, saved[7], dy, dsT,
                      ctx->saved_data["log_decay"].toBool());
    return {dr, dw, dk, dv, da, db, s0 ? ds0 : Tensor(), Tensor()};
  }
};

ForwardResult forward_autograd(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                               const Tensor& a, const Tensor& b, const OptionalTensor& s0, bool log_decay,
                               bool checkpoints) {
  if (!wants_gradient(r, w, k, v, a, b, s0)) {
    at::AutoDispatchBelowADInplaceOrView below;
    return call_forward(r, w, k, v, a, b, s0, log_decay, checkpoints);
  }
  const auto out = Wkv7Function::apply(r, w, k, v, a, b, s0, log_decay);
  return {out[0], out[1], out[2]};
}

}  // namespace

std::tuple<at::Tensor, at::Tensor> wkv7(const at::Tensor& r, const at::Tensor& w, const at::Tensor& k,
                                        const at::Tensor& v, const at::Tensor& a, const at::Tensor& b,
                                        const std::optional<at::Tensor>& s0, Decay decay) {
  auto [y, sT, checkpoints] = call_forward(r, w, k, v, a, b, s0, decay == Decay::log, false);
  return {std::move(y), std::move(sT)};
}

TORCH_LIBRARY_FRAGMENT(anser, m) {
  m.def(
      "wkv7_forward(Tensor r, Tensor w, Tensor k, Tensor v, Tensor a, Tensor b, Tensor? s0, bool log_decay, "
      "bool checkpoints) -> (Tensor y, Tensor sT, Tensor checkpoints)");
  m.def(
      "wkv7_backward(Tensor r, Tensor w, Tensor k, Tensor v, Tensor a, Tensor b, Tensor? s0, "
      "Tensor checkpoints, Tensor dy, Tensor dsT, bool log_decay) -> "
      "(Tensor dr, Tensor dw, Tensor dk, Tensor dv, Tensor da, Tensor db, Tensor ds0)");
}

TORCH_LIBRARY_IMPL(anser, CPU, m) {
  m.impl("wkv7_forward", forward_cpu);
  m.impl("wkv7_backward", backward_cpu);
}

TORCH_LIBRARY_IMPL(anser, CUDA, m) {
  m.impl("wkv7_forward", forward_cuda);
  m.impl("wkv7_backward", backward_cuda);
}

TORCH_LIBRARY_IMPL(anser, Meta, m) {
  m.impl("wkv7_forward", forward_meta);
  m.impl("wkv7_backward", backward_meta);
}

TORCH_LIBRARY_IMPL(anser, Autograd, m) {
  m.impl("wkv7_forward", forward_autograd);
}

}  // namespace anser::ops
