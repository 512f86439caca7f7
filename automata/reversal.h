// The language read backwards.
#pragma once

#include <cstdint>

#include "automata/dfa.h"
#include "automata/nfa.h"

namespace anser::automata {

/// The minimal automaton of the reversed words, canonical: the subset construction on the reversed reachable
/// part, which is minimal already (Brzozowski 1962), so reversal(reversal(x)) == minimize(x). Up to 2^n
/// states: InputError above `max_states`, as determinise.
[[nodiscard]] Dfa reversal(const Dfa& x, std::int64_t max_states = kMaxSubsets);

}  // namespace anser::automata
