// metrics.jsonl: one row per logged step, without any time, so that a resumed run ends with the very bytes of
// one that was never interrupted. The same numbers go to a TensorBoard event file beside it, which carries
// the times.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/json.h"
#include "core/train/tensorboard.h"

namespace anser::train {

/// A row of metrics.jsonl.
struct MetricsRow {
  std::int64_t step = 0;  // steps done
  std::int64_t tokens = 0;
  double loss = 0;
  double lr = 0;
  double gradient_norm = 0;
};

class MetricsLog {
 public:
  /// Opens `folder/metrics.jsonl` and keeps its first `rows` rows; anything behind (a torn line, rows of
  /// steps that will be repeated) is dropped. InputError when one of those rows is missing or cannot be read.
  MetricsLog(const std::filesystem::path& folder, std::int64_t rows);

  void append(const MetricsRow& row);
  /// Brings the rows so far to the disk; called before a checkpoint of the same step.
  void sync() const;

 private:
  std::filesystem::path path_;
  std::string text_;  // the file's content
  TensorBoardWriter events_;
};

}  // namespace anser::train
