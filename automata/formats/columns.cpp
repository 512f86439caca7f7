#include "automata/formats/columns.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "automata/utf8.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr std::string_view kBlanks = " \t\r\f\v";

template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

std::vector<TextLine> split_lines(std::string_view text, std::string_view source) {
  require(is_utf8(text), source, "is not UTF-8 text");
  std::vector<TextLine> lines;
  for (std::size_t number = 1, begin = 0; begin < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    std::vector<std::string_view> columns;
    for (std::size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;) {
      const std::size_t stop = std::min(line.find_first_of(kBlanks, at), line.size());
      columns.push_back(line.substr(at, stop - at));
      at = line.find_first_not_of(kBlanks, stop);
    }
    if (!columns.empty()) lines.push_back({number, std::move(columns)});
    begin = end + 1;
  }
  return lines;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  return parse_whole<std::int64_t>(text);
}

std::optional<double> parse_real(std::string_view text) {
  return parse_whole<double>(text);
}

void sort_symbols(std::vector<std::string>& symbols) {
  const auto key = [](const std::string& symbol) {
    const auto number = parse_integer(symbol);
    return std::tuple(!number.has_value(), number.value_or(0), std::string_view(symbol));
  };
  std::sort(symbols.begin(), symbols.end(), [&](const auto& x, const auto& y) { return key(x) < key(y); });
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
}

std::string shortened(std::string_view text) {
  constexpr std::size_t kMost = 40;
  std::string out(text.substr(0, kMost));
  while (!is_utf8(out)) out.pop_back();
  for (char& c : out) c = static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  return out.size() < text.size() ? out + ".." : out;
}

}  // namespace anser::automata
