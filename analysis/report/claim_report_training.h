// The section of a claim's page on training: figures and tables over all seeds.
#pragma once

#include <string>

#include "analysis/report/claim_report.h"

namespace anser::report {

/// What a seed of this architecture has to reach: its own mark, or the claim's.
struct SuccessMark {
  double accuracy = 0;
  std::int64_t length = 0;
};
[[nodiscard]] SuccessMark success_mark(const ClaimReport& report, const ArchitectureReport& architecture);

/// "5 of 5 seeds (95 % interval 56.6 to 100 %) reach 95 % on the last 8 positions at length 128".
[[nodiscard]] std::string success_sentence(const ClaimReport& report, const ArchitectureReport& architecture);

/// Figures and tables of section 3.
void add_training(Page& page, const ClaimReport& report);

}  // namespace anser::report
