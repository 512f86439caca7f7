#include "core/nn/reversal.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/nn/checkpoint.h"

namespace anser::nn {
namespace {

/// File prefix of layer l = 1, 2 -> prefix of block l - 1. Layer norms: lnla, lnlb; lnlc belongs to the
/// retrieval branch.
std::string ordinary_name(const std::string& name) {
  if (name == "e.weight") return "emb.weight";
  if (name.starts_with("o.")) return "head." + name.substr(2);
  if (name.starts_with("lno.")) return "ln_out." + name.substr(4);
  const auto dot = name.find('.');
  if (dot == std::string::npos || dot < 2) return name;
  const std::string head = name.substr(0, dot), tail = name.substr(dot + 1);
  const auto block = [](char digit) { return fmt::format("blocks.{}.", digit - '1'); };
  if (head.size() == 5 && head.starts_with("rwkv")) return block(head[4]) + "att." + tail;
  if (head.size() == 4 && head.starts_with("ffn")) return block(head[3]) + "ffn." + tail;
  if (head.size() == 4 && head.starts_with("ln") && head[3] == 'a') return block(head[2]) + "ln1." + tail;
  if (head.size() == 4 && head.starts_with("ln") && head[3] == 'b') return block(head[2]) + "ln2." + tail;
  if (head.size() == 5 && head.starts_with("rosa") && tail == "o.bias") return block(head[4]) + "bias";
  return name;
}

/// Tensors of the retrieval branch that a zero embedding silences.
bool is_silent(const std::string& name) {
  const bool branch_norm = name.size() > 4 && name.starts_with("ln") && name[3] == 'c';
  return branch_norm || (name.starts_with("rosa") && !name.ends_with(".o.bias"));
}

bool all_zero(const TensorData& data) {
  return std::all_of(data.bytes.begin(), data.bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

bool is_reversal_file(const TensorFile& file) {
  return file.tensors.contains("e.weight") && file.tensors.contains("rwkv1.r_k");
}

std::unique_ptr<Model> load_reversal(const TensorFile& file, std::string_view where) {
  TensorFile ordinary;
  ordinary.metadata = file.metadata;
  for (const auto& [name, data] : file.tensors) {
    if (name.ends_with("rosa_qkv.emb"))
      require(all_zero(data), where, "{} is not zero: its retrieval branch is live, wanted a pure RWKV-7",
              name);
    if (!is_silent(name)) ordinary.tensors.emplace(ordinary_name(name), data);
  }
  return load_rwkv7_with(ordinary, where, {.embedding_norm = false, .head_bias = true, .block_bias = true});
}

}  // namespace anser::nn
