#include "experiments/runner/claim_run.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "core/base/files.h"
#include "core/base/progress.h"
#include "core/base/version.h"
#include "core/ops/torch_version.h"
#include "experiments/runner/claim_construction.h"
#include "experiments/runner/claim_folder.h"
#include "experiments/runner/claim_spectra.h"
#include "experiments/runner/claim_task.h"
#include "experiments/runner/claim_training.h"
#include "experiments/runner/judge.h"
#include "kernels/wkv7.h"
#include "tasks/task.h"

namespace anser::runner {
namespace {

std::vector<report::KeyValue> provenance(const Claim& claim, const ClaimRunOptions& options, double seconds) {
  const BuildInfo& build = build_info();
  return {{"claim hash", claim.hash},
          {"commit", build.commit + (build.dirty ? " with uncommitted changes" : "")},
          {"anser", build.version},
          {"compiler", build.compiler},
          {"LibTorch", ops::torch_version()},
          {"device", processor_name()},
          {"WKV-7 kernel", fmt::format("cpu {}", kernels::cpu::wkv7_target())},
          {"runs side by side", fmt::format("{}, one thread each", options.threads)},
          {"date", fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::now()))},
          {"time of this start", print_duration(seconds)}};
}

}  // namespace

std::filesystem::path run_claim(const Claim& claim, const ClaimRunOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const std::filesystem::path folder = claim_folder(options.runs, claim);
  make_folder(folder);
  const FolderLock lock(folder);
  const auto task = tasks::make_task(claim.task);

  report::ClaimReport data;
  data.command = options.command;
  describe_task(claim, *task, data);
  construct_and_prove(claim, *task, folder, data);
  train_architectures(claim, options, folder, data);
  compare_transitions(claim, *task, folder, data);
  data.lines = judge(claim.accept, data);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  data.provenance = provenance(claim, options, seconds.count());
  write_report(folder, data);
  mark_finished(folder);
  return folder;
}

}  // namespace anser::runner
