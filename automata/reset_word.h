// Synchronising machines: is there a word after which the state is known? And such a word.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "automata/moore.h"

namespace anser::automata {

struct ResetWord {
  std::optional<bool> synchronising;        // nothing: more pairs of states than fit
  std::optional<std::vector<Letter>> word;  // not always a shortest one
  std::string method;
};

/// Pairs of states, breadth-first backwards from equal ones (Eppstein 1990): O(k n^2) for the answer; the
/// word merges the pair that is nearest to merging, again and again, O(n^3). Above 12,000 states undecided.
[[nodiscard]] ResetWord find_reset_word(const Moore& machine);

}  // namespace anser::automata
