// The regular languages of Bhattamishra, Ahuja and Goyal (2020), with the set of legal next letters asked at
// every position of accepted words: bhattamishra[language=L,mode=next-set].
//
//     aa       (aa)* over a           d<n>      D_n = (a D_{n-1} b)*, D_0 empty, over a, b; n in 1..64
//     abab     (abab)* over a, b      parity    an even number of 1s
//     tomita1 .. tomita7              their readings: 3 is the immediate one (tasks/tomita.h)
//
// Labels are sets with `end` where the word may stop: upstream's set and its membership bit in one. Words are
// uniform of their length, where upstream has a generator for each language; and live states are live:
// upstream calls one of Tomita 3's dead, which spoils its labels there.
#pragma once

#include <memory>
#include <string>

#include "automata/dfa.h"
#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

std::unique_ptr<Task> make_bhattamishra(const Id& id);

/// The minimal automaton of a language by the names above.
automata::Dfa bhattamishra_language(const std::string& name);

}  // namespace anser::tasks
