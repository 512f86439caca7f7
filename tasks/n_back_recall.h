// n_back_recall[K=32,V=128,n=2]: a key is bound again and again; a question asks for its n-th newest value
// (n=1 is the newest).
//
//     k v  k v  ? k  k v  ? k ..      slots of two tokens, bindings and questions by a fair coin
//
// First every key is bound n times, in random order (2 n K tokens); from then on keys and values are uniform.
// Questions are scored at their key.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// K, V in 1..2^16, n in 1..64. Words are even and at least 2 n K + 2 long. Chance 1/V, exact.
std::unique_ptr<Task> make_n_back_recall(const Id& id);

}  // namespace anser::tasks
