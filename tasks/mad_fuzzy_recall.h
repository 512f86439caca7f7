// mad[task=fuzzy_recall,V=16,motif=3]: recall where keys and values are motifs of 1..motif different tokens.
//
// (V-1)/2 key tokens, the other of V-1 are value tokens, V-1 is padding, which stands in front. One key motif
// with its value is planted and asked at the end; the others are drawn with repetition, each has one value in
// a word, and the answer is asked at every one seen before.
//
// The planted pair stands behind the first pair that ends at or behind a uniform place, or at the last
// chance; mad-lab leaves it out in the few words in which that place is passed over.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// motif in 1..8, at most the number of key tokens. Words are at least 4 * motif + 1 long.
std::unique_ptr<Task> make_mad_fuzzy_recall(const Id& id);

}  // namespace anser::tasks
