// Regular languages of Bhattamishra et al. with the set of legal next letters at every position.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

std::unique_ptr<Task> make_bhattamishra(const Id& id);

}  // namespace anser::tasks
