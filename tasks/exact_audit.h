// Shortcuts of a task whose letters are independent and uniform: exact, from the Markov chain of its machine.
//
// With p_t the distribution of states after t uniform letters and h_u(q) the label after reading u from q,
//     accuracy of the last w tokens at t  =  E_u max_label  sum_{q: h_u(q) = label} p_{t-w}(q)
// which is max_q p_{t-w}(q) where letters permute the states and labels tell them apart (every group task).
// Otherwise the maps h_u are enumerated while few are distinct, and then drawn: only that is an estimate.
// Letter counts: group tasks take the product in G/[G,G] (abelianisation), others counts mod 2, 3, 5.
#pragma once

#include <vector>

#include "tasks/shortcut_audit.h"

namespace anser::tasks {

/// By length, then in the order of shortcut_audit.h; `leaky` is left to the caller. Group tasks: O(T * |G| *
/// tokens).
[[nodiscard]] std::vector<Shortcut> exact_shortcuts(const Task& task, const std::vector<int>& lengths,
                                                    const AuditOptions& options);

}  // namespace anser::tasks
