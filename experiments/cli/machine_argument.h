// What a command may be given as a language: a task id, or a dfa.json.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "automata/dfa.h"
#include "tasks/task.h"

namespace anser::cli {

/// One of the two.
struct MachineArgument {
  std::unique_ptr<tasks::Task> task;
  std::optional<automata::Dfa> dfa;

  automata::Moore machine() const { return task ? task->machine() : automata::to_moore(*dfa); }
};

/// Text that ends in ".json" or names an existing file is a dfa.json, everything else a task id. InputError
/// from read_dfa or make_task.
inline MachineArgument parse_machine_argument(const std::string& text) {
  MachineArgument argument;
  if (text.ends_with(".json") || std::filesystem::is_regular_file(text))
    argument.dfa = automata::read_dfa(text);
  else
    argument.task = tasks::make_task(text);
  return argument;
}

}  // namespace anser::cli
