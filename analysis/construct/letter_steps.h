// Many sequences through one letter each: the shared inner loop of closure and directed search.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "analysis/construct/one_layer.h"
#include "automata/moore.h"

namespace anser::construct {

/// Letters of a target as token sequences of a model, matched by name where the checkpoint names its letters.
/// InputError naming `where` when the letters or the number of labels do not fit.
std::vector<std::vector<std::int64_t>> match_letters(const OneLayer& model, const automata::Moore& target,
                                                     std::string_view where);

/// Called after every token but a letter's last with the states of the sequences still inside their letter.
using InsideLetter = std::function<void(const at::Tensor& wkv)>;

/// Row i reads the tokens words[i] (not empty) from state wkv[i]; [B, H, N, N] in, states and logits after
/// the last token out.
OneLayer::Answer read_letters(const OneLayer& model, const std::vector<std::span<const std::int64_t>>& words,
                              const at::Tensor& wkv, const InsideLetter& inside = {});

/// Logits of a row.
std::span<const float> logits_row(const OneLayer::Answer& answer, std::int64_t row);

}  // namespace anser::construct
