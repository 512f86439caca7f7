// The first number that is not finite, by name.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace anser::ops {

/// Throws an InputError "where: name holds nan at place 5 of [2, 3], wanted finite numbers" for the first
/// number of x, row by row, that is not finite. Undefined tensors pass.
void require_finite(std::string_view where, std::string_view name, const at::Tensor& x);

}  // namespace anser::ops
