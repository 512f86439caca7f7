// Alphabets: lists of letter names, and words written with them.
//
// A letter name is UTF-8 text without blanks or control characters, not empty; an alphabet is a list of at
// least one name, all distinct; letter s is the name at place s. A word on a line is its letters with blanks
// between them; an empty line is the empty word. Names and words read back as they were printed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "automata/moore.h"

namespace anser::automata {

/// a, b, .. z, then x26, x27, ... InputError unless count >= 1.
[[nodiscard]] std::vector<std::string> default_letter_names(Letter count);

/// InputError, beginning with `where`, unless `names` is an alphabet as described above. O(k).
void check_alphabet(const std::vector<std::string>& names, std::string_view where);

/// An alphabet from names with blanks between them; `<name>` and `name` are the same letter. "a b <push>" is
/// a, b, push. InputError as check_alphabet.
[[nodiscard]] std::vector<std::string> parse_alphabet(std::string_view text);

/// Letters by name, for reading many words.
class LetterIndex {
 public:
  /// InputError as check_alphabet.
  explicit LetterIndex(std::vector<std::string> names);

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::optional<Letter> find(std::string_view name) const;
  /// InputError naming `name` and the nearest letter.
  [[nodiscard]] Letter letter(std::string_view name) const;
  /// The word of a line; `<name>` is read as `name` where no letter is written with the angles. InputError as
  /// letter().
  [[nodiscard]] std::vector<Letter> word(std::string_view line) const;

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, Letter> letters_;
};

/// LetterIndex(names).word(line).
[[nodiscard]] std::vector<Letter> parse_word(std::string_view line, const std::vector<std::string>& names);

/// Letters with a space between them; the empty word is "" (what parse_word reads). InputError on a letter
/// outside the alphabet.
[[nodiscard]] std::string print_word(std::span<const Letter> word, const std::vector<std::string>& names);

/// The same for people: the empty word is "ε".
[[nodiscard]] std::string show_word(std::span<const Letter> word, const std::vector<std::string>& names);

}  // namespace anser::automata
