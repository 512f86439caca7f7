#include "automata/equivalence.h"

#include <algorithm>

#include "core/base/error.h"

namespace anser::automata {
namespace {

/// A reached pair of states, and how: the pair before it in the list and the letter read.
struct Visit {
  State x = 0;
  State y = 0;
  std::ptrdiff_t from = -1;
  Letter letter = 0;
};

std::vector<Letter> trace(const std::vector<Visit>& visits, std::ptrdiff_t at) {
  std::vector<Letter> word;
  for (; visits[static_cast<std::size_t>(at)].from >= 0; at = visits[static_cast<std::size_t>(at)].from)
    word.push_back(visits[static_cast<std::size_t>(at)].letter);
  std::reverse(word.begin(), word.end());
  return word;
}

}  // namespace

std::optional<std::vector<Letter>> find_difference(const Moore& x, const Moore& y) {
  check(x);
  check(y);
  require(x.num_letters == y.num_letters, "automata::find_difference", "alphabets of {} and {} letters",
          x.num_letters, y.num_letters);
  std::vector<bool> seen(static_cast<std::size_t>(x.num_states) * static_cast<std::size_t>(y.num_states),
                         false);
  std::vector<Visit> visits;
  const auto visit = [&](const Visit& v) {
    const std::size_t pair = static_cast<std::size_t>(v.x) * static_cast<std::size_t>(y.num_states) +
                             static_cast<std::size_t>(v.y);
    if (!seen[pair]) visits.push_back(v);
    seen[pair] = true;
  };
  visit({.x = x.start, .y = y.start});
  for (std::size_t i = 0; i < visits.size(); ++i) {
    const Visit v = visits[i];
    if (x.label[static_cast<std::size_t>(v.x)] != y.label[static_cast<std::size_t>(v.y)])
      return trace(visits, static_cast<std::ptrdiff_t>(i));
    for (Letter s = 0; s < x.num_letters; ++s)
      visit({.x = x.step(v.x, s), .y = y.step(v.y, s), .from = static_cast<std::ptrdiff_t>(i), .letter = s});
  }
  return std::nullopt;
}

std::optional<std::vector<Letter>> find_difference(const Dfa& x, const Dfa& y) {
  return find_difference(to_moore(x), to_moore(y));
}

}  // namespace anser::automata
