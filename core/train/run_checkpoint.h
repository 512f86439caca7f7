// What a run needs to go on bit for bit: parameters, both moments, the number of steps done. The words of
// step s are a pure function of (seed, s), so no generator state is kept.
//
// A safetensors file: `param.NAME`, `m.NAME`, `v.NAME` (F32) of every parameter; metadata `format`,
// `config_hash`, `step`, `loss`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "core/train/trainer.h"

namespace anser::train {

/// Where a checkpoint stands in its run.
struct CheckpointMark {
  std::string config_hash;
  std::int64_t step = 0;  // steps done
  double loss = 0;        // of the last of them
};

/// Writes the trainer's parameters and moments by rename.
void save_checkpoint(const std::filesystem::path& path, const CheckpointMark& mark, Trainer& trainer);

/// Restores them; nothing where no file stands. InputError, one sentence that names the file and the cure,
/// when it is damaged, of another config or of another model.
std::optional<CheckpointMark> load_checkpoint(const std::filesystem::path& path,
                                              const std::string& config_hash, Trainer& trainer);

}  // namespace anser::train
