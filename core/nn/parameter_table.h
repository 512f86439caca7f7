// The list of a model's parameters: where each tensor lives, its checkpoint name and shape, its optimiser
// group.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/nn/model.h"

namespace anser::nn {

/// One parameter of a model that is being put together. `tensor` points into the model.
struct ParameterSlot {
  std::string name;
  at::Tensor* tensor = nullptr;
  std::vector<std::int64_t> shape;
};

/// Fills a new model's slots: a value for every name and shape.
using ParameterSource = std::function<std::vector<float>(const ParameterSlot& slot)>;

/// What every architecture shares: a model is its slots (listed once, in checkpoint order), a precision and a
/// forward pass. Not copyable: the slots point into the object.
class TabledModel : public Model {
 public:
  TabledModel() = default;
  TabledModel(const TabledModel&) = delete;
  TabledModel& operator=(const TabledModel&) = delete;

  std::vector<Parameter> parameters() const override;
  void set_parameter(std::size_t index, at::Tensor value) override;
  void set_precision(Precision precision) override;

  const std::vector<ParameterSlot>& slots() const { return slots_; }
  Precision precision() const { return precision_; }

 protected:
  void add_slot(std::string name, at::Tensor* tensor, std::vector<std::int64_t> shape);
  /// Allocates every slot as a leaf that requires a gradient, filled with zeros.
  void allocate();

 private:
  std::vector<ParameterSlot> slots_;
  Precision precision_ = Precision::fp32;
};

/// Weight decay applies to matrices named `*.weight` (RWKV-LM's rule: at least two axes longer than 1).
bool has_decay(const std::string& name, const std::vector<std::int64_t>& shape);

/// tokens [B, T] int64 on the CPU or the model's device; every id in 0..vocabulary-1. InputError otherwise.
/// Ids on a device are not looked at, which would wait for it: who copies them there checks them before.
void check_tokens(std::string_view where, const at::Tensor& tokens, std::int64_t vocabulary);

}  // namespace anser::nn
