// A quick proof that a language is NC1-complete, for machines with too many image sets to look at.
//
// Two letters permute some set of states each; the largest set that both permute is found by dropping states
// that leave it or have no predecessor in it. The group that they generate there is an image of a submonoid
// of the transition monoid, so where it is not solvable, neither are all of the monoid's groups
// (docs/math/complexity.md 2).
#pragma once

#include <vector>

#include "automata/moore.h"

namespace anser::automata {

/// Largest set P with P.x = P.y = P, ascending; empty where there is none. O(n * |P|) at worst, mostly O(n).
[[nodiscard]] std::vector<State> permuted_core(const Moore& machine, Letter x, Letter y);

/// Do some two letters generate a group that is not solvable on their core? A yes is a proof for a minimal
/// machine; a no says nothing. O(k^2) cores.
[[nodiscard]] bool has_unsolvable_core(const Moore& machine);

}  // namespace anser::automata
