// A machine as a directed graph: the one door to Boost.Graph.
#pragma once

#include <cstdint>
#include <vector>

#include "automata/moore.h"

namespace anser::automata {

struct Components {
  std::int32_t count = 0;
  std::vector<std::int32_t> of;  // [num_states], component of a state; numbered by smallest state
};

/// Strongly connected components. O(n * k).
[[nodiscard]] Components strongly_connected_components(const Moore& machine);

/// Which states can be reached from `from` (itself included), as 0 / 1 per state.
[[nodiscard]] std::vector<std::uint8_t> reachable_states(const Moore& machine, State from);

/// Components in an order in which every arc between two of them leads to a later one: sources first, of
/// several choices the smallest number first. O(n * k + c log c).
[[nodiscard]] std::vector<std::int32_t> topological_order(const Moore& machine, const Components& components);

/// Shortest words from one state to all others; among the shortest the first in letter order.
struct ShortestPaths {
  std::vector<std::int32_t> distance;  // [num_states], letters; -1 where no word leads
  std::vector<State> parent;           // [num_states], state before the last letter; -1 at the origin
  std::vector<Letter> last;            // [num_states], last letter; -1 at the origin

  /// InputError where no word leads to `to`. O(length).
  [[nodiscard]] std::vector<Letter> word_to(State to) const;
};

/// Breadth-first search. O(n * k).
[[nodiscard]] ShortestPaths shortest_paths(const Moore& machine, State from);

}  // namespace anser::automata
