// anser bench

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/thread_pool.h"
#include "core/base/version.h"
#include "experiments/bench/measure.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/number_options.h"
#include "kernels/wkv7.h"

namespace anser::cli {
namespace {

using bench::Roof;

struct Options {
  std::string filter, target;
  std::int64_t seconds = 10, threads = 1;
  bool json = false;
};

const char* roof_name(Roof roof) {
  return roof == Roof::multiply_add ? "multiply-add" : roof == Roof::l1 ? "L1" : "memory";
}
const char* roof_key(Roof roof) {
  return roof == Roof::multiply_add ? "multiply_add" : roof == Roof::l1 ? "l1" : "memory";
}

std::vector<bench::Case> chosen_cases(const std::string& filter) {
  std::vector<bench::Case> chosen;
  std::vector<std::string> models;
  for (const bench::Case& c : bench::all_cases()) {
    if (c.name.find(filter) != std::string::npos) chosen.push_back(c);
    const std::string model = c.name.substr(0, c.name.find('/'));
    if (std::find(models.begin(), models.end(), model) == models.end()) models.push_back(model);
  }
  require(!chosen.empty(), "anser bench",
          "no case's name holds \"{}\", wanted a part of MODEL/SHAPE/PASS with MODEL one of {}, SHAPE one of "
          "n64, n32, n16, train, heads16, heads8192, PASS one of forward, backward, decode",
          filter, fmt::join(models, ", "));
  return chosen;
}

void choose_target(const std::string& target) {
  if (target.empty() || kernels::cpu::wkv7_force_target(target.c_str())) return;
  std::vector<std::string> here;
  for (const char* name : {"AVX3", "AVX2", "SSE4", "NEON", "SVE2", "SVE", "EMU128", "SCALAR"})
    if (kernels::cpu::wkv7_force_target(name)) here.emplace_back(name);
  kernels::cpu::wkv7_force_target("");
  fail("anser bench", "--target {} is not an instruction set of this machine and build, wanted one of {}",
       target, fmt::join(here, ", "));
}

Json case_json(const bench::CaseResult& r) {
  constexpr const char* kDecays[] = {"logit", "log", "direct", "none"};
  Json share = Json::object();
  for (const Roof roof : bench::kRoofs)
    share[roof_key(roof)] = r.shares.contains(roof) ? Json(r.shares.at(roof)) : Json(nullptr);
  return {{"name", r.c.name},
          {"pass", bench::pass_name(r.c.pass)},
          {"dtype", r.c.bf16 ? "bf16" : "fp32"},
          {"sequences", r.c.shape.sequences},
          {"time", r.c.shape.time},
          {"heads", r.c.shape.heads},
          {"keys", r.c.shape.keys},
          {"values", r.c.shape.values},
          {"decay", kDecays[static_cast<int>(r.c.mode.decay)]},
          {"decay_per_head", r.c.mode.decay_per_head},
          {"low_rank", r.c.mode.low_rank},
          {"read", r.c.mode.read == kernels::Read::after ? "after" : "before"},
          {"ns_per_token_head", r.ns_per_token_head.median},
          {"spread", r.ns_per_token_head.spread},
          {"flops", r.work.flops},
          {"state_bytes", r.work.state_bytes},
          {"array_bytes", r.work.array_bytes},
          {"gflops", r.gflops},
          {"share", share},
          {"bound", roof_key(r.bound)}};
}

void print_json(const bench::Report& report) {
  Json probes = Json::object(), cases = Json::array();
  for (const auto& [roof, rate] : report.probes)
    probes[roof_key(roof)] = {{"per_second", rate.median}, {"spread", rate.spread}};
  for (const bench::CaseResult& r : report.cases) cases.push_back(case_json(r));
  const Json line{{"version", build_info().version},
                  {"processor", processor_name()},
                  {"target", report.target},
                  {"threads", report.threads},
                  {"rounds", report.rounds},
                  {"largest_cache", bench::largest_cache()},
                  {"probes", probes},
                  {"cases", cases}};
  fmt::print("{}\n", line.dump());
}

std::string percent(double part) {
  return fmt::format("{:.{}f} %", 100 * part, part < 0.0995 ? 1 : 0);
}

void print_table(const bench::Report& report) {
  fmt::print("{}, {}, {} thread{}; medians of {} rounds, ± half the distance between quartiles\n",
             processor_name(), report.target, report.threads, report.threads == 1 ? "" : "s", report.rounds);
  for (const auto& [roof, rate] : report.probes)
    fmt::print("probe {:<14} {:8.1f} {:<8} ± {}\n", roof_name(roof), rate.median * 1e-9,
               roof == Roof::multiply_add ? "GFLOP/s" : "GB/s", percent(rate.spread));
  fmt::print("\nper token and head\n{:<28} {:>8} {:>7} {:>7} {:>8} {:>6} {:>8} {:>6} {:>8} {:>7}  {}\n",
             "case", "ns", "±", "FLOP", "GFLOP/s", "peak", "state B", "L1", "array B", "memory", "bound");
  for (const bench::CaseResult& r : report.cases) {
    const auto share = [&](Roof roof) {
      return r.shares.contains(roof) ? percent(r.shares.at(roof)) : std::string("-");
    };
    fmt::print("{:<28} {:>8.1f} {:>7} {:>7.0f} {:>8.1f} {:>6} {:>8.0f} {:>6} {:>8.0f} {:>7}  {}\n", r.c.name,
               r.ns_per_token_head.median, percent(r.ns_per_token_head.spread), r.work.flops, r.gflops,
               share(Roof::multiply_add), r.work.state_bytes, share(Roof::l1), r.work.array_bytes,
               share(Roof::memory), roof_name(r.bound));
  }
}

void run(const Options& o) {
  const std::vector<bench::Case> cases = chosen_cases(o.filter);
  choose_target(o.target);
  const bench::Report report = bench::measure(
      cases, {.seconds = static_cast<double>(o.seconds), .threads = static_cast<int>(o.threads)});
  if (o.json)
    print_json(report);
  else
    print_table(report);
}

}  // namespace

void add_bench_command(CLI::App& app, int& exit_code) {
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("bench", "Times the recurrence's kernels against this machine's own peaks");
  verb->add_option("--filter", o->filter,
                   "only cases whose name MODEL/SHAPE/PASS holds this, such as gla/n64");
  add_count(*verb, "--seconds", o->seconds, 1, 86400, "time to spend; at least five rounds are run");
  add_count(*verb, "--threads", o->threads, 1, 1024, "threads of kernels and probes");
  verb->add_option("--target", o->target,
                   "instruction set, such as AVX2 (default: the best of this machine)");
  verb->add_flag("--json", o->json, "one JSON object; docs/how-to/bench.md lists its fields");
  verb->footer(
      "Columns: count of floating-point operations, part of the multiply-add probe's rate; bytes of the "
      "state\n"
      "loaded and stored, part of the L1 probe's; bytes of the arrays, part of the memory probe's (- where "
      "they\n"
      "fit into the largest cache). The largest part names the bound that applies. docs/how-to/bench.md\n"
      "Example: anser bench --filter rwkv7/ --seconds 5 --threads 2");
  verb->callback([o] { run(*o); });
  static_cast<void>(exit_code);
}

}  // namespace anser::cli
