// What the loaders of checkpoints share.
#pragma once

#include <memory>
#include <string_view>

#include "core/base/safetensors.h"
#include "core/nn/parameter_table.h"
#include "core/nn/rwkv7.h"

namespace anser::nn {

/// load_rwkv7 with the options that shapes do not tell (ln0, biases, era) taken from `known`.
std::unique_ptr<Model> load_rwkv7_with(const TensorFile& file, std::string_view where,
                                       const Rwkv7Options& known);

/// Fills every slot from the file's tensor of that name. InputError naming `where` and the tensor when one is
/// missing, has another number or order of entries, is no floating type, or when the file holds a name that
/// no slot has.
void fill_from_file(TabledModel& model, const TensorFile& file, std::string_view where);

}  // namespace anser::nn
