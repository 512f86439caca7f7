#include "experiments/runner/claim_task.h"

#include <fmt/format.h>

#include <algorithm>

#include "tasks/shortcut_audit.h"

namespace anser::runner {
namespace {

std::vector<report::KeyValue> fact_rows(const tasks::Task& task) {
  const tasks::TaskFacts& f = task.facts();
  std::vector<report::KeyValue> rows = {{"task", f.id},
                                        {"what", f.title},
                                        {"complexity", f.hardness},
                                        {"tokens", fmt::format("{}: {}", f.num_tokens, f.token_set)},
                                        {"labels", fmt::format("{}", f.num_labels)}};
  if (!f.group.empty()) rows.emplace_back("group", fmt::format("{}, order {}", f.group, f.group_order));
  rows.emplace_back("chance", fmt::format("{:.4g} (exact)", f.chance));
  rows.emplace_back("streams",
                    "sample i is a pure function of (task, seed, split, i); the test stream is sealed");
  rows.emplace_back("source", f.citation);
  return rows;
}

}  // namespace

void describe_task(const Claim& claim, const tasks::Task& task, report::ClaimReport& data) {
  const std::int64_t train_length = claim.architectures.front().run.length;
  data.id = claim.id;
  data.title = claim.title;
  data.statement = claim.statement;
  data.preset = claim.preset;
  data.task = task.facts().id;
  data.token_set = task.facts().token_set;
  data.complexity = task.facts().hardness;
  data.train_length = train_length;
  data.judged_length = 4 * train_length;
  data.chance = task.facts().chance;
  if (task.facts().group_order > 0) data.chance_text = fmt::format("1/{}", task.facts().group_order);
  data.task_facts = fact_rows(task);

  const std::vector<int> lengths = {static_cast<int>(train_length), static_cast<int>(4 * train_length)};
  const tasks::ShortcutAudit audit =
      tasks::audit_shortcuts(task, {.lengths = {lengths.begin(), lengths.end()}});
  for (const tasks::Shortcut& s : audit.shortcuts)
    data.audit.push_back({.name = s.name,
                          .length = s.length.hi,
                          .accuracy = s.accuracy,
                          .low = s.low,
                          .high = s.high,
                          .exact = s.exact,
                          .leaky = s.leaky});
  data.audit_verdict = audit.verdict;
  std::int64_t longest = lengths.back();
  for (const std::int64_t length : claim.architectures.front().run.eval_lengths)
    longest = std::max(longest, length);
  for (const int window : {4, 16})
    data.floors.push_back({.name = fmt::format("last {} tokens", window),
                           .by_position = tasks::window_floor(task, window, static_cast<int>(longest))});
}

}  // namespace anser::runner
