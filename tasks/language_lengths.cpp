#include "tasks/language_lengths.h"

#include <algorithm>
#include <map>

#include "core/base/error.h"

namespace anser::tasks {
namespace {

constexpr int kLongestPeriod = 65536;

/// has[l] for every length, from `tail` on with the given period.
struct Lengths {
  std::vector<std::uint8_t> has;  // [tail + period]
  int tail = 0;
  int period = 1;

  bool at(int length) const {
    const int within = length < tail ? length : tail + (length - tail) % period;
    return has[static_cast<std::size_t>(within)] != 0;
  }
};

Lengths find_lengths(const automata::Dfa& dfa) {
  LengthSets sets(dfa);
  std::map<std::vector<std::uint8_t>, int> seen;
  Lengths lengths;
  for (int length = 0; length <= kLongestPeriod; ++length, sets.advance()) {
    const auto [place, is_new] = seen.emplace(sets.states(), length);
    if (!is_new) {
      lengths.tail = place->second;
      lengths.period = length - place->second;
      return lengths;
    }
    lengths.has.push_back(sets.has(automata::Side::accepted) ? 1 : 0);
  }
  fail("tasks::lengths_of_language", "the lengths of the language repeat with a period above {}",
       kLongestPeriod);
}

/// Does the progression, whose step divides the period, stay among the lengths for ever? One period beyond
/// the tail tells.
bool holds(const Lengths& lengths, int first, int step) {
  for (int length = first; length < std::max(first, lengths.tail) + lengths.period; length += step)
    if (!lengths.at(length)) return false;
  return true;
}

}  // namespace

LengthSets::LengthSets(const automata::Dfa& dfa)
    : accept_(dfa.accept),
      successors_(static_cast<std::size_t>(dfa.num_states)),
      states_(static_cast<std::size_t>(dfa.num_states), 0) {
  for (automata::State q = 0; q < dfa.num_states; ++q) {
    auto& to = successors_[static_cast<std::size_t>(q)];
    for (automata::Letter s = 0; s < dfa.num_letters; ++s) to.push_back(dfa.step(q, s));
    std::sort(to.begin(), to.end());
    to.erase(std::unique(to.begin(), to.end()), to.end());
  }
  states_[static_cast<std::size_t>(dfa.start)] = 1;
}

void LengthSets::advance() {
  std::vector<std::uint8_t> next(states_.size(), 0);
  for (std::size_t q = 0; q < states_.size(); ++q)
    if (states_[q])
      for (const automata::State to : successors_[q]) next[static_cast<std::size_t>(to)] = 1;
  states_ = std::move(next);
}

bool LengthSets::has(automata::Side side) const {
  for (std::size_t q = 0; q < states_.size(); ++q)
    if (states_[q] && (accept_[q] != 0) == (side == automata::Side::accepted)) return true;
  return false;
}

std::optional<LengthRule> lengths_of_language(const automata::Dfa& dfa, int least) {
  const Lengths lengths = find_lengths(dfa);
  for (int step = 1; step <= lengths.period; ++step) {
    if (lengths.period % step != 0) continue;
    for (int first = least; first < std::max(least, lengths.tail) + step; ++first)
      if (holds(lengths, first, step)) return LengthRule{.least = first, .step = step};
  }
  return std::nullopt;
}

}  // namespace anser::tasks
