// manifest.json: what a run is (config, hash, seeds, c, parameters) and what made it (program, machine,
// kernel and its target, times).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/nn/model.h"
#include "core/ops/recurrence.h"
#include "core/train/run.h"

namespace anser::train {

/// InputError unless `folder` holds no run or one of this config; names the first field that differs.
void require_same_config(const std::filesystem::path& folder, RunConfig config);

/// The CUDA kernel that the run in `folder` began with; nothing where there is no run or it has none.
std::optional<ops::CudaKernel> recorded_kernel(const std::filesystem::path& folder);

/// Writes the manifest of a run that begins or goes on at `step`. An earlier one keeps its sessions; each
/// start adds one. `kernel`: the CUDA kernel that runs the model's recurrence.
void write_manifest(const std::filesystem::path& folder, RunConfig config, const nn::Model& model,
                    std::optional<ops::CudaKernel> kernel, std::int64_t step, const std::string& command);

/// Adds `finished` and the training time of this process.
void finish_manifest(const std::filesystem::path& folder, double train_seconds);

}  // namespace anser::train
