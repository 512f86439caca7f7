// What every operator checks before a kernel sees its arguments.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>

#include "core/ops/status.h"

namespace anser::ops {

/// The argument that fixes dtype, device and sizes of the others: fp32 or fp64, contiguous, `dims` axes.
/// InputError naming operator, argument, the value seen and `wanted` (such as "[B, T, D]").
void check_leading(std::string_view op, std::string_view name, const at::Tensor& tensor, std::int64_t dims,
                   std::string_view wanted);

/// An argument with this shape, the dtype and device of `like`, contiguous. InputError as above.
void check_argument(std::string_view op, std::string_view name, const at::Tensor& tensor,
                    at::IntArrayRef shape, const at::Tensor& like);

/// The same for an operator that is also traced with symbolic sizes.
void check_symbolic(std::string_view op, std::string_view name, const at::Tensor& tensor,
                    c10::SymIntArrayRef shape, at::ScalarType type, at::Device device);

/// "[2, 5, s0]"
std::string shape_text(c10::SymIntArrayRef shape);

/// Data of a checked tensor.
template <typename Real>
const Real* data(const at::Tensor& tensor) {
  return tensor.const_data_ptr<Real>();
}

template <typename Real>
Real* mutable_data(const at::Tensor& tensor) {
  return tensor.mutable_data_ptr<Real>();
}

/// The gradient that reached an output, contiguous; zeros like `like` where none did.
at::Tensor defined_gradient(const at::Tensor& gradient, const at::Tensor& like);

}  // namespace anser::ops
