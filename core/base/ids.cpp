#include "core/base/ids.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "core/base/error.h"

namespace anser {
namespace {

bool is_name_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = std::tolower(static_cast<unsigned char>(a[i - 1])) ==
                        std::tolower(static_cast<unsigned char>(b[j - 1]));
      const std::size_t next = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (same ? 0 : 1)});
      diagonal = row[j];
      row[j] = next;
    }
  }
  return row[b.size()];
}

/// Length of the first key=value: up to a comma outside double quotes.
std::size_t parameter_end(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == ',' && !quoted) return i;
  }
  return text.size();
}

}  // namespace

std::string Id::get(std::string_view key, std::string_view fallback) const {
  for (const auto& [k, v] : parameters)
    if (k == key) return v;
  return std::string(fallback);
}

bool Id::has(std::string_view key) const {
  return std::any_of(parameters.begin(), parameters.end(), [&](const auto& p) { return p.first == key; });
}

std::int64_t Id::get_int(std::string_view key, std::int64_t fallback, std::int64_t lo,
                         std::int64_t hi) const {
  if (!has(key)) return fallback;
  const std::string text = get(key, "");
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && value >= lo && value <= hi,
          print_id(*this), "{}={} is not an integer in {}..{}", key, text, lo, hi);
  return value;
}

void Id::require_known(const std::vector<std::string>& keys) const {
  for (const auto& [k, v] : parameters)
    require(std::find(keys.begin(), keys.end(), k) != keys.end(), print_id(*this),
            "unknown parameter \"{}\"{}", k, keys.empty() ? " (it takes none)" : suggest(k, keys));
}

Id parse_id(std::string_view text) {
  Id id;
  std::size_t i = 0;
  while (i < text.size() && is_name_char(text[i])) ++i;
  require(i > 0, "parse_id", "\"{}\" does not begin with a name; wanted name or name[key=value,...]", text);
  id.name = std::string(text.substr(0, i));
  if (i == text.size()) return id;
  require(text[i] == '[' && text.back() == ']', "parse_id",
          "\"{}\": unexpected character at position {}; wanted name[key=value,...]", text, i);
  std::string_view rest = text.substr(i + 1, text.size() - i - 2);
  while (!rest.empty()) {
    const std::size_t end = parameter_end(rest);
    const std::string_view item = rest.substr(0, end);
    const std::size_t equals = item.find('=');
    require(equals != std::string_view::npos && equals > 0, "parse_id", "\"{}\": \"{}\" is not key=value",
            text, item);
    std::string_view value = item.substr(equals + 1);
    const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    if (quoted) value = value.substr(1, value.size() - 2);
    require(item.substr(0, equals).find_first_of("[]\"") == std::string_view::npos &&
                value.find_first_of(quoted ? "\"" : "[]\"") == std::string_view::npos,
            "parse_id", "\"{}\": \"{}\" is not key=value (a value with brackets or commas wants quotes)",
            text, item);
    const std::string key(item.substr(0, equals));
    require(!id.has(key), "parse_id", "\"{}\": parameter \"{}\" given twice", text, key);
    id.parameters.emplace_back(key, std::string(value));
    require(end + 1 != rest.size(), "parse_id", "\"{}\": a parameter is missing after the last comma", text);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return id;
}

std::string print_id(const Id& id) {
  if (id.parameters.empty()) return id.name;
  std::string out = id.name + "[";
  for (const auto& [key, value] : id.parameters) {
    if (out.back() != '[') out += ',';
    out += key + "=" + (value.find_first_of(",[]") == std::string::npos ? value : "\"" + value + "\"");
  }
  return out + "]";
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = ~std::size_t{0};
  for (const auto& candidate : known)
    if (const std::size_t d = edit_distance(name, candidate); d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  return best;
}

std::string suggest(std::string_view name, const std::vector<std::string>& known) {
  return fmt::format(" (did you mean \"{}\"? known: {})", nearest_name(name, known), fmt::join(known, ", "));
}

}  // namespace anser
