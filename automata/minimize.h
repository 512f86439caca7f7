// The canonical smallest automaton of a language or of a labelling.
//
// Unreachable states are dropped, states that no word tells apart are one, and the classes are numbered by
// breadth-first search from the start in letter order. So two machines have equal minimal forms, table by
// table, exactly when they answer alike on every word.
//
// Hopcroft's algorithm (1971), O(k n log n), after as many rounds of Moore's as each double the number of
// classes (or make a quarter of all states a class of their own): random automata are done by then, and there
// are at most log n + 4 such rounds. docs/math/complexity.md 7.
#pragma once

#include "automata/dfa.h"
#include "automata/moore.h"

namespace anser::automata {

/// Labels keep their numbers and names. Throws InputError when the machine is not well-formed.
[[nodiscard]] Moore minimize(const Moore& machine);
[[nodiscard]] Dfa minimize(const Dfa& dfa);

}  // namespace anser::automata
