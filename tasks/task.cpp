#include "tasks/task.h"

#include "core/base/error.h"
#include "core/base/ids.h"

namespace anser::tasks {

std::string_view split_name(Split split) {
  switch (split) {
    case Split::train:
      return "train";
    case Split::validation:
      return "validation";
    case Split::sealed:
      return "test";
  }
  return "";
}

Split parse_split(std::string_view name) {
  for (const Split split : {Split::train, Split::validation, Split::sealed})
    if (name == split_name(split)) return split;
  fail("tasks::parse_split", "unknown split \"{}\"{}", name, suggest(name, {"train", "validation", "test"}));
}

Task::Task(TaskFacts facts, automata::Moore machine)
    : facts_(std::move(facts)), machine_(std::move(machine)) {
  automata::check(machine_);
  facts_.num_tokens = machine_.num_letters;
  facts_.num_labels = machine_.num_labels;
}

void Task::sample(std::uint64_t seed, Split split, std::uint64_t index, std::span<std::int32_t> input,
                  std::span<std::int32_t> target) const {
  require(input.size() == target.size(), "tasks::Task::sample",
          "input has {} places and target {}, wanted the same", input.size(), target.size());
  Rng rng = Rng(seed).split(facts_.id).split(split_name(split)).split(index);
  automata::State q = machine_.start;
  for (std::size_t t = 0; t < input.size(); ++t) {
    input[t] = static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(machine_.num_letters)));
    q = machine_.step(q, input[t]);
    target[t] = machine_.label[static_cast<std::size_t>(q)];
  }
}

}  // namespace anser::tasks
