// mqar[V=8192,K=4,a=0.01]: multi-query associative recall, zoology's rule.
//
//     k1 v1 k2 v2 .. kK vK | queries        key tokens 1..V/2-1, value tokens V/2..V-1, all distinct
//
// Behind the K pairs each key is asked once, at an even offset 2g from the end of the pairs; g is drawn
// without replacement with p(g) ~ (g+1)^(a-1), g = 0..(T-2K)/2-1. The target at a queried key is its value;
// everything else behind the pairs is filler, uniform over the whole vocabulary (it may equal a key), and
// unscored. T is even and at least 4K.
//
//     variant=plain           the above (default, not printed)
//     variant=forgetting      after the K pairs `updates` of the keys are bound once more, each to a value
//                             other than its first; a query answers the newest. T >= 4K + 2 updates
//     variant=compositional   triples (k1, k2, v) over a full grid of sqrt(K) x sqrt(K) first and second
//                             keys in random order; first keys are 1..V/3-1, second keys V/3..2V/3-1, values
//                             2 floor(V/3)..V-1; a query is k1 k2 at an offset 3g, answered at k2. T >= 6K,
//                             even
//     variant=stacked         one token for a whole pair, so that no shift of keys against values is needed:
//                             K pairs, then all K keys in random order, T = 2K. zoology feeds the sum of two
//                             vectors; here a pair is a token of its own, so V is at most 512
//
// The continuous variant of zoology feeds vectors, not tokens: it is refused with that reason.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// V in 6..2^20, K in 1..65536 so many distinct keys and values exist, a > 0. InputError otherwise. Labels
/// are token ids; chance 1 / (number of values), exact at every length. A sample takes O(T + K log K)
/// expected while fewer than half of the slots are asked.
std::unique_ptr<Task> make_mqar(const Id& id);

}  // namespace anser::tasks
