// A machine as a directed graph: the one door to Boost.Graph.
#pragma once

#include <cstdint>
#include <string>
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

/// Graphviz text: one node a state with its label's name, one edge per pair of states with the letters on it,
/// an arrow into the start. States of a Dfa that accept (label "accept") are drawn with a double circle.
[[nodiscard]] std::string print_dot(const Moore& machine);

}  // namespace anser::automata
