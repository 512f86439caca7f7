// manifest.json: what a run is (config, hash, seeds, c, parameters) and what made it (program, machine,
// kernel target, times).
#pragma once

#include <filesystem>
#include <string>

#include "core/nn/model.h"
#include "core/train/run.h"

namespace anser::train {

/// InputError unless `folder` holds no run or one of this config; names the first field that differs.
void require_same_config(const std::filesystem::path& folder, RunConfig config);

/// Writes the manifest of a run that begins or goes on at `step`. An earlier one keeps its sessions; each
/// start adds one.
void write_manifest(const std::filesystem::path& folder, RunConfig config, const nn::Model& model,
                    std::int64_t step, const std::string& command);

/// Adds `finished` and the training time of this process.
void finish_manifest(const std::filesystem::path& folder, double train_seconds);

}  // namespace anser::train
