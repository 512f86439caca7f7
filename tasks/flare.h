// FLaRe's seven regular languages (Butoi et al. 2025): flare[language=L,mode=final,negatives=flare].
//
//     even-pairs                 first letter = last, the empty word too     0 1
//     repeat-01                  (01)*                                       0 1
//     parity                     an odd number of 1s                         0 1
//     cycle-navigation           moves, then the position on a circle of 5   > < = 0 1 2 3 4
//     modular-arithmetic-simple  d op d .. op d = r modulo 5, from left to right without precedence
//                                                                            0 1 2 3 4 + - * =
//     dyck-2-3                   two kinds of brackets, at most three deep   (0 )0 (1 )1
//     first                      begins with 1                               0 1
//
// Lengths are those that the language has. Words are accepted or rejected by a fair coin; accepted ones are
// uniform of their length; rejected ones follow FLaRe's rule with the range of lengths T..T. FLaRe lets
// rejected words have any length of the range, so that in repeat-01 half of them are told by an odd length;
// here both sides have one length. Modes next-set and lm are its further targets. Its splits: train 0..40,
// validation 0..80, test 0..500.
#pragma once

#include <memory>

#include "automata/dfa.h"
#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// InputError on an unknown language (with the reason where it is not regular).
std::unique_ptr<Task> make_flare(const Id& id);

/// The minimal automaton of a language by the names above.
automata::Dfa flare_language(const std::string& name);

}  // namespace anser::tasks
