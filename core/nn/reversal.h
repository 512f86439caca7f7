// RWKV-LM's trained string reversal model (RWKV-v8/260123_reverse_L2_only_rwkv7): an ordinary RWKV-7 under
// other names, without ln0, with a bias on the head and a constant per block, left by a retrieval branch
// whose embedding is zero.
#pragma once

#include <memory>
#include <string_view>

#include "core/base/safetensors.h"
#include "core/nn/model.h"

namespace anser::nn {

/// True for a file with that model's names.
bool is_reversal_file(const TensorFile& file);

/// The ordinary model of such a file. InputError naming `where` when the retrieval branch is not constant, or
/// as load_rwkv7.
std::unique_ptr<Model> load_reversal(const TensorFile& file, std::string_view where);

}  // namespace anser::nn
