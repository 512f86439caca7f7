// The report's section on the construction: compile the task, save it, load it back as an ordinary
// checkpoint, run it on sealed words, prove it.
#pragma once

#include <filesystem>

#include "analysis/report/claim_report.h"
#include "experiments/runner/claim.h"
#include "tasks/task.h"

namespace anser::runner {

/// Name of the checkpoint in the claim's folder.
inline constexpr const char* kConstructionFile = "construction.safetensors";

/// Writes folder/construction.safetensors and fills `data.construction`, for every precision of the claim.
void construct_and_prove(const Claim& claim, const tasks::Task& task, const std::filesystem::path& folder,
                         report::ClaimReport& data);

}  // namespace anser::runner
