// The regular tasks of the Chomsky suite in the dialects of four code bases, which differ in token ids,
// answer positions and even in labels: chomsky[task=T,dialect=D,mode=M].
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

std::unique_ptr<Task> make_chomsky(const Id& id);

}  // namespace anser::tasks
