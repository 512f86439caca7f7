#include "experiments/runner/grid.h"

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <optional>

#include "core/base/progress.h"
#include "core/base/thread_pool.h"
#include "experiments/runner/store.h"
#include "experiments/runner/task_words.h"
#include "tasks/task.h"

namespace anser::runner {
namespace {

/// Reports the steps of one run; those that an earlier process did are skipped.
train::StepCallback counter(Progress& progress, const GridRun& run, std::int64_t& counted) {
  return [&progress, &run, &counted](std::int64_t step, double loss) {
    if (counted == 0) progress.skip(step - 1);
    progress.add(1, fmt::format("{} loss {:.3f}", run.folder.filename().string(), loss));
    counted = step;
  };
}

train::RunResult train_one(const GridRun& run, const GridOptions& options, Progress& progress) {
  const auto task = tasks::make_task(run.config.task);
  std::int64_t counted = 0;
  train::RunSetup setup;
  setup.on_step = counter(progress, run, counted);
  setup.command = options.command;
  setup.stop = options.stop;
  train::RunResult result = train::run(run.config, task_words(*task), run.folder, setup);
  progress.skip(run.config.steps - counted);
  return result;
}

}  // namespace

std::vector<train::RunResult> run_grid(const std::vector<GridRun>& runs, const GridOptions& options) {
  std::int64_t steps = 0;
  for (const GridRun& run : runs) steps += run.config.steps;
  std::optional<Store> store;
  if (!options.store.empty()) store.emplace(options.store);
  std::mutex store_mutex;
  Progress progress(options.label, steps, "steps", options.show_progress);
  std::vector<train::RunResult> results(runs.size());
  run_side_by_side(static_cast<int>(runs.size()), options.threads, [&](int i) {
    results[i] = train_one(runs[i], options, progress);
    const std::scoped_lock lock(store_mutex);
    if (store) store->add_run(runs[i].folder);
  });
  progress.finish();
  return results;
}

}  // namespace anser::runner
