// Do two machines answer alike on every word? A "no" brings the shortest word on which they differ.
#pragma once

#include <optional>
#include <vector>

#include "automata/dfa.h"
#include "automata/moore.h"

namespace anser::automata {

/// Shortest word (first in letter order among the shortest) after which the labels differ, or nothing.
/// Breadth-first search of the product, O(n * m * k). InputError when the numbers of letters differ.
[[nodiscard]] std::optional<std::vector<Letter>> find_difference(const Moore& x, const Moore& y);
[[nodiscard]] std::optional<std::vector<Letter>> find_difference(const Dfa& x, const Dfa& y);

}  // namespace anser::automata
