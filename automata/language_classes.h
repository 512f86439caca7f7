// Membership of a regular language in the classical varieties, each verdict with the method that gave it.
//
// Tests on the minimal machine always decide: R-trivial, J-trivial, definite, reverse definite, permutation
// automaton, commutative. Tests on the monoid (L-trivial, DA, generalised definite, locally testable) are
// undecided above its cap unless an inclusion settles them. Formulas: docs/math/complexity.md 6.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "automata/green.h"
#include "automata/image_orbits.h"
#include "automata/monoid.h"
#include "automata/moore.h"

namespace anser::automata {

struct Verdict {
  std::optional<bool> holds;  // nothing: not decided
  std::string method;
};

struct LanguageClasses {
  Verdict r_trivial, l_trivial, j_trivial, da;
  Verdict definite, reverse_definite, generalised_definite, locally_testable;
  Verdict star_free;
  Verdict permutation_automaton, commutative, synchronising;
  Verdict zero;                                   // some word has one image, a state that no letter leaves
  std::optional<std::vector<Letter>> reset_word;  // a word with one image; shortest where `method` says so
};

/// The monoid and its relations as far as they are known; null when above the cap.
struct MonoidFacts {
  const TransitionMonoid* monoid = nullptr;
  const GreenRelations* green = nullptr;
};

/// `minimal` must be minimal (automata/minimize.h), `orbits` its image orbits.
[[nodiscard]] LanguageClasses language_classes(const Moore& minimal, const ImageOrbits& orbits,
                                               const MonoidFacts& facts);

}  // namespace anser::automata
