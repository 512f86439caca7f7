// Shortcut audit: how far one gets on a task without tracking its state.
//
// Judged on the last 8 scored positions of words of each length T (short prefixes are easy). A shortcut is a
// predictor that sees only part of the prefix; its accuracy is the best that any function of that part
// reaches:
//     constant            nothing                            answer only      the position t
//     length mod m        t mod m, m = 2..12                 last w tokens    the newest w letters, w = 1..4
//     (and 2^j) letter counts       counts mod 2, 3, 5; group tasks: the product in G/[G,G] (abelianisation)
//     sign                sign of the product, where the group acts with odd permutations
//     bag of tokens       how often each token came
// Tasks with uniform letters are audited exactly (tasks/exact_audit.h), but for the bag; the others, and laws
// of several lengths, by a table fitted on drawn words and judged on others (tasks/sampled_audit.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tasks/task.h"

namespace anser::tasks {

/// Last scored positions of a word that are judged.
inline constexpr int kJudgedPositions = 8;

struct Shortcut {
  std::string name;     // "last 4 tokens"
  LengthLaw length;     // T
  double accuracy = 0;  // mean over the judged positions
  double low = 0;       // 95 % (Wilson over the drawn words); equal to accuracy where exact
  double high = 0;
  bool exact = true;
  bool leaky = false;  // low > chance + 2 %
};

/// A shortcut whose accuracy was measured on that many words. A mean of values in [0, 1] varies no more than
/// a share of successes, so Wilson's interval is wide enough.
[[nodiscard]] Shortcut estimated_shortcut(std::string name, LengthLaw length, double accuracy,
                                          std::int64_t words);

struct ShortcutAudit {
  double chance = 0;
  std::vector<Shortcut> shortcuts;  // by length, then in the order above
  bool leaky = false;               // any of them
  Shortcut best;                    // the most accurate one at the last of the lengths
  std::string verdict;              // "no shortcut above chance + 2 %", or the names of those that are
};

struct AuditOptions {
  std::vector<LengthLaw> lengths = {32, 128};  // training and test lengths, each at least 1
  std::int64_t samples = 20000;                // words drawn for estimates (as many again to fit them)
  std::uint64_t seed = 0;
};

/// InputError on an empty list of lengths, a law that holds no length from 1 on or none that the task has, or
/// no samples. Words without a scored position count for nothing.
[[nodiscard]] ShortcutAudit audit_shortcuts(const Task& task, const AuditOptions& options = {});

/// Accuracy per position 1..length (element t-1) of the best predictor that sees the newest `window` letters
/// and the position: the floor that reports draw beside every curve. Exact for group tasks. InputError for
/// tasks whose letters are not uniform.
[[nodiscard]] std::vector<double> window_floor(const Task& task, int window, int length,
                                               const AuditOptions& options = {});

}  // namespace anser::tasks
