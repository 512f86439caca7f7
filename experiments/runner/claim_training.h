// The report's section on training: every architecture of the suite with every seed, side by side.
#pragma once

#include <filesystem>

#include "analysis/report/claim_report.h"
#include "experiments/runner/claim.h"
#include "experiments/runner/claim_run.h"

namespace anser::runner {

/// Folder of one run of a claim.
std::filesystem::path training_folder(const std::filesystem::path& folder, const Architecture& architecture,
                                      std::int64_t seed);

/// Trains and evaluates what is not finished yet and fills `data.architectures`; rows also go to
/// store.sqlite.
void train_architectures(const Claim& claim, const ClaimRunOptions& options,
                         const std::filesystem::path& folder, report::ClaimReport& data);

}  // namespace anser::runner
