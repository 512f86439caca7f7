#include "automata/nfa.h"

#include <utility>

#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr const char* kWhere = "automata::check";

/// Adds q and what it reaches by epsilon moves.
void add_closed(const Nfa& nfa, const std::vector<std::vector<std::size_t>>& arcs_of, State q,
                std::vector<bool>& set) {
  std::vector<State> todo = {q};
  while (!todo.empty()) {
    const auto p = static_cast<std::size_t>(todo.back());
    todo.pop_back();
    if (set[p]) continue;
    set[p] = true;
    for (const std::size_t i : arcs_of[p])
      if (nfa.arcs[i].letter == kEpsilon) todo.push_back(nfa.arcs[i].to);
  }
}

}  // namespace

void check(const Nfa& nfa) {
  require(nfa.num_states >= 1, kWhere, "an automaton needs at least 1 state, got {}", nfa.num_states);
  require(nfa.num_letters >= 1, kWhere, "an alphabet needs at least 1 letter, got {}", nfa.num_letters);
  require(nfa.letter_names.size() == static_cast<std::size_t>(nfa.num_letters), kWhere,
          "{} names for {} letters", nfa.letter_names.size(), nfa.num_letters);
  require(nfa.accept.size() == static_cast<std::size_t>(nfa.num_states), kWhere,
          "{} accept bits for {} states", nfa.accept.size(), nfa.num_states);
  const auto is_state = [&](State q) { return q >= 0 && q < nfa.num_states; };
  for (const State q : nfa.starts)
    require(is_state(q), kWhere, "start state {} is not in 0..{}", q, nfa.num_states - 1);
  for (const auto& arc : nfa.arcs) {
    require(is_state(arc.from) && is_state(arc.to), kWhere,
            "an arc goes from {} to {}, wanted states in 0..{}", arc.from, arc.to, nfa.num_states - 1);
    require(arc.letter >= kEpsilon && arc.letter < nfa.num_letters, kWhere,
            "an arc reads letter {}, wanted -1 (nothing) to {}", arc.letter, nfa.num_letters - 1);
  }
}

bool accepts(const Nfa& nfa, std::span<const Letter> word) {
  check(nfa);
  std::vector<std::vector<std::size_t>> arcs_of(static_cast<std::size_t>(nfa.num_states));
  for (std::size_t i = 0; i < nfa.arcs.size(); ++i)
    arcs_of[static_cast<std::size_t>(nfa.arcs[i].from)].push_back(i);
  std::vector<bool> set(static_cast<std::size_t>(nfa.num_states), false);
  for (const State q : nfa.starts) add_closed(nfa, arcs_of, q, set);
  for (const Letter s : word) {
    require(s >= 0 && s < nfa.num_letters, "automata::accepts", "letter {} is not in 0..{}", s,
            nfa.num_letters - 1);
    std::vector<bool> after(set.size(), false);
    for (const auto& arc : nfa.arcs)
      if (arc.letter == s && set[static_cast<std::size_t>(arc.from)]) add_closed(nfa, arcs_of, arc.to, after);
    set = std::move(after);
  }
  for (std::size_t q = 0; q < set.size(); ++q)
    if (set[q] && nfa.accept[q] != 0) return true;
  return false;
}

Nfa to_nfa(const Dfa& dfa) {
  check(dfa);
  Nfa nfa{.num_states = dfa.num_states,
          .num_letters = dfa.num_letters,
          .starts = {dfa.start},
          .arcs = {},
          .accept = dfa.accept,
          .letter_names = dfa.letter_names};
  nfa.arcs.reserve(dfa.next.size());
  for (State q = 0; q < dfa.num_states; ++q)
    for (Letter s = 0; s < dfa.num_letters; ++s)
      nfa.arcs.push_back({.from = q, .letter = s, .to = dfa.step(q, s)});
  return nfa;
}

Nfa reverse(const Nfa& nfa) {
  check(nfa);
  Nfa reversed = nfa;
  for (auto& arc : reversed.arcs) std::swap(arc.from, arc.to);
  reversed.starts.clear();
  for (State q = 0; q < nfa.num_states; ++q)
    if (nfa.accept[static_cast<std::size_t>(q)] != 0) reversed.starts.push_back(q);
  reversed.accept.assign(nfa.accept.size(), 0);
  for (const State q : nfa.starts) reversed.accept[static_cast<std::size_t>(q)] = 1;
  return reversed;
}

}  // namespace anser::automata
