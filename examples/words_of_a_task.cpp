// A task, its facts, one word with its labels, and what a shortcut would score on it.
#include <fmt/format.h>

#include <vector>

#include "tasks/shortcut_audit.h"
#include "tasks/task.h"

int main() {
  const auto task = anser::tasks::make_task("s5[tokens=swaps+id]");
  fmt::print("{}: {}; {}\n", task->facts().id, task->facts().title, task->facts().hardness);

  std::vector<std::int32_t> input(8), target(8);
  task->sample(/*seed=*/0, anser::tasks::Split::train, /*index=*/0, input, target);
  for (std::size_t t = 0; t < input.size(); ++t)
    fmt::print("{:>8} -> {}\n", task->machine().letter_names[input[t]],
               task->machine().label_names[target[t]]);

  const auto audit = anser::tasks::audit_shortcuts(*task, {.lengths = {32, 128}});
  fmt::print("chance {:.4f}; best shortcut at the longest length: {} with {:.4f}; {}\n", audit.chance,
             audit.best.name, audit.best.accuracy, audit.verdict);
}
