// Random languages of a class that was asked for: `anser language random --class C`.
//
// A recipe makes automata that are likely to have the class (uniform ones seldom leave TC0); each draw is
// minimised, measured and judged, and whatever is not exactly what was asked is drawn again. So the class is
// never a guess: every language that comes out was classified.
//
//     aperiodic     star-free                        order-preserving letter maps; cascades of flip-flops
//     r-trivial     R-trivial                        extensive maps, f(q) >= q
//     j-trivial     J-trivial (piecewise testable)   order-preserving and extensive maps
//     ac0           in AC0, not star-free            order-preserving maps driven by a clock mod m
//     acc0          in ACC0, not in AC0              flip-flops driving Z2, Z3, Z5 by the state before
//     nc1-complete  some group is not solvable       generators of S5 or A5 on 5 states, rest random
//     permutation   every letter permutes            random permutations, whatever class they have
//     uniform       no promise                       all tables alike likely, given the ranges asked
//
// Language `index` is a pure function of (options, rng, index), whatever else is drawn.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "automata/dfa.h"
#include "core/base/rng.h"

namespace anser::automata {

enum class RandomClass { aperiodic, r_trivial, j_trivial, ac0, acc0, nc1_complete, permutation, uniform };

/// "aperiodic", "r-trivial", .. as in the table above.
[[nodiscard]] std::string_view random_class_name(RandomClass c);
/// The inverse; InputError with the nearest name otherwise.
[[nodiscard]] RandomClass parse_random_class(std::string_view name);
[[nodiscard]] std::vector<std::string> random_class_names();

/// lo <= value <= hi.
template <typename T>
struct Interval {
  T lo{};
  T hi{};
  bool contains(T value) const { return lo <= value && value <= hi; }
};

struct RandomClassOptions {
  RandomClass target = RandomClass::uniform;
  /// States of the minimal automaton, sink counted; each size in the range alike likely.
  Interval<State> states = {8, 8};
  Letter num_letters = 2;
  /// Share of accepted words: of length `balance_length`, or in the long run where that is 0.
  std::optional<Interval<double>> balance = {};
  int balance_length = 0;
  /// Smallest rank of a letter in the minimal automaton.
  std::optional<Interval<State>> least_rank = {};
  /// Letters until the states are within 1/4 of their long-run shares (LanguageMeasures::mixing_time).
  std::optional<Interval<int>> mixing_time = {};
  /// Draws for one language before giving up.
  std::int64_t max_draws = 100000;
};

/// What ranges are about, on a minimal automaton.
struct LanguageMeasures {
  double balance = 0;    // share of accepted words, as asked
  State least_rank = 0;  // smallest rank of a letter
  /// Least t for which the distribution of states after t uniform letters is within total variation 1/4 of
  /// the long-run shares; nothing where that takes more than kMaxMixingTime letters (periodic chains: for
  /// ever).
  std::optional<int> mixing_time;
};
inline constexpr int kMaxMixingTime = 10000;
inline constexpr State kMaxRandomStates = 1024;
inline constexpr Letter kMaxRandomLetters = 1024;

/// Measures of a complete automaton; balance in the long run where `length` is 0. O(n^3 + n k mixing time).
[[nodiscard]] LanguageMeasures measure_language(const Dfa& dfa, int length = 0);

/// How many draws were kept and why others were not.
struct DrawCounts {
  std::int64_t draws = 0;
  std::int64_t kept = 0;
  std::int64_t other_size = 0;    // minimal automaton has another number of states
  std::int64_t out_of_range = 0;  // balance, rank or mixing time
  std::int64_t other_class = 0;   // or a class that could not be decided

  double acceptance() const {
    return draws == 0 ? 0.0 : static_cast<double>(kept) / static_cast<double>(draws);
  }
  DrawCounts& operator+=(const DrawCounts& other);
};

struct RandomLanguage {
  Dfa dfa;  // minimal, letters named a, b, ..
  LanguageMeasures measures;
  DrawCounts counts;
};

/// InputError, with the reason, on a request that no language meets (a class that needs more states or
/// letters, contradictory ranges), and when `max_draws` draws held none. Tens of microseconds a draw.
[[nodiscard]] RandomLanguage random_language(const RandomClassOptions& options, const Rng& rng,
                                             std::uint64_t index);

/// Throws the InputError of a request that no language meets.
void check(const RandomClassOptions& options);

/// Whether the language of a minimal automaton has the class; nothing where the class could not be decided
/// within its limits. `uniform` always holds.
[[nodiscard]] std::optional<bool> has_class(const Dfa& minimal, RandomClass target);

}  // namespace anser::automata
