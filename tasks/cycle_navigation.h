// Three tasks called cycle navigation. Moves on a circle; the position is asked after the last move, or after
// every one.
//
//     id               moves                        circle     label
//     cycle_deepmind   0, 1, 2 are -1, 0, +1        5          position
//     cycle_xlstm      1 stay, 2 is +1, 3 is -1     vocab - 4  4 + position
//     cycle_walker     1 stay, 2 is +1, 3 is -1     5          4 + position
// xlstm's vocabulary of 10 makes a circle of 6, not of 5. Where labels begin at 4, token and label 0 are PAD:
// never drawn, never asked; the machine reads PAD as no move. Upstream puts the answer after the last move
// (xlstm) or beside it (Walker); here it is the target at the last move. Moves are independent and uniform.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// cycle_deepmind[mode=final], or mode=tagging.
std::unique_ptr<Task> make_cycle_deepmind(const Id& id);
/// cycle_xlstm[vocab=10,mode=final]; vocab in 6..1024.
std::unique_ptr<Task> make_cycle_xlstm(const Id& id);
/// cycle_walker[mode=final].
std::unique_ptr<Task> make_cycle_walker(const Id& id);

}  // namespace anser::tasks
