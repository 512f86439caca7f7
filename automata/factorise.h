// A map of n points as the shortest sequence of elementary maps, the ones that one RWKV-7 step with c = 2 can
// do.
//
//     swap(x, y):   x and y change places                       (a reflection)
//     merge(x, y):  x goes to y, everything else stays          (a projection)
//
// Exactly n - components(f) steps, which is the least number (theory.md 4.3; tested by breadth-first search).
// Forward order: the steps applied one after another to a state give f. First each cycle by swaps, then the
// other points, those nearest to a cycle first, each merged into its image.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "automata/transition_map.h"

namespace anser::automata {

struct ElementaryStep {
  enum class Kind : std::uint8_t { swap, merge };
  Kind kind = Kind::swap;
  State x = 0;
  State y = 0;  // merge: x goes to y

  State apply(State q) const {
    if (q == x) return y;
    return kind == Kind::swap && q == y ? x : q;
  }
  friend bool operator==(const ElementaryStep&, const ElementaryStep&) = default;
};

/// InputError when an entry of f is out of range. O(n).
std::vector<ElementaryStep> factorise(const TransitionMap& f);

/// The map of a sequence of steps, first step first.
TransitionMap steps_map(std::span<const ElementaryStep> steps, State num_states);

}  // namespace anser::automata
