// Languages of MLRegTest, read from its .att files, with its four kinds of test:
// mlregtest[file=X.att,test=SR].
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

std::unique_ptr<Task> make_mlregtest(const Id& id);

}  // namespace anser::tasks
