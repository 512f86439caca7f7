// Tomita's seven languages: tomita[n=1..7], tomita[n=3,reading=later|immediate].
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

std::unique_ptr<Task> make_tomita(const Id& id);

}  // namespace anser::tasks
