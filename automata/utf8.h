// UTF-8, one character at a time: what the parsers need to point at a column and to refuse bytes that are no
// text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace anser::automata {

struct Utf8Character {
  std::uint32_t code_point = 0;
  std::size_t length =
      0;  // bytes; 0 where the bytes are not UTF-8 (overlong, surrogate, cut short, too large)
};

/// The character that begins at `at` < text.size().
[[nodiscard]] Utf8Character utf8_character(std::string_view text, std::size_t at);

[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace anser::automata
