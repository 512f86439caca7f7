// state_recall[n=5,M=32]: state-based recall: a state tells where to look, and a memory what is there.
//
//     b_1 .. b_M  a_1 .. a_n  s_1 s_2 ..       bits, n different addresses, swaps of two of n pointers
//
// Pointer i begins at address a_i; a swap exchanges two pointers, uniform over pairs and the identity. The
// target after every swap is the bit at the address of pointer 1.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// n in 2..16, M in n..65536. Words are at least M + n + 1 long. Chance 1/2, exact.
std::unique_ptr<Task> make_state_recall(const Id& id);

}  // namespace anser::tasks
