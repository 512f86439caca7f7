#include "automata/boolean_operations.h"

#include <algorithm>
#include <unordered_map>

#include "automata/alphabet.h"
#include "automata/minimize.h"
#include "core/base/error.h"
#include "core/base/ids.h"

namespace anser::automata {
namespace {

/// The pairs of states that a word leads to, numbered by breadth-first search in letter order.
class Pairs {
 public:
  State number(State x, State y) {
    const auto key = (static_cast<std::uint64_t>(x) << 32) | static_cast<std::uint64_t>(y);
    const auto [at, fresh] = numbers_.emplace(key, static_cast<State>(pairs_.size()));
    if (fresh) pairs_.emplace_back(x, y);
    return at->second;
  }
  std::size_t size() const { return pairs_.size(); }
  std::pair<State, State> operator[](std::size_t i) const { return pairs_[i]; }

 private:
  std::unordered_map<std::uint64_t, State> numbers_;
  std::vector<std::pair<State, State>> pairs_;
};

/// The automaton that accepts where `accept(x accepts, y accepts)` holds.
template <typename Accept>
Dfa product(const Dfa& x, const Dfa& y, std::int64_t max_pairs, std::string_view where,
            const Accept& accept) {
  check(x);
  check(y);
  check_same_alphabet(x, y, where);
  require(max_pairs >= 1 && max_pairs <= kMaxPairs, where, "max_pairs is {}, wanted 1..{}", max_pairs,
          kMaxPairs);
  Dfa result{.num_states = 0,
             .num_letters = x.num_letters,
             .start = 0,
             .next = {},
             .accept = {},
             .letter_names = x.letter_names};
  Pairs pairs;
  pairs.number(x.start, y.start);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto [p, q] = pairs[i];
    for (Letter s = 0; s < x.num_letters; ++s)
      result.next.push_back(pairs.number(x.step(p, s), y.step(q, s)));
    require(static_cast<std::int64_t>(pairs.size()) <= max_pairs, where,
            "automata of {} and {} states reach more than {} pairs of states", x.num_states, y.num_states,
            max_pairs);
    result.accept.push_back(
        accept(x.accept[static_cast<std::size_t>(p)] != 0, y.accept[static_cast<std::size_t>(q)] != 0) ? 1
                                                                                                       : 0);
  }
  result.num_states = static_cast<State>(pairs.size());
  return minimize(result);
}

}  // namespace

void check_same_alphabet(const Dfa& x, const Dfa& y, std::string_view where) {
  require(x.letter_names == y.letter_names, where, "the alphabets differ: \"{}\" and \"{}\"",
          fmt::join(x.letter_names, " "), fmt::join(y.letter_names, " "));
}

Dfa intersection(const Dfa& x, const Dfa& y, std::int64_t max_pairs) {
  return product(x, y, max_pairs, "automata::intersection", [](bool a, bool b) { return a && b; });
}

Dfa unite(const Dfa& x, const Dfa& y, std::int64_t max_pairs) {
  return product(x, y, max_pairs, "automata::unite", [](bool a, bool b) { return a || b; });
}

Dfa difference(const Dfa& x, const Dfa& y, std::int64_t max_pairs) {
  return product(x, y, max_pairs, "automata::difference", [](bool a, bool b) { return a && !b; });
}

Dfa symmetric_difference(const Dfa& x, const Dfa& y, std::int64_t max_pairs) {
  return product(x, y, max_pairs, "automata::symmetric_difference", [](bool a, bool b) { return a != b; });
}

Dfa complement(const Dfa& x) {
  Dfa other = x;
  for (auto& bit : other.accept) bit = bit == 0 ? 1 : 0;
  return minimize(other);
}

Dfa over_alphabet(const Dfa& x, const std::vector<std::string>& names) {
  constexpr const char* kWhere = "automata::over_alphabet";
  check(x);
  check_alphabet(names, kWhere);
  const LetterIndex known(x.letter_names);
  const LetterIndex wanted(names);
  for (const auto& name : x.letter_names)
    require(wanted.find(name).has_value(), kWhere, "letter \"{}\" is not in the alphabet{}", name,
            suggest(name, names));
  const bool more = names.size() > x.letter_names.size();
  const State sink = x.num_states;
  Dfa result{.num_states = x.num_states + (more ? 1 : 0),
             .num_letters = static_cast<Letter>(names.size()),
             .start = x.start,
             .next = {},
             .accept = x.accept,
             .letter_names = names};
  for (State q = 0; q < result.num_states; ++q)
    for (const auto& name : names) {
      const auto letter = known.find(name);
      result.next.push_back(letter && q != sink ? x.step(q, *letter) : sink);
    }
  if (more) result.accept.push_back(0);
  return result;
}

}  // namespace anser::automata
