// All parameters of a model in one fp32 buffer, all gradients in another of the same layout; several models
// of the same shape lie one after the other.
//
// Each parameter starts at a multiple of 64 bytes; what lies between is zero and stays zero. Parameters of
// one optimiser group (same decay, same lr_scale) stand next to each other, so a group is one contiguous
// segment. The model computes with views of the buffer; autograd adds into views of the gradient buffer.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/nn/model.h"

namespace anser::train {

/// Place of one parameter in a model's part of the buffers, in numbers.
struct FlatSlot {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t offset = 0;
  std::int64_t size = 0;
};

/// An optimiser group: [offset, offset + size) of each model's part.
struct FlatSegment {
  std::int64_t offset = 0;
  std::int64_t size = 0;
  bool decay = false;
  double lr_scale = 1;
};

class FlatParameters {
 public:
  /// Moves the model's parameters (fp32) into a fresh buffer on `device`; the model must outlive this object.
  explicit FlatParameters(nn::Model& model, at::Device device = at::kCPU);
  /// The same of M models with parameters of the same names and shapes.
  FlatParameters(const std::vector<nn::Model*>& models, at::Device device);

  const at::Tensor& values() const { return values_; }           // [M, size]
  const at::Tensor& gradients() const { return gradients_; }     // [M, size]
  const std::vector<FlatSlot>& slots() const { return slots_; }  // in checkpoint order
  const std::vector<FlatSegment>& segments() const { return segments_; }
  std::int64_t models() const { return values_.size(0); }
  std::int64_t size() const { return values_.size(1); }  // of a model

  /// All models as one: each slot as [M, shape], in the order of slots(). They are views of one leaf whose
  /// gradient is the gradient buffer, good for one backward pass.
  std::vector<at::Tensor> stacked() const;

  void zero_gradients();

 private:
  void lay_out(const std::vector<nn::Parameter>& parameters);

  at::Tensor values_, gradients_;
  std::vector<FlatSlot> slots_;
  std::vector<FlatSegment> segments_;
};

}  // namespace anser::train
