// The set of letters that may follow a prefix, as the label of a Moore machine.
#pragma once

#include "automata/dfa.h"
#include "automata/moore.h"

namespace anser::tasks {

/// The states of `dfa`; the label of a state is the set of letters after which acceptance can still be
/// reached, and `end` where the state accepts. Labels are numbered by first meeting in a breadth-first walk
/// from the start in letter order (then come those of unreachable states) and named "{0,1,end}"; "{}" is
/// that of a dead state. O(n * k).
[[nodiscard]] automata::Moore next_set_machine(const automata::Dfa& dfa);

}  // namespace anser::tasks
