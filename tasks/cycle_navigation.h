// Three tasks called cycle navigation, each under an id of its own.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

std::unique_ptr<Task> make_cycle_deepmind(const Id& id);
std::unique_ptr<Task> make_cycle_xlstm(const Id& id);
std::unique_ptr<Task> make_cycle_walker(const Id& id);

}  // namespace anser::tasks
