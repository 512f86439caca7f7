// Rounding of a forward pass: under Precision::bf16 every weight and every operation's result holds a bf16
// number.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/nn/model.h"

namespace anser::nn {

/// The nearest bf16 number of each entry (ties to even), kept in the tensor's own type.
at::Tensor round_to_bf16(const at::Tensor& x);

/// Applied to the result of every operation of a forward pass: the identity except under bf16.
class Rounding {
 public:
  explicit Rounding(Precision precision = Precision::fp32) : to_bf16_(precision == Precision::bf16) {}
  at::Tensor operator()(at::Tensor x) const { return to_bf16_ ? round_to_bf16(x) : x; }
  bool to_bf16() const { return to_bf16_; }

 private:
  bool to_bf16_;
};

}  // namespace anser::nn
