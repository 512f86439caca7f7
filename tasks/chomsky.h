// The regular tasks of the Chomsky suite (Delétang et al. 2023) in the dialects of four code bases, which
// differ in token ids, answer positions and labels:
//
//     chomsky[task=parity|even_pairs|cycle_navigation|modular_arithmetic,dialect=D,mode=final|tagging,mod=5]
//
//     task       deepmind                       xlstm and walker
//     parity     bits 0, 1; number of 1s mod 2  letters 1, 2; label 1 where the number of 2s is even, else 2
//     even_pairs class 1 iff first != last      label 1 iff first == last, else 2
//     modular_.. 0..4, + 5, - 6, * 7;           + - * = are 1..4, digits from 5, `=` at the end; label
//                odd length; label the value    5 + value
//     lengths    any from 1 (odd)               any from 1 (even)
// Arithmetic is modulo `mod`, with precedence. xlstm appends the answer as one token more and Walker puts it
// beside the last token; in both it is predicted at the last token read, which is where the target stands
// here. Token and label 0 of xlstm and walker are PAD: never drawn, never asked, read as nothing by the
// machine. mode=tagging asks at every position where the prefix has a value; where it has none the machine
// says `none` (deepmind) or PAD. Letters are independent and uniform, digits and operators take turns.
//
// cycle_navigation is cycle_deepmind, cycle_xlstm, cycle_walker (tasks/cycle_navigation.h), and dialect flare
// is the family flare (tasks/flare.h): their canonical ids are those. Brackets are refused: not regular.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// mod in 2..16 (5 when absent, modular_arithmetic alone); dialect deepmind and mode final when absent.
std::unique_ptr<Task> make_chomsky(const Id& id);

}  // namespace anser::tasks
