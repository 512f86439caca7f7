// Shortcut audit: how far one gets on a task without tracking its state.
//
// Judged on the last 8 positions of words of each length T (short prefixes are easy). A shortcut is a
// predictor that sees only part of the prefix; its accuracy is the best that any function of that part
// reaches:
//     constant          nothing                               length mod m     t mod m, m = 2..12
//     last w tokens     the newest w letters, w = 1..4 and 2^j <= T/2
//     letter counts     the count of every letter mod 2 .. (abelianisation of the group)       sign    parity
//     of the product
// Group tasks are exact: knowing the last w letters, the state before them is distributed like the walk after
// t - w letters, so accuracy = max_q p_{t-w}(q). Other machines: exact where a subset construction is small,
// else estimated on sealed samples.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tasks/task.h"

namespace anser::tasks {

struct Shortcut {
  std::string name;     // "last 4 tokens"
  int length = 0;       // T
  double accuracy = 0;  // best accuracy over the last 8 positions
  double low = 0;       // interval of 95 % (Wilson); equal to accuracy where exact
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
  std::vector<int> lengths = {32, 128};  // training and test lengths
  std::int64_t samples = 20000;          // for estimates
  std::uint64_t seed = 0;
};

[[nodiscard]] ShortcutAudit audit_shortcuts(const Task& task, const AuditOptions& options = {});

/// Accuracy per position 1..length (element t-1) of the best predictor that sees the newest `window` letters
/// and the position: the floor that reports draw beside every curve. Exact for group tasks, else estimated.
[[nodiscard]] std::vector<double> window_floor(const Task& task, int window, int length,
                                               const AuditOptions& options = {});

}  // namespace anser::tasks
