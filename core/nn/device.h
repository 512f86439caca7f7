// The device that a model computes on, and the kernel of its recurrence there, as a run or an evaluation
// names them.
#pragma once

#include <c10/core/Device.h>

#include <optional>
#include <string_view>

#include "core/nn/model.h"

namespace anser::nn {

/// "cpu" or "cuda", whose library it loads (ops::require_cuda). InputError for others, and for cuda in a
/// build or on a machine without.
at::Device parse_device(std::string_view where, std::string_view name);

/// `named` as parse_kernel reads it. InputError where a kernel is named for the CPU, which has but one.
std::optional<ops::CudaKernel> parse_kernel_on(std::string_view where, at::Device device,
                                               std::string_view named);

/// Model::fix_kernel on the device, whose kernels it loads: a captured step could not. Nothing on the CPU.
std::optional<ops::CudaKernel> fix_kernel(Model& model, at::Device device,
                                          std::optional<ops::CudaKernel> named, std::int64_t time);

/// Moves all parameters.
void move_parameters(Model& model, at::Device device);

}  // namespace anser::nn
