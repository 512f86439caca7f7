// Languages of MLRegTest (van der Poel et al. 2024), read from its .att acceptors, with its four kinds of
// test: mlregtest[file=X.att,test=SR|SA|LR|LA].
//
//     test  words                                                    MLRegTest's lengths
//     SR    as in training: fair coin, accepted and rejected uniform  20..29 (lengths from 20 here)
//     SA    fair coin, both one edit away from the border             20..29
//     LR    as SR                                                     31..50 (lengths from 31 here)
//     LA    as SA                                                     31..50
// Training and development words are those of SR: train on the train stream of test=SR, and read the test
// streams of the four ids. MLRegTest draws strings uniformly until they are accepted or not, which is the
// same law, and makes its adversarial words in pairs; here each word is drawn on its own from the law of such
// a pair: accepted with a neighbour outside, rejected with one inside.
//
// Train and test are disjoint for certain for LR and LA (no common length, where training keeps to 20..29),
// and else by probability alone: they are independent streams. A language with few words of a length meets
// them again; MLRegTest filters them out.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// InputError on a file that is no acceptor (automata/formats/att.h). Without test= it is SR.
std::unique_ptr<Task> make_mlregtest(const Id& id);

}  // namespace anser::tasks
