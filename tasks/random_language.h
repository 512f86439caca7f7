// Random languages of a class that was asked for: random_language[class=C,n=8,k=2,seed=0].
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

std::unique_ptr<Task> make_random_language(const Id& id);

}  // namespace anser::tasks
