#include "analysis/construct/letter_steps.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "core/base/error.h"

namespace anser::construct {

std::vector<std::vector<std::int64_t>> match_letters(const OneLayer& model, const automata::Moore& target,
                                                     std::string_view where) {
  require(model.labels() == target.num_labels, where, "the model answers {} labels, the target {}",
          model.labels(), target.num_labels);
  const LetterTable& table = model.letters();
  std::vector<std::vector<std::int64_t>> words;
  if (!table.named()) {
    const std::int64_t letters = model.vocabulary() - (table.bos ? 1 : 0);
    require(letters == target.num_letters, where, "the model reads {} tokens, the target {} letters", letters,
            target.num_letters);
    for (automata::Letter s = 0; s < target.num_letters; ++s) words.push_back({s});
    return words;
  }
  require(table.names.size() == target.letter_names.size(), where,
          "the model reads {} letters, the target {}", table.names.size(), target.letter_names.size());
  for (const std::string& name : target.letter_names)
    words.push_back(table.tokens[table.letter_of(name, where)]);
  return words;
}

OneLayer::Answer read_letters(const OneLayer& model, const std::vector<std::span<const std::int64_t>>& words,
                              const at::Tensor& wkv, const InsideLetter& inside) {
  std::vector<std::int64_t> rows(words.size());  // those still reading, and the tokens they read
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
  OneLayer::Answer last{at::empty_like(wkv), at::zeros({wkv.size(0), model.labels()}, at::kFloat)};
  at::Tensor current = wkv;
  for (std::size_t t = 0; !rows.empty(); ++t) {
    std::vector<std::int64_t> tokens, staying, going, going_at;
    std::vector<std::int64_t> staying_at;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto& word = words[static_cast<std::size_t>(rows[i])];
      tokens.push_back(word[t]);
      const bool ends = t + 1 == word.size();
      (ends ? going : staying).push_back(rows[i]);
      (ends ? going_at : staying_at).push_back(static_cast<std::int64_t>(i));
    }
    const OneLayer::Answer answer = model.step(tokens, current);
    if (staying.empty() && t == 0) return answer;
    const auto ended = at::tensor(going_at, at::kLong), places = at::tensor(going, at::kLong);
    last.wkv.index_copy_(0, places, answer.wkv.index_select(0, ended));
    last.logits.index_copy_(0, places, answer.logits.index_select(0, ended));
    current = answer.wkv.index_select(0, at::tensor(staying_at, at::kLong));
    if (inside && !staying.empty()) inside(current);
    rows = std::move(staying);
  }
  return last;
}

std::span<const float> logits_row(const OneLayer::Answer& answer, std::int64_t row) {
  const std::int64_t labels = answer.logits.size(1);
  return {answer.logits.const_data_ptr<float>() + row * labels, static_cast<std::size_t>(labels)};
}

}  // namespace anser::construct
