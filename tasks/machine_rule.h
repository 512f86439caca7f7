// Machines given by rules instead of tables.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "automata/dfa.h"
#include "automata/moore.h"

namespace anser::tasks {

struct MachineRule {
  automata::State num_states = 0;
  automata::State start = 0;
  std::vector<std::string> letters;
  std::vector<std::string> labels;
  std::function<automata::State(automata::State, automata::Letter)> next;
  std::function<std::int32_t(automata::State)> label;
};

/// Its tables.
[[nodiscard]] automata::Moore build_machine(const MachineRule& rule);
/// Accepts where label is 1; minimal. rule.labels are not read.
[[nodiscard]] automata::Dfa build_dfa(const MachineRule& rule);

/// One letter for each character.
[[nodiscard]] std::vector<std::string> letters_of(const std::string& characters);

}  // namespace anser::tasks
