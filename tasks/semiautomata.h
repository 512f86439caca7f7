// Semiautomata of Liu et al.: the state is asked at every position.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

std::unique_ptr<Task> make_liu(const Id& id);

}  // namespace anser::tasks
