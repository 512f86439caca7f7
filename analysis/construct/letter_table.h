// How a checkpoint reads words: which token ids stand for which letter, and what begins a word.
//
// Metadata of the safetensors file: "bos" the id that precedes every word, "letters" a JSON object from
// letter names to lists of token ids, in letter order. A model trained on plain token streams has neither:
// letter i is token i and words begin with nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace anser::construct {

struct LetterTable {
  std::optional<std::int64_t> bos;
  std::vector<std::string> names;                 // empty: letter i is token i
  std::vector<std::vector<std::int64_t>> tokens;  // [letters], none of them empty

  bool named() const { return !names.empty(); }
  /// The letter of that name; InputError "where: .." with the nearest name otherwise.
  std::size_t letter_of(std::string_view name, std::string_view where) const;
};

/// InputError naming `where` and the key when the metadata are malformed or name a token outside 0..V-1.
LetterTable read_letter_table(const std::map<std::string, std::string>& metadata, std::int64_t vocabulary,
                              std::string_view where);

void write_letter_table(const LetterTable& table, std::map<std::string, std::string>& metadata);

}  // namespace anser::construct
