// The canonical smallest automaton of a language or of a labelling.
//
// Unreachable states are dropped, states that no word tells apart are one (Moore's partition refinement), and
// the classes are numbered by breadth-first search from the start in letter order. So two machines have equal
// minimal forms, table by table, exactly when they answer alike on every word. O(rounds * n * k * log n),
// rounds <= n.
#pragma once

#include "automata/dfa.h"
#include "automata/moore.h"

namespace anser::automata {

/// Labels keep their numbers and names. Throws InputError when the machine is not well-formed.
[[nodiscard]] Moore minimize(const Moore& machine);
[[nodiscard]] Dfa minimize(const Dfa& dfa);

}  // namespace anser::automata
