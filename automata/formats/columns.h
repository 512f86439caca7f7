// Lines of words with blanks between them, and the order of symbols that come without one: what the AT&T and
// Abbadingo formats share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace anser::automata {

struct TextLine {
  std::size_t number = 0;  // from 1
  std::vector<std::string_view> columns;
};

/// The lines that hold something, blanks and "\r" dropped. InputError naming `source` unless the text is
/// UTF-8.
[[nodiscard]] std::vector<TextLine> split_lines(std::string_view text, std::string_view source);

/// The whole of `text` as a decimal number of 64 bits, or nothing.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);
/// The same for a floating-point number; "Infinity" and "NaN" in any case are ones.
[[nodiscard]] std::optional<double> parse_real(std::string_view text);

/// Sorts symbols, each once: numbers ascending, then names in byte order.
void sort_symbols(std::vector<std::string>& symbols);

/// At most 40 bytes of a UTF-8 text, control characters replaced: names as messages show them.
[[nodiscard]] std::string shortened(std::string_view text);

}  // namespace anser::automata
