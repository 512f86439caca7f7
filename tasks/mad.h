// mad[task=..]: the six synthetic tasks of MAD (Poli et al. 2024, mad-lab).
//
//     in_context_recall[V=16]          k v k v ..: a key always has the same value within a word. The answer
//                                      is asked at every key seen before, and at the last one
//     noisy_recall[V=32,noise=16,p=0.2]  the same; a pair is with probability p two noise tokens instead
//     fuzzy_recall[V=16,motif=3]       keys and values are motifs of 1..motif different tokens
//     selective_copying[V=16,copy=16]  `copy` tokens with blanks strewn in, a copy token, then `copy` blanks
//                                      at which the tokens are answered in order
//     compression[V=16,symbols=31]     `symbols` tokens, then requests for single ones by their place
//     memorization[V=256]              k ? k ? ..: one map from keys to values for all words, so it must be
//                                      learnt by heart; the value is answered at ?
//
// The three recalls have two modes: mode=tagging (default, not printed) scores the probed values alone, as
// MAD tests; mode=lm scores the whole sequence shifted by one, as MAD trains. Fuzzy recall draws keys of
// every motif length in mode=lm and of the full length otherwise, as MAD does.
//
// Compression differs from MAD, where a decoder reads all tokens out of the output at the last position: a
// model with one output per position cannot be asked that. Here requests follow one at a time.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// InputError on an unknown task or sizes that leave no keys or values.
std::unique_ptr<Task> make_mad(const Id& id);

}  // namespace anser::tasks
