// Tomita's seven languages over 0, 1: tomita[n=4,mode=final,negatives=uniform].
//
//     1  1*        2  (10)*       4  no 000                      6  #0 - #1 a multiple of 3
//     3  no odd run of 1s that an odd run of 0s follows          7  0*1*0*1*
//                                 5  even numbers of 0s and 1s
//
// Number 3 has two readings in circulation, both of 5 states: reading=later (Weiss et al. 2018, AALpy): no
// odd run of 0s anywhere after an odd run of 1s; reading=immediate (Bhattamishra et al. 2020): none directly
// after it. They first differ on 100110, which only `immediate` has. Without reading= it is `later`.
#pragma once

#include <memory>

#include "automata/dfa.h"
#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// n in 1..7; reading= goes with n=3 alone.
std::unique_ptr<Task> make_tomita(const Id& id);

enum class TomitaReading { later, immediate };
/// The minimal automaton; `reading` matters for n = 3.
automata::Dfa tomita_language(int n, TomitaReading reading = TomitaReading::later);

}  // namespace anser::tasks
