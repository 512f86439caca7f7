#include "experiments/runner/claim_construction.h"

#include <fmt/format.h>

#include <chrono>

#include "analysis/certify/word_scores.h"
#include "analysis/construct/closure.h"
#include "analysis/construct/compile.h"
#include "core/base/progress.h"
#include "core/base/safetensors.h"

namespace anser::runner {
namespace {

constexpr std::int64_t kWordLength = 1000;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<report::KeyValue> construction_facts(const construct::Compiled& compiled,
                                                 const std::string& mode) {
  return {{"mode", mode},
          {"c", "2"},
          {"layers", "1"},
          {"width D", fmt::format("{} = {} heads of {} ({} in use)", compiled.width, compiled.heads,
                                  compiled.head_size, compiled.used_heads)},
          {"parameters", fmt::format("{}", compiled.parameters)},
          {"state", compiled.tracks},
          {"exactness", compiled.exactness},
          {"checkpoint", kConstructionFile}};
}

/// Sealed words of the task through the loaded checkpoint.
report::CheckRow check_words(const TensorFile& file, const std::string& where, const tasks::Task& task,
                             std::int64_t tokens, const std::string& precision) {
  const auto start = std::chrono::steady_clock::now();
  certify::WordReader reader(file, where, {.precision = nn::parse_precision(precision)});
  std::vector<std::int32_t> input(kWordLength), target(kWordLength);
  for (std::int64_t i = 0; i * kWordLength < tokens; ++i) {
    task.sample(0, tasks::Split::sealed, static_cast<std::uint64_t>(i), input, target);
    reader.add({.input = {input.begin(), input.end()}, .target = {target.begin(), target.end()}});
  }
  const certify::WordScores scores = reader.finish();
  return {.precision = precision,
          .tokens = scores.tokens,
          .errors = scores.tokens - scores.correct,
          .seconds = seconds_since(start)};
}

report::ProofRow prove_all_lengths(const TensorFile& file, const std::string& where, const tasks::Task& task,
                                   const std::string& precision) {
  const auto start = std::chrono::steady_clock::now();
  construct::ClosureOptions options;
  options.precision = nn::parse_precision(precision);
  const construct::Closure closure = construct::prove(file, where, task.machine(), options);
  report::ProofRow row{.precision = precision,
                       .verdict = std::string(construct::verdict_name(closure.verdict)),
                       .states = closure.states,
                       .micro_states = closure.micro_states,
                       .quotient = closure.quotient_equal ? "equal to " + task.facts().group : "",
                       .seconds = seconds_since(start),
                       .witness = ""};
  if (closure.failing_word) row.witness = fmt::format("{}", fmt::join(closure.failing_word->names, " "));
  return row;
}

}  // namespace

void construct_and_prove(const Claim& claim, const tasks::Task& task, const std::filesystem::path& folder,
                         report::ClaimReport& data) {
  construct::CompileOptions options;
  options.mode = construct::parse_mode(claim.mode);
  const construct::Compiled compiled = construct::compile_task(task, options);
  const std::filesystem::path path = folder / kConstructionFile;
  write_safetensors(path, compiled.file);
  const TensorFile loaded = read_safetensors(path);

  data.construction.facts = construction_facts(compiled, claim.mode);
  Progress progress("construction", 2 * static_cast<std::int64_t>(claim.precisions.size()), "checks");
  for (const std::string& precision : claim.precisions) {
    data.construction.checks.push_back(
        check_words(loaded, path.string(), task, claim.construction_tokens, precision));
    progress.add(1, precision + " run");
    data.construction.proofs.push_back(prove_all_lengths(loaded, path.string(), task, precision));
    progress.add(1, precision + " proof");
  }
}

}  // namespace anser::runner
