// Words written as token names, and what a task's machine says about them.
#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "tasks/task.h"

namespace anser::tests {

/// Token ids of names with blanks between them.
inline std::vector<std::int32_t> tokens(const tasks::Task& task, const std::string& text) {
  const auto& names = task.facts().token_names;
  std::vector<std::int32_t> word;
  std::istringstream parts(text);
  for (std::string part; parts >> part;) {
    const auto place = std::find(names.begin(), names.end(), part);
    require(place != names.end(), "tests::tokens", "no token \"{}\" in {}", part, task.facts().id);
    word.push_back(static_cast<std::int32_t>(place - names.begin()));
  }
  return word;
}

/// The machine's label after the word, as a number and by name.
inline std::int32_t label_after(const tasks::Task& task, const std::string& text) {
  const automata::Moore& machine = task.machine();
  automata::State q = machine.start;
  for (const auto token : tokens(task, text)) q = machine.step(q, token);
  return machine.label[static_cast<std::size_t>(q)];
}
inline std::string label_name_after(const tasks::Task& task, const std::string& text) {
  return task.machine().label_names[static_cast<std::size_t>(label_after(task, text))];
}

/// "0 1 1 -> 0 1 0", a sample of length 8 or the next one that the task has.
inline std::string sample_line(const std::string& id) {
  const auto task = tasks::make_task(id);
  const tasks::Example example =
      task->sample(0, tasks::Split::sealed, 0, tasks::LengthLaw(task->facts().lengths.at_least(8)));
  return fmt::format("{} -> {}", fmt::join(example.input, " "), fmt::join(example.target, " "));
}

}  // namespace anser::tests
