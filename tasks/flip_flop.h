// Three tasks called flip-flop, each under an id of its own.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

std::unique_ptr<Task> make_flipflop_monoid(const Id& id);
std::unique_ptr<Task> make_flipflop_semiautomaton(const Id& id);
std::unique_ptr<Task> make_flipflop_language(const Id& id);

}  // namespace anser::tasks
