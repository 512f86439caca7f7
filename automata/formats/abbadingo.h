// Labelled words as the Abbadingo competition wrote them, and as StaMinA and flexfringe read them.
//
//     words letters             header
//     label length s1 s2 ..     a line each; label 1 accepts, 0 rejects, -1 is unknown, others as they come
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "automata/moore.h"

namespace anser::automata {

struct Samples {
  std::vector<std::string> alphabet;
  std::vector<std::vector<Letter>> words;
  std::vector<std::int32_t> labels;  // [words.size()], >= -1
};

/// Where every symbol is a number below the header's letters, the alphabet is 0..letters-1; else it is the
/// symbols in use, numbers ascending, then names in byte order. InputError naming the line: numbers that do
/// not fit, more than 65536 letters, lines too few or too many, a length that is not that of the line, more
/// symbols than the header says, flexfringe attributes ("a:1", "a/1,2").
[[nodiscard]] Samples parse_abbadingo(std::string_view text, std::string_view source = "samples.txt");

/// The inverse. InputError where tables do not fit or a letter name is empty or holds blanks, ':' or '/'.
[[nodiscard]] std::string print_abbadingo(const Samples& samples);

}  // namespace anser::automata
