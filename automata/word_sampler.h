// Uniform words of a language, by length: each of the c_T accepted words of length T with probability exactly
// 1 / c_T.
//
// In state q with l letters to come, letter s has probability c_{l-1}(delta(q, s)) / c_l(q). Sixteen random
// bits against thresholds decide it nearly always; where they do not, more bits are drawn and compared in
// exact integers, so nothing is rounded (docs/math/words.md 2). About 10^8 letters a second; the thresholds
// take 2 * n * k * max_length bytes beside the counts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "automata/dfa.h"
#include "automata/word_counts.h"
#include "core/base/rng.h"

namespace anser::automata {

class WordSampler {
 public:
  /// For words of lengths 0..max_length of one side of the language. InputError, before anything is
  /// allocated, where counts and thresholds need more than `max_bytes`.
  WordSampler(const Dfa& dfa, std::int64_t max_length, Side side = Side::accepted,
              std::int64_t max_bytes = std::int64_t{1} << 31);

  /// Numbers of words of the side asked.
  [[nodiscard]] const WordCounts& counts() const { return counts_; }
  [[nodiscard]] std::int64_t max_length() const { return counts_.max_length(); }
  /// Is there a word of that length? False where the length is not in 0..max_length.
  [[nodiscard]] bool has_length(std::int64_t length) const;

  /// A uniform word of word.size() letters: a function of the stream's key and position. InputError where
  /// there is none of that length (has_length).
  void sample(Rng& rng, std::span<Letter> word) const;
  [[nodiscard]] std::vector<Letter> sample(Rng& rng, std::int64_t length) const;

 private:
  void fill_thresholds(std::int64_t length);
  std::size_t refine(Rng& rng, State q, std::int64_t length, std::uint64_t bits) const;

  Dfa dfa_;
  WordCounts counts_;
  std::vector<std::uint32_t> row_after_;   // [num_states][num_letters], next state times num_letters
  std::vector<std::uint16_t> thresholds_;  // [max_length][num_states][num_letters], the last of a row unused
};

}  // namespace anser::automata
