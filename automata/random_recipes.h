// Recipes for automata that are likely to have a class (automata/random_class.h): one draw each.
//
// Every recipe returns a complete automaton whose minimal form often, not always, has `size` states. Accept
// bits are fair coins throughout.
#pragma once

#include "automata/dfa.h"
#include "core/base/rng.h"

namespace anser::automata {

/// What a recipe is asked for.
struct RecipeSize {
  State states = 8;
  Letter letters = 2;
};

/// Letters are order-preserving maps of a chain: p <= q implies f(p) <= f(q). Star-free.
[[nodiscard]] Dfa order_preserving_recipe(const RecipeSize& size, Rng& rng);
/// Flip-flops in a row, each set, reset or left alone depending on the letter and the flip-flops before it,
/// and states that are never seen again in front. Star-free.
[[nodiscard]] Dfa flip_flop_recipe(const RecipeSize& size, Rng& rng);
/// f(q) >= q: no state is seen again once left. R-trivial.
[[nodiscard]] Dfa extensive_recipe(const RecipeSize& size, Rng& rng);
/// Order-preserving and extensive. J-trivial.
[[nodiscard]] Dfa order_preserving_extensive_recipe(const RecipeSize& size, Rng& rng);
/// A clock that counts letters mod m drives order-preserving maps. In AC0.
[[nodiscard]] Dfa clocked_recipe(const RecipeSize& size, Rng& rng);
/// Flip-flops drive counters mod 2, 3 and 5 whose increments depend on all levels before, and states that are
/// never seen again in front. In ACC0. Two states and two letters at least.
[[nodiscard]] Dfa counter_cascade_recipe(const RecipeSize& size, Rng& rng);
/// Letters a and b generate S5 or A5 on five states; all states are reachable, the rest is uniform. Five
/// states and two letters at least.
[[nodiscard]] Dfa planted_group_recipe(const RecipeSize& size, Rng& rng);
/// Uniform permutations.
[[nodiscard]] Dfa permutation_recipe(const RecipeSize& size, Rng& rng);
/// Every transition uniform, start at 0.
[[nodiscard]] Dfa uniform_recipe(const RecipeSize& size, Rng& rng);

}  // namespace anser::automata
