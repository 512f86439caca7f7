// Union, intersection, difference and complement of languages over one alphabet.
//
// Products of the reachable pairs, minimised: results are canonical (automata/minimize.h), so equal languages
// give equal tables. At most n * m pairs; above `max_pairs` InputError with the number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "automata/dfa.h"

namespace anser::automata {

/// InputError naming both alphabets unless they are the same names in the same order.
void check_same_alphabet(const Dfa& x, const Dfa& y, std::string_view where);

inline constexpr std::int64_t kMaxPairs = std::int64_t{1} << 24;

/// All four: InputError where the alphabets differ or an automaton is not well-formed.
[[nodiscard]] Dfa intersection(const Dfa& x, const Dfa& y, std::int64_t max_pairs = kMaxPairs);
[[nodiscard]] Dfa unite(const Dfa& x, const Dfa& y, std::int64_t max_pairs = kMaxPairs);
/// Words of x that are not in y.
[[nodiscard]] Dfa difference(const Dfa& x, const Dfa& y, std::int64_t max_pairs = kMaxPairs);
[[nodiscard]] Dfa symmetric_difference(const Dfa& x, const Dfa& y, std::int64_t max_pairs = kMaxPairs);

/// Words that x rejects; minimal.
[[nodiscard]] Dfa complement(const Dfa& x);

/// The same language over another list of letters: letters are matched by name, a word with a letter that x
/// does not know is rejected. InputError where a letter of x is missing in `names`. Not minimised.
[[nodiscard]] Dfa over_alphabet(const Dfa& x, const std::vector<std::string>& names);

}  // namespace anser::automata
