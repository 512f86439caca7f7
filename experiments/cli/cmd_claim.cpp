// anser claim list | show ID | run ID | verdict ID

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "analysis/report/table.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/ids.h"
#include "core/base/thread_pool.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/interrupt.h"
#include "experiments/runner/claim.h"
#include "experiments/runner/claim_folder.h"
#include "experiments/runner/claim_run.h"
#include "experiments/runner/judge.h"

namespace anser::cli {
namespace {

struct Options {
  std::string id, preset = "quick", runs = "runs";
  int threads = 0;
  bool json = false, dry_run = false;
};

void list(const Options& o) {
  for (const std::string& id : runner::known_claims()) {
    const runner::Claim claim = runner::load_claim(id, "quick");
    if (o.json) {
      fmt::print("{}\n", Json{{"id", id}, {"title", claim.title}, {"statement", claim.statement}}.dump());
    } else {
      fmt::print("{:<24} {}\n", id, claim.title);
    }
  }
}

void show(const Options& o) {
  runner::load_claim(o.id, o.preset);
  fmt::print("{}", read_file(runner::claims_folder() / o.id / "README.md"));
}

/// Verdict lines on stdout; the exit status says whether all hold.
int print_verdict(const std::vector<report::VerdictLine>& lines, bool json) {
  bool all = !lines.empty();
  for (const report::VerdictLine& line : lines) all = all && line.holds;
  if (json) {
    fmt::print("{}\n", report::verdict_json(lines).dump());
  } else {
    fmt::print("{}", report::print_table(report::verdict_table(lines)));
  }
  return all ? kExitDone : kExitVerdictFalse;
}

void plan(const runner::Claim& claim, const Options& o) {
  std::int64_t runs = 0, steps = 0;
  for (const runner::Architecture& a : claim.architectures) {
    runs += static_cast<std::int64_t>(claim.seeds.size());
    steps += static_cast<std::int64_t>(claim.seeds.size()) * a.run.steps;
    fmt::print("{:<24} {:<64} {} steps x {} seeds\n", a.name, a.run.model, a.run.steps, claim.seeds.size());
  }
  fmt::print("{} runs, {} steps, into {}\n", runs, steps, runner::claim_folder(o.runs, claim).string());
}

int run(const Options& o) {
  const runner::Claim claim = runner::load_claim(o.id, o.preset);
  if (o.dry_run) {
    plan(claim, o);
    return kExitDone;
  }
  const int threads = o.threads > 0 ? o.threads : available_cores();
  const auto folder = runner::run_claim(
      claim, {.runs = o.runs, .threads = threads, .command = command_line(), .stop = &interrupted()});
  const int exit_code = print_verdict(runner::read_report(folder).lines, o.json);
  fmt::print(stderr, "report: {}\n", (folder / "report.html").string());
  return exit_code;
}

int verdict(const Options& o) {
  const auto folder = runner::newest_finished(o.runs, o.id);
  const report::ClaimReport data = runner::read_report(folder);
  return print_verdict(runner::judge(runner::load_claim(o.id, data.preset).accept, data), o.json);
}

}  // namespace

void add_claim_command(CLI::App& app, int& exit_code) {
  auto* verb = app.add_subcommand("claim", "Run a claim, judge it, write its report");
  verb->require_subcommand(1);
  verb->footer("Example: anser claim run s5_state_tracking --preset quick");
  auto o = std::make_shared<Options>();

  auto* list_verb = verb->add_subcommand("list", "All claims");
  list_verb->add_flag("--json", o->json, "one JSON object a line");
  list_verb->callback([o] { list(*o); });

  auto* show_verb = verb->add_subcommand("show", "What a claim says, where it comes from, what it costs");
  show_verb->add_option("id", o->id, "claim, such as s5_state_tracking")->required();
  show_verb->callback([o] { show(*o); });

  auto* run_verb = verb->add_subcommand("run", "Run it; goes on where a killed run stopped");
  run_verb->add_option("id", o->id, "claim")->required();
  run_verb->add_option("--preset", o->preset, "quick or paper")->capture_default_str();
  run_verb->add_option("--runs", o->runs, "folder of all runs")->capture_default_str();
  run_verb->add_option("--threads", o->threads, "runs side by side (0: one a core)")
      ->check(CLI::Range(0, 4096));
  run_verb->add_flag("--dry-run", o->dry_run, "say what would run");
  run_verb->add_flag("--json", o->json, "the verdict as one JSON object");
  run_verb->callback([o, &exit_code] { exit_code = run(*o); });

  auto* verdict_verb = verb->add_subcommand("verdict", "Judge the newest finished run");
  verdict_verb->add_option("id", o->id, "claim")->required();
  verdict_verb->add_option("--runs", o->runs, "folder of all runs")->capture_default_str();
  verdict_verb->add_flag("--json", o->json, "one JSON object");
  verdict_verb->callback([o, &exit_code] {
    const auto known = runner::known_claims();
    require(std::find(known.begin(), known.end(), o->id) != known.end(), "anser claim",
            "unknown claim \"{}\"{}", o->id, suggest(o->id, known));
    exit_code = verdict(*o);
  });
}

}  // namespace anser::cli
