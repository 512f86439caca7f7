#include "analysis/certify/word_scores.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

#include "core/base/error.h"
#include "core/nn/device.h"
#include "core/ops/finite.h"

namespace anser::certify {
namespace {

constexpr std::int64_t kPendingTokens = 1 << 18;  // words wait until so many tokens can be sorted by length
constexpr std::int64_t kBatchTokens = 1 << 14;
constexpr std::int64_t kPieceTokens = 1 << 11;  // longest piece of a word in one forward pass

bool answers(std::span<const float> logits, std::int64_t label) {
  if (std::any_of(logits.begin(), logits.end(), [](float x) { return std::isnan(x); })) return false;
  return std::max_element(logits.begin(), logits.end()) - logits.begin() == label;
}

std::vector<std::int64_t> integers(const Json& object, const char* key) {
  require(object.contains(key) && object[key].is_array(), "words", "\"{}\" wants a list of numbers", key);
  std::vector<std::int64_t> values;
  for (const Json& value : object[key]) {
    require(value.is_number_integer(), "words", "\"{}\" holds {}, wanted whole numbers", key, value.dump());
    values.push_back(value.get<std::int64_t>());
  }
  return values;
}

LabelledWord parse_letters(const Json& object, const construct::LetterTable& letters) {
  require(letters.named(), "words", "the checkpoint names no letters; give \"input\" and \"target\"");
  require(object["word"].is_array(), "words", "\"word\" wants a list of letter names");
  require(object.contains("accept") && object["accept"].is_number_integer(), "words",
          "\"accept\" wants 0 or 1");
  const auto accept = object["accept"].get<std::int64_t>();
  require(accept == 0 || accept == 1, "words", "\"accept\" is {}, wanted 0 or 1", accept);
  std::vector<std::int32_t> word;
  for (const Json& name : object["word"]) {
    require(name.is_string(), "words", "\"word\" holds {}, wanted letter names", name.dump());
    word.push_back(static_cast<std::int32_t>(letters.letter_of(name.get<std::string>(), "words")));
  }
  return letters_word(letters, word, accept == 1);
}

LabelledWord parse_line(const std::string& line, const construct::LetterTable& letters) {
  const Json object = parse_json(line, "words");
  require(object.is_object(), "words",
          "wanted an object with \"input\" and \"target\", or \"word\" and \"accept\"");
  if (object.contains("word")) return parse_letters(object, letters);
  return {integers(object, "input"), integers(object, "target")};
}

}  // namespace

LabelledWord letters_word(const construct::LetterTable& letters, std::span<const std::int32_t> word,
                          bool accept) {
  LabelledWord out;
  for (const std::int32_t letter : word) {
    const auto& tokens = letters.tokens[static_cast<std::size_t>(letter)];
    out.input.insert(out.input.end(), tokens.begin(), tokens.end());
  }
  out.target = {accept ? 1 : 0};
  out.last_only = true;
  return out;
}

std::vector<double> WordScores::by_position() const {
  std::vector<double> shares;
  for (std::size_t i = 0; i < asked_at.size(); ++i)
    shares.push_back(double(right_at[i]) / double(asked_at[i]));
  return shares;
}

WordReader::WordReader(const TensorFile& file, std::string_view where, const ScoreOptions& options)
    : model_(nn::load_model(file, where)),
      where_(where),
      check_(options.check),
      device_(nn::parse_device("eval", options.device)) {
  if (check_)
    for (const nn::Parameter& parameter : model_->parameters())
      ops::require_finite(where_, parameter.name, parameter.value);
  model_->set_precision(options.precision);
  letters_ = construct::read_letter_table(file.metadata, model_->vocabulary(), where);
  auto kernel = nn::parse_kernel_on("eval", device_, options.kernel);
  const auto trained = file.metadata.find("kernel");
  if (!kernel && trained != file.metadata.end()) kernel = ops::parse_kernel(where, trained->second);
  nn::fix_kernel(*model_, device_, kernel, kPieceTokens);
  if (!device_.is_cpu()) nn::move_parameters(*model_, device_);
}

void WordReader::add(LabelledWord word) {
  require(word.last_only || word.input.size() == word.target.size(), "words",
          "\"input\" has {} tokens and \"target\" {} labels, wanted as many", word.input.size(),
          word.target.size());
  for (const std::int64_t id : word.input)
    require(id >= 0 && id < model_->vocabulary(), "words", "token id {} lies outside the vocabulary 0..{}",
            id, model_->vocabulary() - 1);
  for (const std::int64_t label : word.target)
    require(label >= 0 && label < model_->labels(), "words", "label {} lies outside 0..{}", label,
            model_->labels() - 1);
  require(!word.input.empty() || !word.last_only || letters_.bos, "words",
          "the empty word has an answer only where the checkpoint has a BOS");
  pending_tokens_ += static_cast<std::int64_t>(word.input.size()) + 1;
  pending_.push_back(std::move(word));
  if (pending_tokens_ >= kPendingTokens) score_pending();
}

WordScores WordReader::finish() {
  score_pending();
  return std::move(scores_);
}

void WordReader::score_pending() {
  std::stable_sort(pending_.begin(), pending_.end(), [](const LabelledWord& x, const LabelledWord& y) {
    return x.input.size() < y.input.size();
  });
  const std::span<const LabelledWord> words(pending_);
  for (std::size_t begin = 0, end = 0; begin < words.size(); begin = end) {
    while (end < words.size() &&
           (end == begin || (end - begin + 1) * (words[end].input.size() + 1) <= kBatchTokens))
      ++end;
    score_batch(words.subspan(begin, end - begin));
  }
  pending_.clear();
  pending_tokens_ = 0;
}

/// Words in ascending length; shorter ones are filled up with token 0 behind their end, which no answer sees.
void WordReader::score_batch(std::span<const LabelledWord> words) {
  const at::NoGradGuard no_gradients;
  const auto rows = static_cast<std::int64_t>(words.size());
  const std::int64_t before = letters_.bos ? 1 : 0;
  const std::int64_t length = before + static_cast<std::int64_t>(words.back().input.size());
  nn::ModelState state;
  for (std::int64_t from = 0; from < length; from += kPieceTokens) {
    const std::int64_t time = std::min(kPieceTokens, length - from);
    at::Tensor tokens = at::zeros({rows, time}, at::kLong);
    auto* ids = tokens.mutable_data_ptr<std::int64_t>();
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t t = 0; t < time; ++t) {
        const std::int64_t at = from + t - before;
        const auto& input = words[static_cast<std::size_t>(row)].input;
        if (at < 0) ids[row * time + t] = *letters_.bos;
        if (at >= 0 && at < static_cast<std::int64_t>(input.size())) ids[row * time + t] = input[at];
      }
    const at::Tensor logits = model_->forward(tokens.to(device_), &state).cpu().contiguous();
    if (check_) ops::require_finite(where_, "a batch's logits", logits);
    const auto labels = static_cast<std::size_t>(model_->labels());
    for (std::int64_t i = 0; i < rows * time; ++i)
      score_row(words[static_cast<std::size_t>(i / time)], from + i % time - before,
                {logits.const_data_ptr<float>() + static_cast<std::size_t>(i) * labels, labels});
  }
}

/// `position`: of the newest token in the word; -1 at BOS.
void WordReader::score_row(const LabelledWord& word, std::int64_t position, std::span<const float> logits) {
  const auto length = static_cast<std::int64_t>(word.input.size());
  if (word.last_only) {
    if (position != length - 1) return;
    ++scores_.tokens;
    scores_.correct += answers(logits, word.target.front());
    return;
  }
  if (position < 0 || position >= length) return;
  const auto at = static_cast<std::size_t>(position);
  if (at >= scores_.asked_at.size()) {
    scores_.asked_at.resize(at + 1, 0);
    scores_.right_at.resize(at + 1, 0);
  }
  const bool right = answers(logits, word.target[at]);
  ++scores_.tokens;
  scores_.correct += right;
  ++scores_.asked_at[at];
  scores_.right_at[at] += right;
}

WordScores score_file(const TensorFile& file, std::string_view where, const std::filesystem::path& words,
                      const ScoreOptions& options) {
  WordReader reader(file, where, options);
  std::ifstream in(words);
  require(in.good(), "certify::score_file", "cannot read {}", words.string());
  std::int64_t number = 0, scored = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      reader.add(parse_line(line, reader.letters()));
    } catch (const InputError& error) {
      fail(fmt::format("{} line {}", words.string(), number), "{}", error.what());
    }
    ++scored;
  }
  require(!in.bad(), "certify::score_file", "cannot read {}", words.string());
  require(scored > 0, "certify::score_file", "{} holds no words", words.string());
  return reader.finish();
}

Json scores_json(const WordScores& scores) {
  return {{"tokens", scores.tokens},
          {"correct", scores.correct},
          {"accuracy", scores.tokens > 0 ? Json(scores.accuracy()) : Json(nullptr)},
          {"by_position", scores.by_position()}};
}

}  // namespace anser::certify
