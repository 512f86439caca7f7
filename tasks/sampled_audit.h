// Shortcuts of any task, measured: a table from clue to most frequent label is fitted on drawn words and
// judged on as many others. So an accuracy is a lower estimate of what the clue gives; where clues seldom
// come twice (bags of long words), it falls back to the most frequent label.
#pragma once

#include <vector>

#include "tasks/shortcut_audit.h"

namespace anser::tasks {

/// All shortcuts at the lengths of one law, in the order of shortcut_audit.h; `leaky` is left to the caller.
/// O(samples * (T + 8 * shortcuts)).
[[nodiscard]] std::vector<Shortcut> sampled_shortcuts(const Task& task, const LengthLaw& law,
                                                      const AuditOptions& options);

/// The bag of tokens alone.
[[nodiscard]] Shortcut sampled_bag(const Task& task, const LengthLaw& law, const AuditOptions& options);

}  // namespace anser::tasks
