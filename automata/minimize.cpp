#include "automata/minimize.h"

#include <algorithm>
#include <numeric>

namespace anser::automata {
namespace {

/// States that a word leads to, in breadth-first order by letters.
std::vector<State> reachable_in_order(const Moore& machine) {
  std::vector<bool> seen(static_cast<std::size_t>(machine.num_states), false);
  std::vector<State> order = {machine.start};
  seen[static_cast<std::size_t>(machine.start)] = true;
  for (std::size_t i = 0; i < order.size(); ++i)
    for (Letter s = 0; s < machine.num_letters; ++s) {
      const State next = machine.step(order[i], s);
      if (seen[static_cast<std::size_t>(next)]) continue;
      seen[static_cast<std::size_t>(next)] = true;
      order.push_back(next);
    }
  return order;
}

/// Classes of states by equal rows (own class, classes of the successors), numbered from 0. Returns their
/// number.
State refine(const Moore& machine, const std::vector<State>& states, std::vector<State>& class_of) {
  const auto class_after = [&](State q, Letter s) {
    return class_of[static_cast<std::size_t>(s < 0 ? q : machine.step(q, s))];
  };
  const auto compare = [&](State x, State y) {
    for (Letter s = -1; s < machine.num_letters; ++s)
      if (const State a = class_after(x, s), b = class_after(y, s); a != b) return a < b ? -1 : 1;
    return 0;
  };
  std::vector<State> sorted = states;
  std::sort(sorted.begin(), sorted.end(), [&](State x, State y) { return compare(x, y) < 0; });
  std::vector<State> refined(class_of.size(), 0);
  State count = 0;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    count += compare(sorted[i - 1], sorted[i]) != 0 ? 1 : 0;
    refined[static_cast<std::size_t>(sorted[i])] = count;
  }
  class_of = std::move(refined);
  return count + 1;
}

}  // namespace

Moore minimize(const Moore& machine) {
  check(machine);
  const std::vector<State> states = reachable_in_order(machine);
  std::vector<State> class_of(machine.label.begin(), machine.label.end());
  for (State count = 0, refined = 1; refined != count;) {
    count = refined;
    refined = refine(machine, states, class_of);
  }
  // Number the classes by first visit of the breadth-first search: quotients inherit its order.
  std::vector<State> number(static_cast<std::size_t>(machine.num_states), -1);
  std::vector<State> representative;
  for (const State q : states) {
    State& n = number[static_cast<std::size_t>(class_of[static_cast<std::size_t>(q)])];
    if (n >= 0) continue;
    n = static_cast<State>(representative.size());
    representative.push_back(q);
  }
  Moore small = machine;
  small.num_states = static_cast<State>(representative.size());
  small.start = 0;
  small.next.clear();
  small.label.clear();
  for (const State q : representative) {
    small.label.push_back(machine.label[static_cast<std::size_t>(q)]);
    for (Letter s = 0; s < machine.num_letters; ++s)
      small.next.push_back(
          number[static_cast<std::size_t>(class_of[static_cast<std::size_t>(machine.step(q, s))])]);
  }
  return small;
}

Dfa minimize(const Dfa& dfa) {
  const Moore small = minimize(to_moore(dfa));
  return {.num_states = small.num_states,
          .num_letters = small.num_letters,
          .start = 0,
          .next = small.next,
          .accept = std::vector<std::uint8_t>(small.label.begin(), small.label.end()),
          .letter_names = dfa.letter_names};
}

}  // namespace anser::automata
