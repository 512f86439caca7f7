#include "automata/transition_map.h"

#include <numeric>

#include "core/base/error.h"

namespace anser::automata {

TransitionMap identity_map(State num_states) {
  TransitionMap f(static_cast<std::size_t>(num_states));
  std::iota(f.begin(), f.end(), 0);
  return f;
}

TransitionMap letter_map(const Moore& machine, Letter letter) {
  require(letter >= 0 && letter < machine.num_letters, "automata::letter_map", "letter {} is not in 0..{}",
          letter, machine.num_letters - 1);
  TransitionMap f(static_cast<std::size_t>(machine.num_states));
  for (State q = 0; q < machine.num_states; ++q) f[static_cast<std::size_t>(q)] = machine.step(q, letter);
  return f;
}

TransitionMap word_map(const Moore& machine, std::span<const Letter> word) {
  TransitionMap f = identity_map(machine.num_states);
  for (const Letter s : word) {
    require(s >= 0 && s < machine.num_letters, "automata::word_map", "letter {} is not in 0..{}", s,
            machine.num_letters - 1);
    for (State& q : f) q = machine.step(q, s);
  }
  return f;
}

TransitionMap then(const TransitionMap& f, const TransitionMap& g) {
  TransitionMap h(f.size());
  for (std::size_t q = 0; q < f.size(); ++q) {
    require(f[q] >= 0 && static_cast<std::size_t>(f[q]) < g.size(), "automata::then",
            "state {} goes to {}, outside the {} states of the second map", q, f[q], g.size());
    h[q] = g[static_cast<std::size_t>(f[q])];
  }
  return h;
}

State components(const TransitionMap& f) {
  // Every component holds one cycle: walk from each point until something visited; a walk that meets itself
  // found a cycle.
  std::vector<State> walk_of(f.size(), -1);
  State cycles = 0;
  for (std::size_t first = 0; first < f.size(); ++first) {
    auto q = static_cast<State>(first);
    while (walk_of[static_cast<std::size_t>(q)] < 0) {
      walk_of[static_cast<std::size_t>(q)] = static_cast<State>(first);
      q = f[static_cast<std::size_t>(q)];
    }
    cycles += walk_of[static_cast<std::size_t>(q)] == static_cast<State>(first) ? 1 : 0;
  }
  return cycles;
}

State rank(const TransitionMap& f) {
  std::vector<bool> hit(f.size(), false);
  State count = 0;
  for (const State q : f) {
    count += hit[static_cast<std::size_t>(q)] ? 0 : 1;
    hit[static_cast<std::size_t>(q)] = true;
  }
  return count;
}

}  // namespace anser::automata
