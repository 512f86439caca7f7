// anser tasks list | show ID | sample ID | audit ID

#include <fmt/format.h>

#include <cstdio>

#include "core/base/error.h"
#include "core/base/json.h"
#include "experiments/cli/commands.h"
#include "tasks/shortcut_audit.h"
#include "tasks/task.h"

namespace anser::cli {
namespace {

struct Options {
  std::string id;
  bool json = false;
  std::string split = "test";
  std::int64_t length = 32, count = 3, start = 0;
  std::uint64_t seed = 0;
  bool jsonl = false;
  std::vector<int> lengths = {32, 128};
};

Json facts_json(const tasks::Task& task) {
  const tasks::TaskFacts& f = task.facts();
  return {{"id", f.id},
          {"title", f.title},
          {"group", f.group},
          {"order", f.group_order},
          {"hardness", f.hardness},
          {"tokens", f.num_tokens},
          {"labels", f.num_labels},
          {"token_set", f.token_set},
          {"chance", f.chance},
          {"citation", f.citation},
          {"states", task.machine().num_states},
          {"token_names", task.machine().letter_names}};
}

void list(const Options& o) {
  for (const std::string& id : tasks::known_tasks()) {
    if (o.json) {
      fmt::print("{}\n", Json{{"id", id}}.dump());
    } else {
      fmt::print("{}\n", id);
    }
  }
}

void show(const Options& o) {
  const auto task = tasks::make_task(o.id);
  const Json facts = facts_json(*task);
  if (o.json) {
    fmt::print("{}\n", facts.dump());
    return;
  }
  for (const auto& [key, value] : facts.items())
    fmt::print("{:<12} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
}

void sample(const Options& o) {
  const auto task = tasks::make_task(o.id);
  const tasks::Split split = tasks::parse_split(o.split);
  std::vector<std::int32_t> input(o.length), target(o.length);
  for (std::int64_t i = 0; i < o.count; ++i) {
    task->sample(o.seed, split, static_cast<std::uint64_t>(o.start + i), input, target);
    if (o.jsonl || o.json) {
      fmt::print("{}\n", Json{{"input", input}, {"target", target}}.dump());
      continue;
    }
    fmt::print("{} {} #{}\n", task->facts().id, o.split, o.start + i);
    for (std::int64_t t = 0; t < o.length; ++t)
      fmt::print("  {:>4}  {:<12} -> {}\n", t, task->machine().letter_names[input[t]],
                 task->machine().label_names[target[t]]);
  }
}

Json audit_json(const tasks::ShortcutAudit& audit) {
  Json rows = Json::array();
  for (const tasks::Shortcut& s : audit.shortcuts)
    rows.push_back({{"name", s.name},
                    {"length", s.length},
                    {"accuracy", s.accuracy},
                    {"low", s.low},
                    {"high", s.high},
                    {"exact", s.exact},
                    {"leaky", s.leaky}});
  return {{"leaky", audit.leaky}, {"chance", audit.chance}, {"verdict", audit.verdict}, {"shortcuts", rows}};
}

void audit(const Options& o) {
  const auto task = tasks::make_task(o.id);
  const tasks::ShortcutAudit result =
      tasks::audit_shortcuts(*task, {.lengths = o.lengths, .samples = 20000, .seed = o.seed});
  if (o.json) {
    fmt::print("{}\n", audit_json(result).dump());
    return;
  }
  fmt::print("{}: {} (chance {:.4f}; accuracies on the last 8 positions)\n", task->facts().id, result.verdict,
             result.chance);
  for (const tasks::Shortcut& s : result.shortcuts)
    fmt::print("  T = {:<5} {:<24} {:.4f}  {}{}\n", s.length, s.name, s.accuracy,
               s.exact ? "exact" : fmt::format("[{:.4f}, {:.4f}]", s.low, s.high), s.leaky ? "  LEAKY" : "");
}

}  // namespace

void add_tasks_command(CLI::App& app, int& exit_code) {
  auto* verb = app.add_subcommand("tasks", "Tasks of known complexity: list, facts, samples, shortcut audit");
  verb->require_subcommand(1);
  verb->footer(
      "Example: anser tasks sample 's5[tokens=swaps+id]' --split test --length 64 --count 3 --jsonl");
  auto o = std::make_shared<Options>();

  auto* list_verb = verb->add_subcommand("list", "One example id per family");
  list_verb->add_flag("--json", o->json, "one JSON object a line");
  list_verb->callback([o] { list(*o); });

  auto* show_verb = verb->add_subcommand("show", "The facts of a task");
  show_verb->add_option("id", o->id, "task id, such as 's5[tokens=swaps+id]'")->required();
  show_verb->add_flag("--json", o->json, "one JSON object");
  show_verb->callback([o] { show(*o); });

  auto* sample_verb = verb->add_subcommand(
      "sample", "Words with their labels; sample i is a pure function of id, seed, split, i");
  sample_verb->add_option("id", o->id, "task id")->required();
  sample_verb->add_option("--split", o->split, "train, validation or test (sealed)")->capture_default_str();
  sample_verb->add_option("--length", o->length, "letters a word")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{100000000}))
      ->capture_default_str();
  sample_verb->add_option("--count", o->count, "words")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1000000000}))
      ->capture_default_str();
  sample_verb->add_option("--start", o->start, "index of the first word")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  sample_verb->add_option("--seed", o->seed, "seed of the stream")->capture_default_str();
  sample_verb->add_flag("--jsonl", o->jsonl, "{\"input\":[ids],\"target\":[ids]} a line");
  sample_verb->callback([o] { sample(*o); });

  auto* audit_verb = verb->add_subcommand("audit", "How far one gets on a task without tracking its state");
  audit_verb->add_option("id", o->id, "task id")->required();
  audit_verb->add_option("--lengths", o->lengths, "word lengths")
      ->delimiter(',')
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  audit_verb->add_option("--seed", o->seed, "seed of the sampled estimates")->capture_default_str();
  audit_verb->add_flag("--json", o->json, "one JSON object");
  audit_verb->callback([o] { audit(*o); });
  static_cast<void>(exit_code);
}

}  // namespace anser::cli
