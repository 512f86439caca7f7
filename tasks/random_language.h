// Random languages of a class that was asked for, each one classified before it is let out
// (automata/random_class.h):
//
//     random_language[class=nc1-complete,n=8,k=2,seed=0,mode=tagging]
//
// class: aperiodic, r-trivial, j-trivial, ac0, acc0, nc1-complete, permutation, uniform; n states of the
// minimal automaton, sink counted; k letters. Words are drawn balanced (tasks/language_task.h).
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// n in 1..64, k in 1..64. InputError on a class that no language of that size has.
std::unique_ptr<Task> make_random_language(const Id& id);

}  // namespace anser::tasks
