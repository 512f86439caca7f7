#include "tasks/next_set_machine.h"

#include <fmt/format.h>

#include <algorithm>

namespace anser::tasks {
namespace {

using automata::Letter;
using automata::State;

/// States from which acceptance can be reached.
std::vector<std::uint8_t> live_states(const automata::Dfa& dfa) {
  std::vector<std::vector<State>> before(static_cast<std::size_t>(dfa.num_states));
  for (State q = 0; q < dfa.num_states; ++q)
    for (Letter s = 0; s < dfa.num_letters; ++s)
      before[static_cast<std::size_t>(dfa.step(q, s))].push_back(q);
  std::vector<std::uint8_t> live = dfa.accept;
  std::vector<State> todo;
  for (State q = 0; q < dfa.num_states; ++q)
    if (live[static_cast<std::size_t>(q)]) todo.push_back(q);
  while (!todo.empty()) {
    const State q = todo.back();
    todo.pop_back();
    for (const State from : before[static_cast<std::size_t>(q)]) {
      if (live[static_cast<std::size_t>(from)]) continue;
      live[static_cast<std::size_t>(from)] = 1;
      todo.push_back(from);
    }
  }
  return live;
}

/// All states, those reachable first, breadth-first in letter order.
std::vector<State> walk_order(const automata::Dfa& dfa) {
  std::vector<std::uint8_t> seen(static_cast<std::size_t>(dfa.num_states), 0);
  std::vector<State> order = {dfa.start};
  seen[static_cast<std::size_t>(dfa.start)] = 1;
  const auto meet = [&](State q) {
    if (!seen[static_cast<std::size_t>(q)]) order.push_back(q);
    seen[static_cast<std::size_t>(q)] = 1;
  };
  for (std::size_t i = 0; i < order.size(); ++i)
    for (Letter s = 0; s < dfa.num_letters; ++s) meet(dfa.step(order[i], s));
  for (State q = 0; q < dfa.num_states; ++q) meet(q);
  return order;
}

std::string set_name(const automata::Dfa& dfa, const std::vector<std::uint8_t>& live, State q) {
  std::vector<std::string> members;
  for (Letter s = 0; s < dfa.num_letters; ++s)
    if (live[static_cast<std::size_t>(dfa.step(q, s))])
      members.push_back(dfa.letter_names[static_cast<std::size_t>(s)]);
  if (dfa.accept[static_cast<std::size_t>(q)]) members.push_back("end");
  return fmt::format("{{{}}}", fmt::join(members, ","));
}

}  // namespace

automata::Moore next_set_machine(const automata::Dfa& dfa) {
  const std::vector<std::uint8_t> live = live_states(dfa);
  automata::Moore machine = automata::to_moore(dfa);
  machine.label_names.clear();
  for (const State q : walk_order(dfa)) {
    const std::string name = set_name(dfa, live, q);
    auto place = std::find(machine.label_names.begin(), machine.label_names.end(), name);
    if (place == machine.label_names.end()) place = machine.label_names.insert(place, name);
    machine.label[static_cast<std::size_t>(q)] =
        static_cast<std::int32_t>(place - machine.label_names.begin());
  }
  machine.num_labels = static_cast<std::int32_t>(machine.label_names.size());
  return machine;
}

}  // namespace anser::tasks
