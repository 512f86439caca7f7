#include "core/train/optimizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>

#include "kernels/fused/adamw.h"

namespace anser::train {
namespace {

/// The formula of kernels/fused/adamw.h in tensor operators, for parameters on a device.
void adamw_on_device(const kernels::fused::AdamWOptions& options, std::int64_t step,
                     const at::Tensor& gradient, at::Tensor parameter, at::Tensor m, at::Tensor v) {
  const double correction1 = 1 - std::pow(options.beta1, static_cast<double>(step));
  const double correction2 = 1 - std::pow(options.beta2, static_cast<double>(step));
  m.mul_(options.beta1).add_(gradient, 1 - options.beta1);
  v.mul_(options.beta2).addcmul_(gradient, gradient, 1 - options.beta2);
  parameter.mul_(1 - options.lr * options.weight_decay);
  // epsilon may lie below the smallest fp32 number: 0 / 0 is then set to 0, as 0 / epsilon would be.
  const at::Tensor quotient = m / (v / correction2).sqrt_().add_(options.epsilon);
  parameter.sub_(at::where(m == 0, at::zeros_like(m), quotient), options.lr / correction1);
}

}  // namespace

Optimizer::Optimizer(FlatParameters& parameters, const OptimizerOptions& options)
    : parameters_(parameters),
      options_(options),
      m_(at::zeros_like(parameters.values())),
      v_(at::zeros_like(parameters.values())) {}

double Optimizer::gradient_norm() const {
  const at::Tensor& gradients = parameters_.gradients();
  if (!gradients.is_cpu()) return gradients.to(at::kDouble).norm().item<double>();
  return std::sqrt(kernels::fused::sum_of_squares(gradients.numel(), gradients.const_data_ptr<float>()));
}

void Optimizer::step_segment(const FlatSegment& segment, double lr, double gradient_scale) {
  const kernels::fused::AdamWOptions options{.lr = lr * segment.lr_scale,
                                             .beta1 = options_.beta1,
                                             .beta2 = options_.beta2,
                                             .epsilon = options_.epsilon,
                                             .weight_decay = segment.decay ? options_.weight_decay : 0};
  const auto part = [&](const at::Tensor& buffer) { return buffer.narrow(0, segment.offset, segment.size); };
  const at::Tensor& gradients = parameters_.gradients();
  if (!gradients.is_cpu())
    return adamw_on_device(options, steps_done_, part(gradients) * gradient_scale, part(parameters_.values()),
                           part(m_), part(v_));
  const auto pointer = [&](const at::Tensor& buffer) {
    return buffer.mutable_data_ptr<float>() + segment.offset;
  };
  kernels::fused::adamw_step(segment.size, options, steps_done_, gradient_scale, pointer(gradients),
                             pointer(parameters_.values()), pointer(m_), pointer(v_));
}

double Optimizer::step(double lr) {
  const double norm = gradient_norm();
  const double scale = options_.clip > 0 ? std::min(1.0, options_.clip / (norm + 1e-6)) : 1.0;
  ++steps_done_;
  for (const FlatSegment& segment : parameters_.segments()) step_segment(segment, lr, scale);
  return norm;
}

}  // namespace anser::train
