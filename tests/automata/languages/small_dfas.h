// Small automata: all of them, and arbitrary ones that rapidcheck can shrink.
#pragma once

#include <rapidcheck.h>

#include <vector>

#include "automata/alphabet.h"
#include "automata/dfa.h"

namespace anser::tests {

/// All 64 complete automata of 2 states and 2 letters, start 0.
inline std::vector<automata::Dfa> all_two_state_dfas() {
  std::vector<automata::Dfa> result;
  for (unsigned bits = 0; bits < 64; ++bits) {
    automata::Dfa dfa{.num_states = 2,
                      .num_letters = 2,
                      .start = 0,
                      .next = {},
                      .accept = {},
                      .letter_names = automata::default_letter_names(2)};
    for (unsigned i = 0; i < 4; ++i) dfa.next.push_back(static_cast<automata::State>((bits >> i) & 1U));
    for (unsigned i = 4; i < 6; ++i) dfa.accept.push_back(static_cast<std::uint8_t>((bits >> i) & 1U));
    result.push_back(dfa);
  }
  return result;
}

/// Inside a property: an automaton of 1..max_states states, any start.
inline automata::Dfa arbitrary_dfa(automata::Letter num_letters, automata::State max_states = 6) {
  using automata::State;
  const State n = *rc::gen::inRange<State>(1, max_states + 1);
  const auto cells = static_cast<std::size_t>(n * num_letters);
  return {.num_states = n,
          .num_letters = num_letters,
          .start = *rc::gen::inRange<State>(0, n),
          .next = *rc::gen::container<std::vector<State>>(cells, rc::gen::inRange<State>(0, n)),
          .accept = *rc::gen::container<std::vector<std::uint8_t>>(static_cast<std::size_t>(n),
                                                                   rc::gen::inRange<std::uint8_t>(0, 2)),
          .letter_names = automata::default_letter_names(num_letters)};
}

inline std::vector<automata::Letter> arbitrary_word(automata::Letter num_letters) {
  return *rc::gen::container<std::vector<automata::Letter>>(
      rc::gen::inRange<automata::Letter>(0, num_letters));
}

inline bool same_tables(const automata::Dfa& x, const automata::Dfa& y) {
  return x.num_states == y.num_states && x.num_letters == y.num_letters && x.start == y.start &&
         x.next == y.next && x.accept == y.accept && x.letter_names == y.letter_names;
}

}  // namespace anser::tests
