#include "automata/alphabet.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_set>

#include "automata/utf8.h"
#include "core/base/error.h"
#include "core/base/ids.h"

namespace anser::automata {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

/// "" or why `name` is not a letter name.
std::string fault_of(std::string_view name) {
  if (name.empty()) return "is empty";
  for (std::size_t i = 0; i < name.size();) {
    const Utf8Character c = utf8_character(name, i);
    if (c.length == 0) return "is not UTF-8";
    if (c.code_point <= 0x20 || c.code_point == 0x7f) return "holds a blank or a control character";
    i += c.length;
  }
  return "";
}

/// Calls `each` with every part of the text between blanks.
template <typename Each>
void split_at_blanks(std::string_view text, const Each& each) {
  for (std::size_t from = text.find_first_not_of(kBlanks); from != std::string_view::npos;) {
    const std::size_t to = std::min(text.find_first_of(kBlanks, from), text.size());
    each(text.substr(from, to - from));
    from = text.find_first_not_of(kBlanks, to);
  }
}

std::string_view without_angles(std::string_view name) {
  const bool angles = name.size() > 2 && name.front() == '<' && name.back() == '>';
  return angles ? name.substr(1, name.size() - 2) : name;
}

std::string join(std::span<const Letter> word, const std::vector<std::string>& names) {
  std::string text;
  for (const Letter s : word) {
    require(s >= 0 && static_cast<std::size_t>(s) < names.size(), "automata::print_word",
            "letter {} is not in 0..{}", s, static_cast<std::int64_t>(names.size()) - 1);
    if (!text.empty()) text += ' ';
    text += names[static_cast<std::size_t>(s)];
  }
  return text;
}

}  // namespace

std::vector<std::string> default_letter_names(Letter count) {
  require(count >= 1, "automata::default_letter_names", "an alphabet needs at least 1 letter, got {}", count);
  std::vector<std::string> names;
  for (Letter s = 0; s < count; ++s)
    names.push_back(s < 26 ? std::string(1, static_cast<char>('a' + s)) : fmt::format("x{}", s));
  return names;
}

void check_alphabet(const std::vector<std::string>& names, std::string_view where) {
  require(!names.empty(), where, "the alphabet is empty, wanted at least one letter");
  std::unordered_set<std::string_view> seen;
  for (std::size_t s = 0; s < names.size(); ++s) {
    const std::string fault = fault_of(names[s]);
    require(fault.empty(), where, "the name of letter {} {}", s, fault);
    require(seen.insert(names[s]).second, where, "letter \"{}\" stands twice in the alphabet", names[s]);
  }
}

std::vector<std::string> parse_alphabet(std::string_view text) {
  std::vector<std::string> names;
  split_at_blanks(text, [&](std::string_view part) { names.emplace_back(without_angles(part)); });
  check_alphabet(names, "alphabet");
  return names;
}

LetterIndex::LetterIndex(std::vector<std::string> names) : names_(std::move(names)) {
  check_alphabet(names_, "alphabet");
  for (std::size_t s = 0; s < names_.size(); ++s) letters_.emplace(names_[s], static_cast<Letter>(s));
}

std::optional<Letter> LetterIndex::find(std::string_view name) const {
  const auto at = letters_.find(std::string(name));
  return at == letters_.end() ? std::nullopt : std::optional(at->second);
}

Letter LetterIndex::letter(std::string_view name) const {
  const auto found = find(name);
  if (found) return *found;
  require(is_utf8(name), "word", "it holds bytes that are not UTF-8");
  constexpr std::size_t kMostShown = 40;
  if (name.size() > kMostShown ||
      std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < ' '; }))
    fail("word", "unknown letter of {} bytes; known: {}", name.size(), fmt::join(names_, ", "));
  fail("word", "unknown letter \"{}\"{}", name, suggest(name, names_));
}

std::vector<Letter> LetterIndex::word(std::string_view line) const {
  std::vector<Letter> word;
  split_at_blanks(line, [&](std::string_view part) {
    auto found = find(part);
    if (!found && part != without_angles(part)) found = find(without_angles(part));
    word.push_back(found ? *found : letter(part));
  });
  return word;
}

std::vector<Letter> parse_word(std::string_view line, const std::vector<std::string>& names) {
  return LetterIndex(names).word(line);
}

std::string print_word(std::span<const Letter> word, const std::vector<std::string>& names) {
  return join(word, names);
}

std::string show_word(std::span<const Letter> word, const std::vector<std::string>& names) {
  return word.empty() ? "ε" : join(word, names);
}

}  // namespace anser::automata
