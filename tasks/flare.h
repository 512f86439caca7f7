// FLaRe's seven regular languages with its sampler and negatives: flare[language=L].
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

std::unique_ptr<Task> make_flare(const Id& id);

}  // namespace anser::tasks
