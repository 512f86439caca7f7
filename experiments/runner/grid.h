// Several runs side by side on the cores, one thread each, with one progress bar and one store.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "core/train/run.h"

namespace anser::runner {

struct GridRun {
  train::RunConfig config;
  std::filesystem::path folder;
};

struct GridOptions {
  int threads = 1;                 // runs at once
  std::string label = "training";  // of the progress bar
  std::string command;             // the command line, for the manifests
  std::filesystem::path store;     // store.sqlite that finished runs are added to; empty: none
  const std::atomic<bool>* stop =
      nullptr;  // once true, every run ends with a checkpoint (train::RunSetup::stop)
  bool show_progress = true;
};

/// Trains (or resumes, or reads back) every run; results in the order of `runs`. A run's bits do not depend
/// on what runs beside it. The first InputError of a run ends the grid once the runs beside it have ended;
/// what is finished stays.
std::vector<train::RunResult> run_grid(const std::vector<GridRun>& runs, const GridOptions& options);

}  // namespace anser::runner
