#include "core/train/flat_parameters.h"

#include <ATen/ops/split_with_sizes.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

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

/// The numbers of a slot in [.., size] as a view of this shape.
at::Tensor view_of(const at::Tensor& buffer, const FlatSlot& slot, std::vector<std::int64_t> shape) {
  return buffer.narrow(-1, slot.offset, slot.size).view(shape);
}

at::Tensor leaf_of(at::Tensor value, at::Tensor gradient) {
  at::Tensor leaf = value.detach().requires_grad_();
  leaf.mutable_grad() = std::move(gradient);
  return leaf;
}

}  // namespace

FlatParameters::FlatParameters(nn::Model& model, at::Device device)
    : FlatParameters(std::vector<nn::Model*>{&model}, device) {}

FlatParameters::FlatParameters(const std::vector<nn::Model*>& models, at::Device device) {
  ANSER_ASSERT(!models.empty());
  lay_out(models.front()->parameters());
  const std::int64_t size = segments_.empty() ? 0 : segments_.back().offset + segments_.back().size;
  const auto options = at::TensorOptions(at::kFloat).device(device);
  values_ = at::zeros({std::ssize(models), size}, options);
  gradients_ = at::zeros_like(values_);
  for (std::int64_t m = 0; m < std::ssize(models); ++m) {
    nn::Model& model = *models[m];
    const std::vector<nn::Parameter> parameters = model.parameters();
    ANSER_ASSERT(parameters.size() == slots_.size());
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const FlatSlot& slot = slots_[i];
      ANSER_ASSERT(parameters[i].name == slot.name &&
                   parameters[i].value.sizes() == at::IntArrayRef(slot.shape));
      view_of(values_[m], slot, slot.shape).copy_(parameters[i].value.detach());
      model.set_parameter(
          i, leaf_of(view_of(values_[m], slot, slot.shape), view_of(gradients_[m], slot, slot.shape)));
    }
  }
}

void FlatParameters::lay_out(const std::vector<nn::Parameter>& parameters) {
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
}

std::vector<at::Tensor> FlatParameters::stacked() const {
  std::vector<std::size_t> order(slots_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return slots_[i].offset < slots_[j].offset; });
  // One split, whose derivative is one concatenation: a slot, what lies between, the next slot.
  std::vector<std::int64_t> sizes;
  for (const std::size_t i : order) {
    sizes.push_back(slots_[i].size);
    sizes.push_back(padded(slots_[i].size) - slots_[i].size);
  }
  const auto pieces = at::split_with_sizes(leaf_of(values_, gradients_), sizes, 1);
  std::vector<at::Tensor> tensors(slots_.size());
  for (std::size_t place = 0; place < order.size(); ++place) {
    std::vector<std::int64_t> shape{models()};
    const FlatSlot& slot = slots_[order[place]];
    shape.insert(shape.end(), slot.shape.begin(), slot.shape.end());
    tensors[order[place]] = pieces[2 * place].view(shape);
  }
  return tensors;
}

void FlatParameters::zero_gradients() {
  gradients_.zero_();
}

}  // namespace anser::train
