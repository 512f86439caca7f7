// The state of the automaton of a regular expression after every letter of an accepted word:
// state_prediction[regex="..."].
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

std::unique_ptr<Task> make_state_prediction(const Id& id);

}  // namespace anser::tasks
