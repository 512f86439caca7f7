// Accuracy of a checkpoint on labelled words (anser eval).
//
// A line of words.jsonl is {"input":[token ids],"target":[labels]}, one score a token, or
// {"word":["a","b"],"accept":0|1} for a compiled automaton, one score a word. BOS, where the checkpoint has
// one, is put before every word and never scored; the empty word is answered after it. A row with a NaN
// counts as wrong.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "analysis/construct/letter_table.h"
#include "core/base/json.h"
#include "core/nn/model.h"

namespace anser::certify {

/// Tokens and wanted labels of one word. last_only: `target` holds one label, that of the whole word.
struct LabelledWord {
  std::vector<std::int64_t> input;
  std::vector<std::int64_t> target;
  bool last_only = false;
};

/// Letters of a compiled automaton, and whether the word is accepted.
LabelledWord letters_word(const construct::LetterTable& letters, std::span<const std::int32_t> word,
                          bool accept);

struct WordScores {
  std::int64_t tokens = 0;  // answers scored: tokens, and words asked as a whole
  std::int64_t correct = 0;
  std::vector<std::int64_t> right_at,
      asked_at;  // per position, over words longer than it; not of words asked whole

  double accuracy() const { return double(correct) / double(tokens); }  // NaN where nothing was asked
  std::vector<double> by_position() const;
};

/// How words are scored.
struct ScoreOptions {
  nn::Precision precision = nn::Precision::fp32;
  /// An InputError names the first weight or logit that is not finite; without, a word whose logits are not
  /// numbers is a wrong answer.
  bool check = false;
  std::string device = "cpu";  // or cuda
  /// Of the recurrence on cuda, for words of every length: sequential, chunked, or auto: the one that trained
  /// the checkpoint, else the rule's for long words.
  std::string kernel = "auto";
};

/// Collects words and scores them in batches of like length; words of any length, long ones piece by piece.
class WordReader {
 public:
  WordReader(const TensorFile& file, std::string_view where, const ScoreOptions& options = {});

  /// InputError when ids, labels or lengths do not fit the model; nothing is kept of such a word.
  void add(LabelledWord word);
  WordScores finish();

  const construct::LetterTable& letters() const { return letters_; }

 private:
  void score_pending();
  void score_batch(std::span<const LabelledWord> words);
  void score_row(const LabelledWord& word, std::int64_t position, std::span<const float> logits);

  std::unique_ptr<nn::Model> model_;
  std::string where_;
  bool check_;
  at::Device device_;
  construct::LetterTable letters_;
  std::vector<LabelledWord> pending_;
  std::int64_t pending_tokens_ = 0;
  WordScores scores_;
};

/// Scores a file line by line. InputError naming path and line number at the first line that does not fit, or
/// when there is none.
WordScores score_file(const TensorFile& file, std::string_view where, const std::filesystem::path& words,
                      const ScoreOptions& options = {});

/// {"tokens":..,"correct":..,"accuracy":..,"by_position":[..]}
Json scores_json(const WordScores& scores);

}  // namespace anser::certify
