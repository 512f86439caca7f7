// The distinct (previous token, token) of a batch of words. What the first layer's time mixing does before
// the recurrence depends on this pair alone: where few pairs are distinct, it is done once for each.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace anser::ops {

struct TokenPairs {
  std::int64_t batch = 0, time = 0, vocabulary = 0;  // B, T, V
  // A pair's two tokens, in the order in which pairs first appear. Before a word's first token stands V.
  std::vector<std::int64_t> previous = {}, current = {};
  std::vector<std::int64_t> place = {};  // [B, T]: a token's pair

  std::int64_t count() const { return static_cast<std::int64_t>(current.size()); }
};

/// The pairs of ids [B, T], contiguous int64 on the CPU in 0..V-1 (not checked); nothing where they are more
/// than half as many as tokens, or V (V + 1) is more than four times as many: then they save no work.
/// O(B T + V^2).
std::optional<TokenPairs> distinct_pairs(const at::Tensor& ids, std::int64_t vocabulary);

}  // namespace anser::ops
