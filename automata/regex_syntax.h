// What a regular expression says, before any automaton: the tree of its operators, and errors that point into
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace anser::automata {

struct RegexNode {
  enum class Kind : std::uint8_t {
    empty_word,
    letters,
    concatenation,
    unite,
    intersection,
    complement,
    repeat
  };
  /// A letter as written, and the byte where it stands.
  struct Symbol {
    std::string name;
    std::size_t place = 0;
  };
  static constexpr std::int64_t kUnbounded = -1;

  Kind kind = Kind::empty_word;
  std::vector<RegexNode> children;
  std::vector<Symbol> symbols;  // letters: one of these,
  bool others = false;          //   or one of the alphabet's others: [^ab], and . without symbols
  std::int64_t low = 0;         // repeat: at least so often,
  std::int64_t high = 0;        //   at most so often, or kUnbounded
  int depth = 1;                // of the tree below
};

/// Parses the grammar of automata/regex.h. InputError as fail_in_regex.
[[nodiscard]] RegexNode parse_regex(std::string_view text);

/// Throws InputError: "regex: MESSAGE at column N", the expression (or the part around the place) on the next
/// line, a caret under the place on the one after. `place` is a byte of the text, or its end.
[[noreturn]] void fail_in_regex(std::string_view text, std::size_t place, std::string_view message);

}  // namespace anser::automata
