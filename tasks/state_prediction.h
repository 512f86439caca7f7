// The state of the minimal automaton of a regular expression after every letter of an accepted word, as in
// the algebraic decomposition suite around C-RASP (arXiv 2608.13433): state_prediction[regex="(ab)*"].
//
// States are numbered breadth-first in letter order, the start is 0. Words are uniform accepted words of each
// length; lengths are a progression on which the language has words (tasks/language_task.h). Training there
// has lengths up to 50, tests bins up to 500.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// regex in the grammar of automata/regex.h; alphabet="a b" where other letters than those seen are wanted.
/// InputError where the expression is not well-formed or its language is finite.
std::unique_ptr<Task> make_state_prediction(const Id& id);

}  // namespace anser::tasks
