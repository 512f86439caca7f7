// Shortcut audit: how far one gets on a task without tracking its state.
//
// Judged on the last 8 positions of words of each length T (short prefixes are easy). A shortcut is a
// predictor that sees only part of the prefix; its accuracy is the best that any function of that part, and
// of the position, reaches (constant: one label at all 8 positions):
//     constant        nothing                             length mod m    t mod m, m = 2..12
//     last w tokens   the newest w letters, w = 1..4 and 2^j, all <= T/2
//     letter counts   group tasks: the product in G/[G,G] (abelianisation); others: counts mod 2, 3, 5
//     sign            sign of the product, where the group acts with odd permutations
// With p_t the distribution of states after t uniform letters and h_u(q) the label after reading u from q,
//     accuracy of the last w tokens at t  =  E_u max_label  sum_{q: h_u(q) = label} p_{t-w}(q)
// which is max_q p_{t-w}(q) where letters permute the states and labels tell them apart (every group task).
// Otherwise the maps h_u are enumerated while few are distinct, and then drawn: only that is an estimate.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tasks/task.h"

namespace anser::tasks {

struct Shortcut {
  std::string name;     // "last 4 tokens"
  int length = 0;       // T
  double accuracy = 0;  // mean over the last 8 positions
  double low = 0;       // 95 % (Wilson over the drawn words); equal to accuracy where exact
  double high = 0;
  bool exact = true;
  bool leaky = false;  // low > chance + 2 %
};

struct ShortcutAudit {
  double chance = 0;
  std::vector<Shortcut> shortcuts;  // by length, then in the order above
  bool leaky = false;               // any of them
  Shortcut best;                    // the most accurate one at the longest length
  std::string verdict;              // "no shortcut above chance + 2 %", or the names of those that are
};

struct AuditOptions {
  std::vector<int> lengths = {32, 128};  // training and test lengths, each at least 1
  std::int64_t samples = 20000;          // words drawn for estimates
  std::uint64_t seed = 0;
};

/// InputError on an empty list of lengths, a length below 1 or no samples. Group tasks: O(T * |G| * tokens).
[[nodiscard]] ShortcutAudit audit_shortcuts(const Task& task, const AuditOptions& options = {});

/// Accuracy per position 1..length (element t-1) of the best predictor that sees the newest `window` letters
/// and the position: the floor that reports draw beside every curve. Exact for group tasks.
[[nodiscard]] std::vector<double> window_floor(const Task& task, int window, int length,
                                               const AuditOptions& options = {});

}  // namespace anser::tasks
