#include "experiments/runner/claim_training.h"

#include <fmt/format.h>

#include "core/base/ids.h"
#include "core/base/json.h"
#include "experiments/runner/grid.h"

namespace anser::runner {
namespace {

constexpr double kLongestAccuracy = 0.99;
constexpr std::int64_t kLongestByPosition = 128;  // longer curves stay in the runs' own files

report::LengthRow length_row(const train::LengthScore& score) {
  report::LengthRow row{.length = score.length,
                        .strings = score.strings,
                        .mean = score.accuracy(),
                        .last8 = score.last8(),
                        .whole = score.whole(),
                        .by_position = {}};
  if (score.length > kLongestByPosition) return row;
  for (std::size_t t = 0; t < score.correct_by_position.size(); ++t) {
    const auto scored = static_cast<double>(score.scored_by_position[t]);
    row.by_position.push_back(scored == 0 ? report::kNotMeasured
                                          : static_cast<double>(score.correct_by_position[t]) / scored);
  }
  return row;
}

/// Training time of the start that finished the run, as its manifest keeps it.
double training_seconds(const std::filesystem::path& run_folder) {
  const Json manifest = read_json(run_folder / "manifest.json");
  const auto seconds = manifest.find("train_seconds");
  return seconds != manifest.end() && seconds->is_number() ? seconds->get<double>() : report::kNotMeasured;
}

report::SeedRun seed_run(std::int64_t seed, const train::RunResult& result, double seconds) {
  report::SeedRun run{.seed = seed,
                      .lengths = {},
                      .longest_length = 0,
                      .tokens_seen = result.tokens_seen,
                      .seconds = seconds,
                      .final_loss = result.final_loss};
  bool unbroken = true;
  for (const train::LengthScore& score : result.scores) {
    run.lengths.push_back(length_row(score));
    unbroken = unbroken && score.last8() >= kLongestAccuracy;
    if (unbroken) run.longest_length = score.length;
  }
  return run;
}

/// What accept.toml asks of an architecture's seeds is what the report calls a success.
report::ArchitectureReport architecture_report(const Architecture& a, const std::vector<AcceptLine>& accept) {
  const Id id = parse_id(a.run.model);
  report::ArchitectureReport out = {.name = a.name,
                                    .title = a.title,
                                    .label = a.control     ? "control"
                                             : id.has("c") ? "c = " + id.get("c", "")
                                                           : "",
                                    .model = a.run.model,
                                    .c = id.name == "rwkv7" ? id.get("c", "1") : "",
                                    .task = a.run.task,
                                    .precision = "fp32",
                                    .parameters = 0,
                                    .lr = a.run.lr,
                                    .control = a.control,
                                    .runs = {}};
  for (const AcceptLine& line : accept)
    if (line.architecture == a.name) {
      out.wanted_accuracy = line.accuracy;
      out.wanted_length = line.length;
    }
  return out;
}

}  // namespace

std::filesystem::path training_folder(const std::filesystem::path& folder, const Architecture& architecture,
                                      std::int64_t seed) {
  return folder / "runs" / fmt::format("{}-seed{}", architecture.name, seed);
}

void train_architectures(const Claim& claim, const ClaimRunOptions& options,
                         const std::filesystem::path& folder, report::ClaimReport& data) {
  // Seeds outside, architectures inside: a run that is stopped early has whole seeds of everything.
  std::vector<GridRun> runs;
  for (const std::int64_t seed : claim.seeds)
    for (const Architecture& a : claim.architectures) {
      GridRun run{.config = a.run, .folder = training_folder(folder, a, seed)};
      run.config.seed = seed;
      runs.push_back(std::move(run));
    }
  const std::vector<train::RunResult> results = run_grid(runs, {.threads = options.threads,
                                                                .label = claim.id,
                                                                .command = options.command,
                                                                .store = folder / "store.sqlite",
                                                                .stop = options.stop});

  data.architectures.clear();
  for (const Architecture& a : claim.architectures)
    data.architectures.push_back(architecture_report(a, claim.accept));
  std::size_t next = 0;
  for (const std::int64_t seed : claim.seeds)
    for (report::ArchitectureReport& a : data.architectures) {
      const train::RunResult& result = results[next];
      a.parameters = result.parameters;
      a.runs.push_back(seed_run(seed, result, training_seconds(runs[next++].folder)));
    }
}

}  // namespace anser::runner
