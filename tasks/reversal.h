// reversal[digits=1..60]: RWKV-LM's reversal of decimal numbers, in the format of its trained model.
//
//     4072,2704####        tokens 0..9 are the digits, 10 is the comma, 11 is #
//
// A number of n digits (no leading zero unless n = 1), a comma, its digits in reverse, then # to the end; n
// is uniform in the range, or in 1..(T-1)/2 with digits=any. Targets are the next token: from the comma on,
// n digits and the first # (mode=tagging, what the demo counts); or from the first position on (mode=lm).
// Later # are not scored.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// digits: a length law of 1..10^6 digits, or `any`. Words are at least 2 * most digits + 1 long.
std::unique_ptr<Task> make_reversal(const Id& id);

}  // namespace anser::tasks
