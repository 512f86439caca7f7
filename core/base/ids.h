// Canonical ids: one string with parameters names a task, a language, a model or a run, in the command line,
// files, logs and tests.
//     grammar:  name  |  name[key=value,key=value,...]      e.g.  s5[tokens=swaps+id]
//     rwkv7[L=1,D=64,N=32,c=2]
// A value in double quotes may hold commas and brackets: state_prediction[regex="[ab]{2,3}c"].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace anser {

/// A parsed id. Parameters keep the order in which they were written.
struct Id {
  std::string name;
  std::vector<std::pair<std::string, std::string>> parameters;

  /// Value of a parameter, or `fallback`.
  std::string get(std::string_view key, std::string_view fallback) const;
  bool has(std::string_view key) const;
  /// Integer parameter in lo..hi; InputError naming the id, the value and the range otherwise.
  std::int64_t get_int(std::string_view key, std::int64_t fallback, std::int64_t lo, std::int64_t hi) const;
  /// InputError, naming the nearest known key, when a parameter is none of `keys`.
  void require_known(const std::vector<std::string>& keys) const;
};

/// Throws InputError naming the offending position. Names are letters, digits, '_' and '-'; values anything
/// but `,[]"`,
/// or anything but `"` in double quotes.
Id parse_id(std::string_view text);

/// The inverse of parse_id: `name`, or `name[k=v,...]`.
std::string print_id(const Id& id);

/// The known name with the smallest edit distance to `name` ("" where `known` is empty). For messages.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

/// ` (did you mean "x"? known: a, b, c)`: the tail of a message about an unknown name.
std::string suggest(std::string_view name, const std::vector<std::string>& known);

}  // namespace anser
