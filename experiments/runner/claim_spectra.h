// The report's section that sets trained transitions beside the constructed ones.
#pragma once

#include <filesystem>

#include "analysis/report/claim_report.h"
#include "experiments/runner/claim.h"
#include "tasks/task.h"

namespace anser::runner {

/// Fills `data.spectra` from the constructed checkpoint and, per compared RWKV-7 architecture, the model of
/// the first seed.
void compare_transitions(const Claim& claim, const tasks::Task& task, const std::filesystem::path& folder,
                         report::ClaimReport& data);

}  // namespace anser::runner
