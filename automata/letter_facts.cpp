#include "automata/letter_facts.h"

#include <algorithm>

#include "automata/transition_map.h"

namespace anser::automata {
namespace {

/// Steps from each state to a cycle (largest: the index) and the lengths of the cycles.
void find_index_and_period(const TransitionMap& f, LetterFacts& facts) {
  std::vector<State> height(f.size(), 0), degree(f.size(), 0), order;
  for (const State to : f) ++degree[static_cast<std::size_t>(to)];
  for (std::size_t q = 0; q < f.size(); ++q)
    if (degree[q] == 0) order.push_back(static_cast<State>(q));
  for (std::size_t i = 0; i < order.size(); ++i) {  // states off the cycles, predecessors first
    const auto to = static_cast<std::size_t>(f[static_cast<std::size_t>(order[i])]);
    if (--degree[to] == 0) order.push_back(static_cast<State>(to));
  }
  for (auto at = order.rbegin(); at != order.rend(); ++at) {
    const auto q = static_cast<std::size_t>(*at);
    height[q] = height[static_cast<std::size_t>(f[q])] + 1;
    facts.index = std::max(facts.index, height[q]);
  }
  for (std::size_t first = 0; first < f.size(); ++first) {
    State length = 0;
    for (auto q = first; degree[q] == 1; q = static_cast<std::size_t>(f[q]), ++length) degree[q] = -1;
    if (length > 0) facts.period = lcm(facts.period, BigInteger(length));
  }
}

}  // namespace

std::vector<LetterFacts> letter_facts(const Moore& machine) {
  check(machine);
  std::vector<LetterFacts> all;
  for (Letter s = 0; s < machine.num_letters; ++s) {
    const TransitionMap f = letter_map(machine, s);
    LetterFacts facts;
    facts.name = machine.letter_names[static_cast<std::size_t>(s)];
    facts.rank = rank(f);
    facts.components = components(f);
    facts.householder_rank = machine.num_states - facts.components;
    facts.permutation = facts.rank == machine.num_states;
    if (facts.permutation) facts.sign = facts.householder_rank % 2 == 0 ? 1 : -1;
    find_index_and_period(f, facts);
    all.push_back(std::move(facts));
  }
  return all;
}

}  // namespace anser::automata
