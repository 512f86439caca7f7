// Runs a claim from its task to its verdict: facts and audit, construction and proof, training, comparison of
// the trained transitions with the constructed ones, judgement, report.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include "experiments/runner/claim.h"

namespace anser::runner {

struct ClaimRunOptions {
  std::filesystem::path runs = "runs";
  int threads = 1;                          // runs side by side
  std::string command;                      // as typed, for the report
  const std::atomic<bool>* stop = nullptr;  // once true, training ends with checkpoints (GridOptions::stop)
};

/// Returns the claim's folder, which then holds report.html. Finished parts are not run again.
std::filesystem::path run_claim(const Claim& claim, const ClaimRunOptions& options);

}  // namespace anser::runner
