#include "core/train/flat_parameters.h"

#include <ATen/ops/zeros.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/base/error.h"

namespace anser::train {
namespace {

constexpr std::int64_t kAlignment = 16;  // floats: 64 bytes

std::int64_t padded(std::int64_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

std::pair<bool, double> group(const nn::Parameter& parameter) {
  return {parameter.decay, parameter.lr_scale};
}

/// Parameter indices, groups together, checkpoint order inside a group.
std::vector<std::size_t> order_by_group(const std::vector<nn::Parameter>& parameters) {
  std::vector<std::size_t> order(parameters.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return group(parameters[i]) < group(parameters[j]); });
  return order;
}

}  // namespace

FlatParameters::FlatParameters(nn::Model& model, at::Device device) {
  const std::vector<nn::Parameter> parameters = model.parameters();
  slots_.resize(parameters.size());
  std::int64_t at = 0;
  for (const std::size_t i : order_by_group(parameters)) {
    const nn::Parameter& parameter = parameters[i];
    ANSER_ASSERT(parameter.value.scalar_type() == at::kFloat);
    slots_[i] = {parameter.name, parameter.value.sizes().vec(), at, parameter.value.numel()};
    if (segments_.empty() || std::pair(segments_.back().decay, segments_.back().lr_scale) != group(parameter))
      segments_.push_back({at, 0, parameter.decay, parameter.lr_scale});
    at += padded(slots_[i].size);
    segments_.back().size = at - segments_.back().offset;
  }
  const auto options = at::TensorOptions(at::kFloat).device(device);
  values_ = at::zeros({at}, options);
  gradients_ = at::zeros({at}, options);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const FlatSlot& slot = slots_[i];
    values_.narrow(0, slot.offset, slot.size).copy_(parameters[i].value.detach().reshape({-1}));
    at::Tensor leaf = values_.narrow(0, slot.offset, slot.size).view(slot.shape).detach().requires_grad_();
    leaf.mutable_grad() = gradients_.narrow(0, slot.offset, slot.size).view(slot.shape);
    model.set_parameter(i, std::move(leaf));
  }
}

void FlatParameters::zero_gradients() {
  gradients_.zero_();
}

}  // namespace anser::train
