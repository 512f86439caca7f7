#include "automata/inclusion.h"

#include <algorithm>

#include "automata/boolean_operations.h"
#include "core/base/error.h"

namespace anser::automata {
namespace {

/// Shortest word, first in letter order, that leads from node `start` to one with the property; `step(v, s)`
/// is the node after letter s. Nodes are 0..num_nodes-1.
template <typename Step, typename Wanted>
std::optional<std::vector<Letter>> shortest_word(std::size_t num_nodes, Letter num_letters, std::size_t start,
                                                 const Step& step, const Wanted& wanted) {
  struct Visit {
    std::size_t node = 0;
    std::size_t from = 0;  // place in `visits`; of the first, itself
    Letter letter = 0;
  };
  std::vector<bool> seen(num_nodes, false);
  std::vector<Visit> visits = {{.node = start}};
  seen[start] = true;
  for (std::size_t i = 0; i < visits.size(); ++i) {
    if (wanted(visits[i].node)) {
      std::vector<Letter> word;
      for (std::size_t at = i; at != 0; at = visits[at].from) word.push_back(visits[at].letter);
      std::reverse(word.begin(), word.end());
      return word;
    }
    for (Letter s = 0; s < num_letters; ++s) {
      const std::size_t next = step(visits[i].node, s);
      if (seen[next]) continue;
      seen[next] = true;
      visits.push_back({.node = next, .from = i, .letter = s});
    }
  }
  return std::nullopt;
}

std::optional<std::vector<Letter>> find_word(const Dfa& x, std::uint8_t bit) {
  check(x);
  return shortest_word(
      static_cast<std::size_t>(x.num_states), x.num_letters, static_cast<std::size_t>(x.start),
      [&](std::size_t q, Letter s) { return static_cast<std::size_t>(x.step(static_cast<State>(q), s)); },
      [&](std::size_t q) { return x.accept[q] == bit; });
}

}  // namespace

std::optional<std::vector<Letter>> find_word_outside(const Dfa& x, const Dfa& y) {
  constexpr const char* kWhere = "automata::find_word_outside";
  constexpr std::size_t kMaxPairs = std::size_t{1} << 31;
  check(x);
  check(y);
  check_same_alphabet(x, y, kWhere);
  const auto n = static_cast<std::size_t>(x.num_states);
  const auto m = static_cast<std::size_t>(y.num_states);
  require(n <= kMaxPairs / m, kWhere, "{} x {} pairs of states are more than {}", n, m, kMaxPairs);
  return shortest_word(
      n * m, x.num_letters, static_cast<std::size_t>(x.start) * m + static_cast<std::size_t>(y.start),
      [&](std::size_t pair, Letter s) {
        return static_cast<std::size_t>(x.step(static_cast<State>(pair / m), s)) * m +
               static_cast<std::size_t>(y.step(static_cast<State>(pair % m), s));
      },
      [&](std::size_t pair) { return x.accept[pair / m] != 0 && y.accept[pair % m] == 0; });
}

std::optional<std::vector<Letter>> find_accepted_word(const Dfa& x) {
  return find_word(x, 1);
}

std::optional<std::vector<Letter>> find_rejected_word(const Dfa& x) {
  return find_word(x, 0);
}

}  // namespace anser::automata
