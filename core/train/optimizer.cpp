#include "core/train/optimizer.h"

#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/ops/current_stream.h"
#include "core/ops/status.h"
#include "kernels/cuda/adamw.h"
#include "kernels/fused/adamw.h"

namespace anser::train {
namespace {

kernels::cuda::AdamWPlan device_plan(const FlatParameters& parameters, const OptimizerOptions& options) {
  kernels::cuda::AdamWPlan plan{.models = parameters.models(),
                                .size = parameters.size(),
                                .beta1 = options.beta1,
                                .beta2 = options.beta2,
                                .epsilon = options.epsilon,
                                .clip = options.clip,
                                .segments = {}};
  for (const FlatSegment& segment : parameters.segments()) {
    ANSER_ASSERT(plan.segment_count < kernels::cuda::kMostSegments);
    plan.segments[plan.segment_count++] = {segment.offset + segment.size, segment.lr_scale,
                                           segment.decay ? options.weight_decay : 0};
  }
  return plan;
}

}  // namespace

Optimizer::Optimizer(FlatParameters& parameters, const OptimizerOptions& options)
    : parameters_(parameters),
      options_(options),
      m_(at::zeros_like(parameters.values())),
      v_(at::zeros_like(parameters.values())),
      norms_(static_cast<std::size_t>(parameters.models()), 0.0) {
  if (m_.is_cpu()) return;
  const auto zeros = [&](std::int64_t n, at::ScalarType type) {
    return at::zeros({n}, at::TensorOptions(type).device(m_.device()));
  };
  device_step_ = zeros(1, at::kLong);
  device_lr_ = zeros(1, at::kDouble);
  device_norm_ = zeros(parameters.models(), at::kDouble);
  workspace_ =
      zeros(kernels::cuda::adamw_workspace_size(parameters.models(), parameters.size()), at::kDouble);
}

void Optimizer::set_rate(double lr) {
  lr_ = lr;
  if (device_lr_.defined()) device_lr_.fill_(lr);
}

void Optimizer::update() {
  if (!m_.is_cpu()) return update_on_device();
  for (std::int64_t model = 0; model < parameters_.models(); ++model) update_on_cpu(model);
}

void Optimizer::update_on_cpu(std::int64_t model) {
  const std::int64_t size = parameters_.size();
  const auto pointer = [&](const at::Tensor& buffer) {
    return buffer.mutable_data_ptr<float>() + model * size;
  };
  float *const gradient = pointer(parameters_.gradients()), *const value = pointer(parameters_.values());
  float *const m = pointer(m_), *const v = pointer(v_);
  double& norm = norms_[static_cast<std::size_t>(model)];
  norm = std::sqrt(kernels::fused::sum_of_squares(size, gradient));
  const double scale = options_.clip > 0 ? std::min(1.0, options_.clip / (norm + 1e-6)) : 1.0;
  for (const auto& [offset, count, decay, lr_scale] : parameters_.segments())
    kernels::fused::adamw_step(count,
                               {.lr = lr_ * lr_scale,
                                .beta1 = options_.beta1,
                                .beta2 = options_.beta2,
                                .epsilon = options_.epsilon,
                                .weight_decay = decay ? options_.weight_decay : 0},
                               steps_done_ + 1, scale, gradient + offset, value + offset, m + offset,
                               v + offset);
}

void Optimizer::update_on_device() {
  ops::require_ok(kernels::cuda::adamw_step(device_plan(parameters_, options_),
                                            {.gradient = parameters_.gradients().const_data_ptr<float>(),
                                             .parameter = parameters_.values().mutable_data_ptr<float>(),
                                             .m = m_.mutable_data_ptr<float>(),
                                             .v = v_.mutable_data_ptr<float>(),
                                             .lr = device_lr_.const_data_ptr<double>(),
                                             .step = device_step_.mutable_data_ptr<std::int64_t>(),
                                             .norm = device_norm_.mutable_data_ptr<double>(),
                                             .workspace = workspace_.mutable_data_ptr<double>()},
                                            ops::current_stream(m_.device())));
}

std::vector<double> Optimizer::gradient_norms() const {
  if (!device_norm_.defined()) return norms_;
  const at::Tensor host = device_norm_.cpu();
  return {host.const_data_ptr<double>(), host.const_data_ptr<double>() + host.numel()};
}

double Optimizer::step(double lr) {
  set_rate(lr);
  update();
  count_step();
  return gradient_norms().front();
}

void Optimizer::set_steps_done(std::int64_t steps) {
  steps_done_ = steps;
  if (device_step_.defined()) device_step_.fill_(steps);
}

std::vector<at::Tensor> Optimizer::state() const {
  std::vector<at::Tensor> tensors{parameters_.values(), m_, v_};
  if (device_step_.defined()) tensors.push_back(device_step_);
  return tensors;
}

}  // namespace anser::train
