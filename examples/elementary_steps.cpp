// Any map of n points is a product of n - (number of components of its graph) swaps and merges: what one
// layer does per token.
#include <fmt/format.h>

#include <vector>

#include "automata/factorise.h"

int main() {
  const std::vector<anser::automata::State> map = {1, 2, 0, 0, 3};  // a 3-cycle, and 4 -> 3 -> 0
  fmt::print("0 1 2 3 4 -> {}\n", fmt::join(map, " "));
  for (const auto& step : anser::automata::factorise(map))
    fmt::print("  {} {} {}\n", step.kind == anser::automata::ElementaryStep::Kind::swap ? "swap " : "merge",
               step.x, step.y);
}
