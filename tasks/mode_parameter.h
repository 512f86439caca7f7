// The id parameter mode= of families that offer several kinds of supervision.
#pragma once

#include <vector>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// The mode asked, `fallback` where the id has none. InputError naming the id and the modes unless it is one
/// of `modes`.
Supervision mode_of(const Id& id, Supervision fallback, const std::vector<Supervision>& modes);

}  // namespace anser::tasks
