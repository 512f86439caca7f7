// What the autograd entries of the operators share.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>

#include <optional>
#include <string_view>

#include "core/base/error.h"

namespace anser::ops {

inline bool requires_grad(const at::Tensor& tensor) {
  return tensor.requires_grad();
}
inline bool requires_grad(const std::optional<at::Tensor>& tensor) {
  return tensor && tensor->requires_grad();
}

/// True when a call with these inputs must be recorded: otherwise it runs below autograd and keeps nothing.
template <typename... Tensors>
bool wants_gradient(const Tensors&... tensors) {
  return c10::GradMode::is_enabled() && (requires_grad(tensors) || ...);
}

/// The backward operators have no derivative of their own: asking for one is an InputError naming the
/// operator.
inline void refuse_second_derivative(std::string_view op) {
  require(!c10::GradMode::is_enabled(), op,
          "a second derivative was asked for, wanted first derivatives alone");
}

}  // namespace anser::ops
