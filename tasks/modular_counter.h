// Counters: parity and mod[n=..]. Letters 0 and 1 are increments, label_t = (x_1 + ... + x_t) mod n; parity
// is n = 2.
#pragma once

#include <memory>
#include <string_view>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// parity
std::unique_ptr<Task> make_parity(const Id& id);
/// mod[n=..], n in 1..4096 (5 when absent)
std::unique_ptr<Task> make_modular_counter(const Id& id);

}  // namespace anser::tasks
