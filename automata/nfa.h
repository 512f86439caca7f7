// Non-deterministic finite automaton with epsilon moves, and the subset construction.
//
//     Q = {0..num_states-1}, a set of starts, arcs (from, letter, to), letter kEpsilon = reads nothing
//
// An Nfa may have no arcs, no start and no accepting state. Cheap: to build one. Dear: determinise, up to 2^n
// states, hence its cap.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "automata/dfa.h"

namespace anser::automata {

inline constexpr Letter kEpsilon = -1;

struct Nfa {
  struct Arc {
    State from = 0;
    Letter letter = kEpsilon;
    State to = 0;
  };

  State num_states = 0;
  Letter num_letters = 0;
  std::vector<State> starts;
  std::vector<Arc> arcs;
  std::vector<std::uint8_t> accept;       // [num_states], 0 or 1
  std::vector<std::string> letter_names;  // [num_letters]
};

/// Throws InputError unless num_states >= 1, num_letters >= 1, every table has its size and every entry is in
/// range.
void check(const Nfa& nfa);

/// Is there a path from a start to an accepting state that reads the word? O(word * (n + arcs)). InputError
/// on a letter outside the alphabet.
[[nodiscard]] bool accepts(const Nfa& nfa, std::span<const Letter> word);

inline constexpr std::int64_t kMaxSubsets = std::int64_t{1} << 22;

/// The subset construction: complete, numbered by breadth-first search in letter order, not minimised; the
/// empty set, where reached, is the sink. InputError naming the cap and the states of the Nfa where more than
/// `max_states` subsets are reached, or where they need more than 2 GiB.
[[nodiscard]] Dfa determinise(const Nfa& nfa, std::int64_t max_states = kMaxSubsets);

/// The same automaton with one start and no epsilon moves.
[[nodiscard]] Nfa to_nfa(const Dfa& dfa);

/// Every arc turned round, starts and accepting states exchanged: the Nfa of the reversed words.
[[nodiscard]] Nfa reverse(const Nfa& nfa);

}  // namespace anser::automata
