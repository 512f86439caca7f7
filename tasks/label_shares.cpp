#include "tasks/label_shares.h"

#include <algorithm>

#include "core/base/error.h"

namespace anser::tasks {
namespace {

/// Numbers of words of each length from each state, each length scaled by its greatest number.
using Counts = std::vector<std::vector<double>>;

Counts scaled_counts(const automata::Dfa& dfa, automata::Side side, int length) {
  const auto n = static_cast<std::size_t>(dfa.num_states);
  Counts counts(static_cast<std::size_t>(length) + 1, std::vector<double>(n, 0.0));
  for (std::size_t q = 0; q < n; ++q)
    counts[0][q] = (dfa.accept[q] != 0) == (side == automata::Side::accepted) ? 1 : 0;
  for (std::size_t l = 1; l < counts.size(); ++l) {
    for (std::size_t q = 0; q < n; ++q)
      for (automata::Letter s = 0; s < dfa.num_letters; ++s)
        counts[l][q] += counts[l - 1][static_cast<std::size_t>(dfa.step(static_cast<automata::State>(q), s))];
    const double top = *std::max_element(counts[l].begin(), counts[l].end());
    if (top > 0)
      for (double& count : counts[l]) count /= top;
  }
  return counts;
}

/// Calls visit(t, probability, letter, state after it) for t = 1..length and every arc in use.
template <typename Visit>
void walk(const automata::Dfa& dfa, automata::Side side, int length, const Visit& visit) {
  const Counts counts = scaled_counts(dfa, side, length);
  require(counts.back()[static_cast<std::size_t>(dfa.start)] > 0, "tasks::label_shares",
          "the language has no word of length {} on that side", length);
  std::vector<double> p(static_cast<std::size_t>(dfa.num_states), 0.0);
  p[static_cast<std::size_t>(dfa.start)] = 1;
  for (int t = 1; t <= length; ++t) {
    const std::vector<double>& to_come = counts[static_cast<std::size_t>(length - t)];
    std::vector<double> next(p.size(), 0.0);
    for (std::size_t q = 0; q < p.size(); ++q) {
      if (p[q] == 0) continue;
      const auto after = [&](automata::Letter s) {
        return static_cast<std::size_t>(dfa.step(static_cast<automata::State>(q), s));
      };
      double sum = 0;
      for (automata::Letter s = 0; s < dfa.num_letters; ++s) sum += to_come[after(s)];
      if (sum == 0) continue;
      for (automata::Letter s = 0; s < dfa.num_letters; ++s) {
        const double probability = p[q] * to_come[after(s)] / sum;
        next[after(s)] += probability;
        visit(t, probability, s, after(s));
      }
    }
    p = std::move(next);
  }
}

}  // namespace

std::vector<double> label_shares(const automata::Dfa& dfa, const automata::Moore& machine,
                                 automata::Side side, int length) {
  ANSER_ASSERT(machine.num_states == dfa.num_states && length >= 1);
  std::vector<double> shares(static_cast<std::size_t>(machine.num_labels), 0.0);
  walk(dfa, side, length, [&](int, double probability, automata::Letter, std::size_t state) {
    shares[static_cast<std::size_t>(machine.label[state])] += probability;
  });
  for (double& share : shares) share /= length;
  return shares;
}

std::vector<double> successor_shares(const automata::Dfa& dfa, int length) {
  ANSER_ASSERT(length >= 1);
  std::vector<double> shares(static_cast<std::size_t>(dfa.num_letters) + 1, 0.0);
  walk(dfa, automata::Side::accepted, length,
       [&](int t, double probability, automata::Letter s, std::size_t) {
         if (t > 1) shares[static_cast<std::size_t>(s)] += probability;
       });
  shares.back() = 1;
  for (double& share : shares) share /= length;
  return shares;
}

}  // namespace anser::tasks
