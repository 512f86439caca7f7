// What the operators check of a batch on the CPU, before it goes to a device.
#pragma once

#include <string_view>

#include "core/nn/model.h"

namespace anser::train {

/// input, target [B, T] int64 on the CPU: ids in 0..vocabulary-1, labels -1 or in 0..labels-1. InputError
/// otherwise.
void check_batch(std::string_view where, const nn::Model& model, const at::Tensor& input,
                 const at::Tensor& target);

}  // namespace anser::train
