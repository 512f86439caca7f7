// anser tasks list | show ID | sample ID | audit ID | export ID | import ID FILE

#include <fmt/format.h>

#include <cstdio>

#include "automata/profile_json.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/number_options.h"
#include "experiments/cli/tasks_samples.h"
#include "tasks/registry.h"
#include "tasks/shortcut_audit.h"
#include "tasks/task.h"

namespace anser::cli {
namespace {

struct Options {
  std::string id;
  bool json = false;
  std::uint64_t seed = 0;
  std::int64_t samples = tasks::AuditOptions{}.samples;
  std::vector<std::string> lengths;  // empty: the task's training and test lengths
};

Json facts_json(const tasks::Task& task) {
  const tasks::TaskFacts& f = task.facts();
  Json modes = Json::array(), specials = Json::array();
  for (const tasks::Supervision mode : f.modes) modes.push_back(tasks::supervision_name(mode));
  for (const tasks::SpecialToken& token : f.special_tokens)
    specials.push_back({{"name", token.name}, {"meaning", token.meaning}});
  return {{"id", f.id},
          {"title", f.title},
          {"hardness", f.hardness},
          {"chance", f.chance},
          {"supervision", tasks::supervision_name(f.supervision)},
          {"modes", modes},
          {"lengths", f.lengths.title()},
          {"tokens", f.num_tokens},
          {"labels", f.num_labels},
          {"token_set", f.token_set},
          {"special_tokens", specials},
          {"group", f.group},
          {"order", f.group_order},
          {"states", task.has_machine() ? Json(task.machine().num_states) : Json(nullptr)},
          {"fidelity", tasks::fidelity_name(f.fidelity)},
          {"citation", f.citation},
          {"source", f.source}};
}

void list(const Options& o) {
  for (const tasks::Family& family : tasks::families()) {
    if (!o.json) {
      fmt::print("{}\n", family.summary);
      for (const std::string& id : family.examples) fmt::print("    {}\n", id);
      continue;
    }
    for (const std::string& id : family.examples) {
      Json line{{"id", id}, {"family", family.name}, {"summary", family.summary}};
      // Examples that name a file are forms to fill in.
      if (id.find("file=") == std::string::npos) line.update(facts_json(*tasks::make_task(id)));
      fmt::print("{}\n", line.dump());
    }
  }
}

void show(const Options& o) {
  const auto task = tasks::make_task(o.id);
  Json facts = facts_json(*task);
  if (o.json) {
    facts["token_names"] = task->facts().token_names;
    facts["label_names"] = task->facts().label_names;
    if (task->has_machine())
      facts["profile"] = automata::profile_json(automata::language_profile(task->machine()));
    fmt::print("{}\n", facts.dump());
    return;
  }
  for (const auto& [key, value] : facts.items())
    if (!value.is_null() && value != "" && value != Json::array())
      fmt::print("{:<14} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  if (task->has_machine())
    fmt::print("\n{}", automata::print_profile(automata::language_profile(task->machine())));
}

Json audit_json(const tasks::Task& task, const tasks::ShortcutAudit& audit, const Options& o) {
  Json rows = Json::array();
  for (const tasks::Shortcut& s : audit.shortcuts)
    rows.push_back(
        {{"name", s.name},
         {"length", s.length.lo == s.length.hi ? Json(s.length.hi) : Json(tasks::print_length_law(s.length))},
         {"accuracy", s.accuracy},
         {"low", s.low},
         {"high", s.high},
         {"exact", s.exact},
         {"leaky", s.leaky}});
  return {{"id", task.facts().id},    {"leaky", audit.leaky}, {"chance", audit.chance},
          {"verdict", audit.verdict}, {"samples", o.samples}, {"seed", o.seed},
          {"shortcuts", rows}};
}

void audit(const Options& o) {
  const auto task = tasks::make_task(o.id);
  tasks::AuditOptions options{.lengths = {}, .samples = o.samples, .seed = o.seed};
  for (const std::string& law : o.lengths) options.lengths.push_back(tasks::parse_length_law(law));
  if (o.lengths.empty()) options.lengths = {task->facts().train_lengths, task->facts().test_lengths};
  const tasks::ShortcutAudit result = tasks::audit_shortcuts(*task, options);
  if (o.json) {
    fmt::print("{}\n", audit_json(*task, result, o).dump());
    return;
  }
  fmt::print("{}: {} (chance {:.4f}; accuracies on the last 8 scored positions)\n", task->facts().id,
             result.verdict, result.chance);
  for (const tasks::Shortcut& s : result.shortcuts)
    fmt::print("  T = {:<7} {:<38} {:.4f}  {}{}\n", tasks::print_length_law(s.length), s.name, s.accuracy,
               s.exact ? "exact" : fmt::format("[{:.4f}, {:.4f}]", s.low, s.high), s.leaky ? "  LEAKY" : "");
}

}  // namespace

void add_tasks_command(CLI::App& app, int& exit_code) {
  auto* verb = app.add_subcommand("tasks", "Tasks of known complexity: list, facts, samples, shortcut audit");
  verb->require_subcommand(1);
  verb->footer(
      "Example: anser tasks sample 's5[tokens=swaps+id]' --split test --length 64 --count 3 --jsonl");
  auto o = std::make_shared<Options>();

  auto* list_verb = verb->add_subcommand("list", "Every family with its example ids");
  list_verb->add_flag("--json", o->json, "one JSON object a task, with its facts");
  list_verb->callback([o] { list(*o); });

  auto* show_verb = verb->add_subcommand("show", "The facts of a task, and the profile of its language");
  show_verb->add_option("id", o->id, "task id, such as 's5[tokens=swaps+id]'")->required();
  show_verb->add_flag("--json", o->json, "one JSON object");
  show_verb->callback([o] { show(*o); });

  add_tasks_sample(*verb);

  auto* audit_verb = verb->add_subcommand("audit", "How far one gets on a task without tracking its state");
  audit_verb->add_option("id", o->id, "task id")->required();
  audit_verb
      ->add_option("--lengths", o->lengths,
                   "lengths: 32,128 or 3..40,256 (default: the task's training and test lengths)")
      ->delimiter(',');
  add_count(*audit_verb, "--samples", o->samples, 1000, 100000000,
            "words of a sampled estimate, at least 1000");
  add_seed(*audit_verb, o->seed, "seed of the sampled estimates");
  audit_verb->add_flag("--json", o->json, "one JSON object");
  audit_verb->footer("Example: anser tasks audit 's5[tokens=swaps]' --lengths 32,128");
  audit_verb->callback([o] { audit(*o); });

  add_tasks_export(*verb);
  add_tasks_import(*verb);
  static_cast<void>(exit_code);
}

}  // namespace anser::cli
