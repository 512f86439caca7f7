// Judges a finished claim: every line of accept.toml against the report's data. Kinds:
//     construction_errors  precision                       the compiled model made no error
//     proved               precision, states               PROVED with exactly that many bit states
//     seeds_reaching       architecture, length, accuracy, at_least | at_most
//                                                           share of seeds whose last 8 positions reach the
//                                                           accuracy
//     audit                margin                           no shortcut beats chance by more, at any audited
//     length parameters           margin                           (largest - smallest) / largest over the
//     compared architectures
// A line whose data is missing does not hold, and says so.
#pragma once

#include <string>
#include <vector>

#include "analysis/report/claim_report.h"
#include "experiments/runner/claim.h"

namespace anser::runner {

/// One verdict a line, in the order of accept.toml. InputError naming an unknown kind.
[[nodiscard]] std::vector<report::VerdictLine> judge(const std::vector<AcceptLine>& lines,
                                                     const report::ClaimReport& data);

}  // namespace anser::runner
