// The operators that work row by row: layer norm, squared ReLU, cross entropy.
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "core/base/error.h"
#include "core/ops/block.h"
#include "core/ops/checks.h"
#include "core/ops/composed.h"
#include "core/ops/differentiate.h"
#include "core/ops/ops.h"
#include "kernels/fused/cross_entropy.h"
#include "kernels/fused/layer_norm.h"
#include "kernels/fused/squared_relu.h"

namespace anser::ops {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Pair = std::tuple<Tensor, Tensor>;
using Triple = std::tuple<Tensor, Tensor, Tensor>;
namespace fused = kernels::fused;

// Layer norm.

void check_layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  constexpr const char* kName = "ops::layer_norm";
  check_leading(kName, "x", x, 2, "[rows, D]");
  check_argument(kName, "weight", weight, {x.size(1)}, x);
  check_argument(kName, "bias", bias, {x.size(1)}, x);
}

Tensor layer_norm_meta(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check_layer_norm(x, weight, bias);
  return at::empty_like(x);
}

Tensor layer_norm_cpu(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check_layer_norm(x, weight, bias);
  auto out = at::empty_like(x);
  if (x.scalar_type() == at::kDouble)
    fused::reference::layer_norm_forward<double>(x.size(0), x.size(1), data<double>(x), data<double>(weight),
                                                 data<double>(bias), mutable_data<double>(out));
  else
    fused::layer_norm_forward(x.size(0), x.size(1), data<float>(x), data<float>(weight), data<float>(bias),
                              mutable_data<float>(out));
  return out;
}

Triple layer_norm_backward_meta(const Tensor& x, const Tensor& weight, const Tensor&) {
  return {at::empty_like(x), at::zeros_like(weight), at::zeros_like(weight)};
}

Triple layer_norm_backward_cpu(const Tensor& x, const Tensor& weight, const Tensor& dout) {
  check_layer_norm(x, weight, weight);
  check_argument("ops::layer_norm", "dout", dout, x.sizes(), x);
  auto grads = layer_norm_backward_meta(x, weight, dout);
  const auto& [dx, dweight, dbias] = grads;
  if (x.scalar_type() == at::kDouble)
    fused::reference::layer_norm_backward<double>(x.size(0), x.size(1), data<double>(x), data<double>(weight),
                                                  data<double>(dout), nullptr, mutable_data<double>(dx),
                                                  mutable_data<double>(dweight), mutable_data<double>(dbias));
  else
    fused::layer_norm_backward(x.size(0), x.size(1), data<float>(x), data<float>(weight), data<float>(dout),
                               nullptr, mutable_data<float>(dx), mutable_data<float>(dweight),
                               mutable_data<float>(dbias),
                               mutable_data<float>(at::empty({2 * x.size(1)}, x.options())));
  return grads;
}

Tensor call_layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("anser::layer_norm", "")
                             .typed<decltype(layer_norm_cpu)>();
  return op.call(x, weight, bias);
}

class LayerNormFunction : public torch::autograd::Function<LayerNormFunction> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight, const Tensor& bias) {
    at::AutoDispatchBelowADInplaceOrView below;
    ctx->save_for_backward({x, weight});
    return call_layer_norm(x, weight, bias);
  }

  static variable_list backward(AutogradContext* ctx, variable_list douts) {
    refuse_second_derivative("ops::layer_norm");
    static const auto op = c10::Dispatcher::singleton()
                               .findSchemaOrThrow("anser::layer_norm_backward", "")
                               .typed<decltype(layer_norm_backward_cpu)>();
    const auto saved = ctx->get_saved_variables();
    auto [dx, dweight, dbias] = op.call(saved[0], saved[1], defined_gradient(douts[0], saved[0]));
    return {dx, dweight, dbias};
  }
};

Tensor layer_norm_autograd(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (x.is_cuda()) return composed::layer_norm(x, weight, bias);
  if (wants_gradient(x, weight, bias)) return LayerNormFunction::apply(x, weight, bias);
  at::AutoDispatchBelowADInplaceOrView below;
  return call_layer_norm(x, weight, bias);
}

// Squared ReLU.

Tensor squared_relu_meta(const Tensor& x) {
  check_leading("ops::squared_relu", "x", x, 2, "[rows, D]");
  return at::empty_like(x);
}

Tensor squared_relu_cpu(const Tensor& x) {
  auto out = squared_relu_meta(x);
  if (x.scalar_type() == at::kDouble)
    fused::reference::squared_relu_forward<double>(x.numel(), data<double>(x), mutable_data<double>(out));
  else
    fused::squared_relu_forward(x.numel(), data<float>(x), mutable_data<float>(out));
  return out;
}

Tensor squared_relu_backward_meta(const Tensor& x, const Tensor&) {
  return at::empty_like(x);
}

Tensor squared_relu_backward_cpu(const Tensor& x, const Tensor& dout) {
  auto dx = squared_relu_meta(x);
  check_argument("ops::squared_relu", "dout", dout, x.sizes(), x);
  if (x.scalar_type() == at::kDouble)
    fused::reference::squared_relu_backward<double>(x.numel(), data<double>(x), data<double>(dout),
                                                    mutable_data<double>(dx));
  else
    fused::squared_relu_backward(x.numel(), data<float>(x), data<float>(dout), mutable_data<float>(dx));
  return dx;
}

Tensor call_squared_relu(const Tensor& x) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("anser::squared_relu", "")
                             .typed<decltype(squared_relu_cpu)>();
  return op.call(x);
}

class SquaredReluFunction : public torch::autograd::Function<SquaredReluFunction> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& x) {
    at::AutoDispatchBelowADInplaceOrView below;
    ctx->save_for_backward({x});
    return call_squared_relu(x);
  }

  static variable_list backward(AutogradContext* ctx, variable_list douts) {
    refuse_second_derivative("ops::squared_relu");
    static const auto op = c10::Dispatcher::singleton()
                               .findSchemaOrThrow("anser::squared_relu_backward", "")
                               .typed<decltype(squared_relu_backward_cpu)>();
    const auto saved = ctx->get_saved_variables();
    return {op.call(saved[0], defined_gradient(douts[0], saved[0]))};
  }
};

Tensor squared_relu_autograd(const Tensor& x) {
  if (x.is_cuda()) return composed::squared_relu(x);
  if (wants_gradient(x)) return SquaredReluFunction::apply(x);
  at::AutoDispatchBelowADInplaceOrView below;
  return call_squared_relu(x);
}

// Cross entropy: the forward operator also returns the gradient of the logits, which the kernel finds in the
// same pass.

void check_cross_entropy(const Tensor& logits, const Tensor& target) {
  constexpr const char* kName = "ops::cross_entropy";
  check_leading(kName, "logits", logits, 2, "[rows, V]");
  require(target.dim() == 1 && target.size(0) == logits.size(0), kName, "target has {} numbers, wanted {}",
          target.numel(), logits.size(0));
  require(target.scalar_type() == at::kLong, kName, "target is not int64, wanted int64");
  require(target.is_contiguous(), kName, "target is not contiguous, wanted a contiguous tensor");
}

Pair cross_entropy_meta(const Tensor& logits, const Tensor& target, double, bool gradient) {
  check_cross_entropy(logits, target);
  return {at::empty({}, logits.options()),
          gradient ? at::empty_like(logits) : at::empty({0}, logits.options())};
}

void check_targets(const Tensor& target, std::int64_t labels) {
  const auto* ids = data<std::int64_t>(target);
  for (std::int64_t i = 0; i < target.numel(); ++i)
    require(ids[i] >= -1 && ids[i] < labels, "ops::cross_entropy", "target {} is {}, wanted -1 or 0..{}", i,
            ids[i], labels - 1);
}

Pair cross_entropy_cpu(const Tensor& logits, const Tensor& target, double l2wrap, bool gradient) {
  check_cross_entropy(logits, target);
  check_targets(target, logits.size(1));
  auto dlogits = !gradient             ? at::empty({0}, logits.options())
                 : runs_blocks(logits) ? reusable_empty(logits.sizes())
                                       : at::empty_like(logits);
  const auto run = [&]<typename Real>(Real, auto kernel) {
    return kernel(logits.size(0), logits.size(1), data<Real>(logits), data<std::int64_t>(target), l2wrap,
                  gradient ? mutable_data<Real>(dlogits) : nullptr);
  };
  const double loss = logits.scalar_type() == at::kDouble
                          ? run(double{}, fused::reference::cross_entropy<double>)
                          : run(float{}, fused::cross_entropy);
  return {at::full({}, loss, logits.options()), std::move(dlogits)};
}

Pair call_cross_entropy(const Tensor& logits, const Tensor& target, double l2wrap, bool gradient) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("anser::cross_entropy", "")
                             .typed<decltype(cross_entropy_cpu)>();
  return op.call(logits, target, l2wrap, gradient);
}

class CrossEntropyFunction : public torch::autograd::Function<CrossEntropyFunction> {
 public:
  static variable_list forward(AutogradContext* ctx, const Tensor& logits, const Tensor& target,
                               double l2wrap) {
    at::AutoDispatchBelowADInplaceOrView below;
    auto [loss, dlogits] = call_cross_entropy(logits, target, l2wrap, true);
    ctx->save_for_backward({dlogits});
    ctx->mark_non_differentiable({dlogits});
    ctx->set_materialize_grads(false);
    return {loss, dlogits};
  }

  static variable_list backward(AutogradContext* ctx, variable_list douts) {
    refuse_second_derivative("ops::cross_entropy");
    const auto dlogits = ctx->get_saved_variables()[0];
    if (!douts[0].defined()) return {Tensor(), Tensor(), Tensor()};
    const bool is_loss = douts[0].is_cpu() && douts[0].item<double>() == 1;  // nothing stands behind it
    return {is_loss ? dlogits : at::mul(dlogits, douts[0]), Tensor(), Tensor()};
  }
};

Pair cross_entropy_autograd(const Tensor& logits, const Tensor& target, double l2wrap, bool gradient) {
  if (logits.is_cuda()) return {composed::cross_entropy(logits, target, l2wrap), Tensor()};
  if (!wants_gradient(logits)) {
    at::AutoDispatchBelowADInplaceOrView below;
    return call_cross_entropy(logits, target, l2wrap, gradient);
  }
  const auto out = CrossEntropyFunction::apply(logits, target, l2wrap);
  return {out[0], out[1]};
}

Pair cross_entropy_composed(const Tensor& logits, const Tensor& target, double l2wrap, bool) {
  return {composed::cross_entropy(logits, target, l2wrap), Tensor()};
}

}  // namespace

at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return call_layer_norm(x, weight, bias);
}

at::Tensor squared_relu(const at::Tensor& x) {
  return call_squared_relu(x);
}

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target, double l2wrap) {
  return std::get<0>(call_cross_entropy(logits, target, l2wrap, false));
}

TORCH_LIBRARY_FRAGMENT(anser, m) {
  m.def("layer_norm(Tensor x, Tensor weight, Tensor bias) -> Tensor");
  m.def(
      "layer_norm_backward(Tensor x, Tensor weight, Tensor dout) -> (Tensor dx, Tensor dweight, Tensor "
      "dbias)");
  m.def("squared_relu(Tensor x) -> Tensor");
  m.def("squared_relu_backward(Tensor x, Tensor dout) -> Tensor");
  m.def(
      "cross_entropy(Tensor logits, Tensor target, float l2wrap, bool gradient) -> "
      "(Tensor loss, Tensor dlogits)");
}

TORCH_LIBRARY_IMPL(anser, CPU, m) {
  m.impl("layer_norm", layer_norm_cpu);
  m.impl("layer_norm_backward", layer_norm_backward_cpu);
  m.impl("squared_relu", squared_relu_cpu);
  m.impl("squared_relu_backward", squared_relu_backward_cpu);
  m.impl("cross_entropy", cross_entropy_cpu);
}

TORCH_LIBRARY_IMPL(anser, CUDA, m) {
  m.impl("layer_norm", composed::layer_norm);
  m.impl("squared_relu", composed::squared_relu);
  m.impl("cross_entropy", cross_entropy_composed);
}

TORCH_LIBRARY_IMPL(anser, Meta, m) {
  m.impl("layer_norm", layer_norm_meta);
  m.impl("layer_norm_backward", layer_norm_backward_meta);
  m.impl("squared_relu", squared_relu_meta);
  m.impl("squared_relu_backward", squared_relu_backward_meta);
  m.impl("cross_entropy", cross_entropy_meta);
}

TORCH_LIBRARY_IMPL(anser, Autograd, m) {
  m.impl("layer_norm", layer_norm_autograd);
  m.impl("squared_relu", squared_relu_autograd);
  m.impl("cross_entropy", cross_entropy_autograd);
}

}  // namespace anser::ops
