#include "automata/reversal.h"

namespace anser::automata {
namespace {

/// The part of the automaton that the start reaches, in breadth-first order.
Dfa reachable_part(const Dfa& x) {
  std::vector<State> number(static_cast<std::size_t>(x.num_states), -1);
  std::vector<State> states;
  const auto visit = [&](State q) {
    State& n = number[static_cast<std::size_t>(q)];
    if (n < 0) {
      n = static_cast<State>(states.size());
      states.push_back(q);
    }
    return n;
  };
  visit(x.start);
  Dfa part = x;
  part.start = 0;
  part.next.clear();
  part.accept.clear();
  for (std::size_t i = 0; i < states.size(); ++i) {
    const State q = states[i];
    for (Letter s = 0; s < x.num_letters; ++s) part.next.push_back(visit(x.step(q, s)));
    part.accept.push_back(x.accept[static_cast<std::size_t>(q)]);
  }
  part.num_states = static_cast<State>(states.size());
  return part;
}

}  // namespace

Dfa reversal(const Dfa& x, std::int64_t max_states) {
  check(x);
  return determinise(reverse(to_nfa(reachable_part(x))), max_states);
}

}  // namespace anser::automata
