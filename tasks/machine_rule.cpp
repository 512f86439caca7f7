#include "tasks/machine_rule.h"

#include "automata/minimize.h"

namespace anser::tasks {

automata::Moore build_machine(const MachineRule& rule) {
  automata::Moore machine;
  machine.num_states = rule.num_states;
  machine.num_letters = static_cast<automata::Letter>(rule.letters.size());
  machine.num_labels = static_cast<std::int32_t>(rule.labels.size());
  machine.start = rule.start;
  machine.next.reserve(static_cast<std::size_t>(rule.num_states) * rule.letters.size());
  for (automata::State q = 0; q < rule.num_states; ++q) {
    for (automata::Letter s = 0; s < machine.num_letters; ++s) machine.next.push_back(rule.next(q, s));
    machine.label.push_back(rule.label(q));
  }
  machine.letter_names = rule.letters;
  machine.label_names = rule.labels;
  return machine;
}

automata::Dfa build_dfa(const MachineRule& rule) {
  automata::Dfa dfa;
  dfa.num_states = rule.num_states;
  dfa.num_letters = static_cast<automata::Letter>(rule.letters.size());
  dfa.start = rule.start;
  for (automata::State q = 0; q < rule.num_states; ++q) {
    for (automata::Letter s = 0; s < dfa.num_letters; ++s) dfa.next.push_back(rule.next(q, s));
    dfa.accept.push_back(rule.label(q) == 1 ? 1 : 0);
  }
  dfa.letter_names = rule.letters;
  return automata::minimize(dfa);
}

std::vector<std::string> letters_of(const std::string& characters) {
  std::vector<std::string> letters;
  for (const char c : characters) letters.emplace_back(1, c);
  return letters;
}

}  // namespace anser::tasks
