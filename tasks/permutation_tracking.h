// permutation_tracking[n=5,r=6,p=0.1,hide=one]: track a permutation whose actions are partly hidden and
// whose state is revealed now and then.
//
//     n objects lie in n places, object i in place i at first. Time runs in blocks of r tokens: r - 2 swaps
//     of two different places, uniform, then a question "place i?" and the object that lies there, which is
//     true.
//
// Each swap is hidden with probability p: hide=one shows one of its two places (either with 1/2), (2 ?);
// hide=both shows nothing, (? ?). The target at a question is the object, where all that was read so far
// leaves one possibility, else the question is not scored; the answer that follows always informs.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// n in 3..6, r in 3..4096, p in [0, 0.99]. What has been read leaves a set of permutations: a swap costs
/// O(1) where it is a single one and O(n n!) where it is large.
std::unique_ptr<Task> make_permutation_tracking(const Id& id);

}  // namespace anser::tasks
