#include "automata/reset_word.h"

#include <algorithm>
#include <numeric>

namespace anser::automata {
namespace {

constexpr State kMostStates = 12'000;

/// For every pair p < q the first letter of a shortest word that merges it.
class PairGraph {
 public:
  explicit PairGraph(const Moore& machine) : machine_(machine) {
    const auto n = static_cast<std::size_t>(machine.num_states);
    letter_.assign(n * (n - 1) / 2, kNever);
    distance_.assign(letter_.size(), 0);
    search();
  }

  bool all_merge() const { return std::find(letter_.begin(), letter_.end(), kNever) == letter_.end(); }

  /// Appends a shortest word that merges the nearest pair of `states`, and moves them.
  void merge_nearest(std::vector<State>& states, std::vector<Letter>& word) const {
    State best_p = states[0], best_q = states[1];
    for (std::size_t i = 0; i < states.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (distance_[index(states[i], states[j])] < distance_[index(best_p, best_q)]) {
          best_p = states[i];
          best_q = states[j];
        }
    while (best_p != best_q) {
      const auto s = letter_[index(best_p, best_q)];
      word.push_back(s);
      best_p = machine_.step(best_p, s);
      best_q = machine_.step(best_q, s);
      for (State& q : states) q = machine_.step(q, s);
    }
    std::sort(states.begin(), states.end());
    states.erase(std::unique(states.begin(), states.end()), states.end());
  }

 private:
  static constexpr Letter kNever = -1;

  static std::size_t index(State p, State q) {
    const auto high = static_cast<std::size_t>(std::max(p, q)),
               low = static_cast<std::size_t>(std::min(p, q));
    return high * (high - 1) / 2 + low;
  }

  void search() {
    // Predecessors of each state by letter, as ranges.
    const auto n = static_cast<std::size_t>(machine_.num_states),
               k = static_cast<std::size_t>(machine_.num_letters);
    std::vector<std::size_t> begin(n * k + 1, 0);
    const auto cell = [&](State q, Letter s) {
      return static_cast<std::size_t>(q) * k + static_cast<std::size_t>(s);
    };
    for (State q = 0; q < machine_.num_states; ++q)
      for (Letter s = 0; s < machine_.num_letters; ++s) ++begin[cell(machine_.step(q, s), s) + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    std::vector<State> from(n * k);
    auto place = begin;
    for (State q = 0; q < machine_.num_states; ++q)
      for (Letter s = 0; s < machine_.num_letters; ++s) from[place[cell(machine_.step(q, s), s)]++] = q;
    std::vector<std::pair<State, State>> queue;
    const auto visit = [&](State p, State q, Letter s, std::int32_t distance) {
      if (p == q || letter_[index(p, q)] != kNever) return;
      letter_[index(p, q)] = s;
      distance_[index(p, q)] = distance;
      queue.emplace_back(p, q);
    };
    const auto visit_before = [&](State x, State y, std::int32_t distance) {
      for (Letter s = 0; s < machine_.num_letters; ++s)
        for (auto i = begin[cell(x, s)]; i < begin[cell(x, s) + 1]; ++i)
          for (auto j = begin[cell(y, s)]; j < begin[cell(y, s) + 1]; ++j)
            visit(from[i], from[j], s, distance);
    };
    for (State q = 0; q < machine_.num_states; ++q) visit_before(q, q, 1);
    for (std::size_t i = 0; i < queue.size(); ++i) {
      const auto [p, q] = queue[i];
      visit_before(p, q, distance_[index(p, q)] + 1);
    }
  }

  const Moore& machine_;
  std::vector<Letter> letter_;
  std::vector<std::int32_t> distance_;
};

}  // namespace

ResetWord find_reset_word(const Moore& machine) {
  check(machine);
  ResetWord result;
  if (machine.num_states > kMostStates) {
    result.method = "more pairs of states than fit";
    return result;
  }
  const PairGraph pairs(machine);
  result.method = "pairs of states: all merge, reset word by nearest pairs";
  result.synchronising = pairs.all_merge();
  if (!*result.synchronising) return result;
  std::vector<State> states(static_cast<std::size_t>(machine.num_states));
  std::iota(states.begin(), states.end(), 0);
  std::vector<Letter> word;
  while (states.size() > 1) pairs.merge_nearest(states, word);
  result.word = std::move(word);
  return result;
}

}  // namespace anser::automata
