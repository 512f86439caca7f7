// Languages of MLRegTest (van der Poel et al. 2024), read from its .att acceptors, with its four kinds of
// test: mlregtest[file=X.att,test=SR|SA|LR|LA].
//
//     test  words                                                     test lengths
//     SR    as in training: fair coin, accepted and rejected uniform  20..29
//     SA    fair coin, both one edit away from the border             20..29
//     LR    as SR                                                     31..50
//     LA    as SA                                                     31..50
// Training and development words have lengths 20..29 and the law of SR and LR: train on the train stream of
// one of them and read the test streams of the four ids at their lengths. MLRegTest draws strings uniformly
// until they are accepted or not, which is the same law, and makes its adversarial words in pairs; here each
// word is drawn on its own from the law of such a pair: accepted with a neighbour outside, rejected with one
// inside. Lengths are those of the language
// from 20 on (tasks/language_task.h).
//
// Train and test words are disjoint for certain where their lengths are (LR and LA at 31..50), and else by
// probability alone: they are independent streams. A language with few words of a length meets them again;
// MLRegTest filters them out.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// InputError on a file that is no acceptor (automata/formats/att.h). Without test= it is SR.
std::unique_ptr<Task> make_mlregtest(const Id& id);

}  // namespace anser::tasks
