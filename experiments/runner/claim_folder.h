// Where the runs of a claim lie: <runs>/<claim id>/<preset>-<hash of suite and accept.toml>/
//     construction.safetensors      the compiled checkpoint
//     runs/<architecture>-seed<k>/  one training run each
//     store.sqlite                  a row per run and evaluation length
//     report.json report.html       data and page
//     finished                      written last
// Starting the same claim again goes on in the same folder and skips what is finished.
#pragma once

#include <filesystem>

#include "analysis/report/claim_report.h"
#include "experiments/runner/claim.h"

namespace anser::runner {

std::filesystem::path claim_folder(const std::filesystem::path& runs, const Claim& claim);

/// Writes report.json and report.html, each by rename.
void write_report(const std::filesystem::path& folder, const report::ClaimReport& data);

/// Reads report.json. InputError naming the path.
report::ClaimReport read_report(const std::filesystem::path& folder);

/// Marks the folder as finished.
void mark_finished(const std::filesystem::path& folder);

/// The folder of the claim whose `finished` is newest. InputError when there is none.
std::filesystem::path newest_finished(const std::filesystem::path& runs, const std::string& claim_id);

}  // namespace anser::runner
