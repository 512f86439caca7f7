// Is a regular language in C-RASP, the counting logic behind length-generalising Transformers?
//
// C-RASP compares linear combinations of numbers of earlier positions with some property, and is asked after
// the last letter. A strongly connected component of the minimal automaton is followed by potentials: sums of
// weights of the letters read that return to 0 on every loop, so that they tell states apart
// (docs/math/crasp.md):
//     all components are single states      R-trivial, in C-RASP
//     potentials of letters, then of letters at states told apart so far, and so on, tell all states of every
//     component apart                       in C-RASP
//     otherwise                             not in C-RASP
// The verdict is exact for C-RASP without positional predicates (proofs there; the idea is that of Yang et
// al. 2026, arXiv 2608.13433, with whose 175 flags it agrees). O(rounds * k * states^3) rational operations a
// component.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "automata/dfa.h"

namespace anser::automata {

struct CraspVerdict {
  std::optional<bool> member;  // nothing where a component is too large
  std::string method;          // "R-trivial", "potentials"
  std::string reason;          // one sentence
  /// Rounds of potentials until nothing more is told apart, the most of any component; 0 for R-trivial.
  int rounds = 0;
  /// For no: two states of one component that all potentials confuse, in the minimal automaton.
  std::optional<std::pair<State, State>> confused;
};

/// States of a component for which potentials are computed (rationals, O(states^3) numbers).
inline constexpr State kMaxCraspComponent = 256;

/// Verdict on the language of an automaton (minimised here).
[[nodiscard]] CraspVerdict crasp_membership(const Dfa& dfa);

}  // namespace anser::automata
