// Is a language part of another, empty, or everything? A "no" brings the shortest word that shows it, first
// in letter order among the shortest.
#pragma once

#include <optional>
#include <vector>

#include "automata/dfa.h"

namespace anser::automata {

/// Shortest word of x that is not in y; nothing where x is included in y. Breadth-first search of the
/// product, O(n * m * k). InputError where the alphabets differ, or where n * m is above 2^31.
[[nodiscard]] std::optional<std::vector<Letter>> find_word_outside(const Dfa& x, const Dfa& y);

/// Shortest accepted word; nothing where the language is empty. O(n * k).
[[nodiscard]] std::optional<std::vector<Letter>> find_accepted_word(const Dfa& x);

/// Shortest rejected word; nothing where every word is accepted. O(n * k).
[[nodiscard]] std::optional<std::vector<Letter>> find_rejected_word(const Dfa& x);

}  // namespace anser::automata
