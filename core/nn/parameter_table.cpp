#include "core/nn/parameter_table.h"

#include <ATen/ops/zeros.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/nn/precision.h"

namespace anser::nn {

bool has_decay(const std::string& name, const std::vector<std::int64_t>& shape) {
  const auto long_axes = std::count_if(shape.begin(), shape.end(), [](std::int64_t n) { return n > 1; });
  return long_axes >= 2 && name.ends_with(".weight");
}

void check_tokens(std::string_view where, const at::Tensor& tokens, std::int64_t vocabulary) {
  require(tokens.defined() && tokens.dim() == 2, where, "tokens have {} axes, wanted [B, T]",
          tokens.defined() ? tokens.dim() : 0);
  require(tokens.scalar_type() == at::kLong, where, "tokens are {}, wanted int64",
          std::string(tokens.dtype().name()));
  if (!tokens.is_cpu()) return;
  const at::Tensor ids = tokens.contiguous();
  const auto* begin = ids.const_data_ptr<std::int64_t>();
  const auto* wrong =
      std::find_if(begin, begin + ids.numel(), [&](std::int64_t id) { return id < 0 || id >= vocabulary; });
  if (wrong == begin + ids.numel()) return;
  const auto place = wrong - begin;
  fail(where, "token id {} (sequence {}, position {}) lies outside the vocabulary 0..{}", *wrong,
       place / tokens.size(1), place % tokens.size(1), vocabulary - 1);
}

void TabledModel::add_slot(std::string name, at::Tensor* tensor, std::vector<std::int64_t> shape) {
  slots_.push_back({std::move(name), tensor, std::move(shape)});
}

void TabledModel::allocate() {
  for (const ParameterSlot& slot : slots_) *slot.tensor = at::zeros(slot.shape, at::kFloat).requires_grad_();
}

std::vector<Parameter> TabledModel::parameters() const {
  std::vector<Parameter> list;
  list.reserve(slots_.size());
  for (const ParameterSlot& slot : slots_)
    list.push_back({.name = slot.name,
                    .value = *slot.tensor,
                    .decay = has_decay(slot.name, slot.shape),
                    .lr_scale = slot.name.ends_with("att.w0") ? 2.0 : 1.0});
  return list;
}

void TabledModel::set_parameter(std::size_t index, at::Tensor value) {
  require(index < slots_.size(), "nn::Model::set_parameter", "index is {}, wanted 0..{}", index,
          slots_.size() - 1);
  const ParameterSlot& slot = slots_[index];
  require(value.sizes() == at::IntArrayRef(slot.shape) && value.is_contiguous() &&
              value.scalar_type() == slot.tensor->scalar_type(),
          "nn::Model::set_parameter", "{} wants a contiguous tensor of its own shape and type", slot.name);
  *slot.tensor = value.requires_grad() ? std::move(value) : value.detach().requires_grad_();
}

void TabledModel::set_precision(Precision precision) {
  precision_ = precision;
  for (const ParameterSlot& slot : slots_) {
    at::Tensor value = slot.tensor->detach();
    if (precision == Precision::bf16) value = round_to_bf16(value.to(at::kFloat));
    value = value.to(precision == Precision::fp64 ? at::kDouble : at::kFloat);
    if (!value.is_same(slot.tensor->detach()) && value.data_ptr() != slot.tensor->data_ptr())
      *slot.tensor = value.requires_grad_();
  }
}

std::int64_t count_parameters(const Model& model) {
  std::int64_t count = 0;
  for (const Parameter& parameter : model.parameters()) count += parameter.value.numel();
  return count;
}

}  // namespace anser::nn
