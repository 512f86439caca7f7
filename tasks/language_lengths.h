// Which lengths a language has words of.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "automata/dfa.h"
#include "automata/word_counts.h"
#include "tasks/task.h"

namespace anser::tasks {

/// The states that some word of the current length leads to, from length 0 on.
class LengthSets {
 public:
  explicit LengthSets(const automata::Dfa& dfa);

  /// On to words of one more letter. O(number of distinct arcs).
  void advance();
  /// Is there a word of the current length on that side?
  bool has(automata::Side side) const;
  const std::vector<std::uint8_t>& states() const { return states_; }

 private:
  std::vector<std::uint8_t> accept_;
  std::vector<std::vector<automata::State>> successors_;  // distinct
  std::vector<std::uint8_t> states_;
};

/// Lengths at which the language has words, as a progression from `least` on: the smallest step for which one
/// goes on for ever, then the least beginning. Nothing where the language is finite. InputError where lengths
/// repeat with a period above 65536.
std::optional<LengthRule> lengths_of_language(const automata::Dfa& dfa, int least = 0);

}  // namespace anser::tasks
