// Test suites that tell a minimal machine from every other one with at most d more states.
//
//     P  state cover: the shortest word to each state                P' = P with one more letter
//     W  characterisation set: for states p != q some w in W has label(p.w) != label(q.w)
//     W_q within W: tells q from every other state
//     W-method   (P + P') . Sigma^<=d . W                                         (Chow 1978; Vasilevskii
//     1973) Wp-method  P . Sigma^<=d . W,  then each word u of (P' - P) . Sigma^<=d with W_(q0.u)   (Fujiwara
//     1991)
//
// The label after the whole word is compared. An implementation with at most n + d states and the same labels
// on all words of a suite answers alike on every word. Comparing at every prefix finds no less, and then the
// words that are prefixes of others can go (maximal_words). Suites grow as k^d: sizes are known beforehand.
#pragma once

#include <cstdint>
#include <vector>

#include "automata/big_integer.h"
#include "automata/moore.h"
#include "core/base/rng.h"

namespace anser::automata {

using Word = std::vector<Letter>;

/// What the methods need of a machine. Words by length, then in letter order.
struct ConformanceSets {
  std::vector<Word> state_cover;       // [num_states], word to that state
  std::vector<Word> transition_cover;  // state cover and each of its words with one more letter, each once
  std::vector<Word> characterisation;  // W; holds the empty word
  std::vector<std::vector<Word>> identification;  // [num_states], W_q
};

/// Shortest word, first in letter order, to each state. InputError where a state is out of reach. O(n * k).
[[nodiscard]] std::vector<Word> state_cover(const Moore& machine);
/// InputError as above. At most 1 + n * k words.
[[nodiscard]] std::vector<Word> transition_cover(const Moore& machine);
/// Greedy over suffixes by length; at most n words, the empty word first. InputError where two states answer
/// alike (the machine is not minimal). O(n * k * |W|).
[[nodiscard]] std::vector<Word> characterisation_set(const Moore& machine);
/// A part of characterisation_set for each state. O(n^2 * |W|).
[[nodiscard]] std::vector<std::vector<Word>> identification_sets(const Moore& machine);
/// All of it. InputError unless the machine is minimal (automata/minimize.h).
[[nodiscard]] ConformanceSets conformance_sets(const Moore& machine);

struct SuiteOptions {
  /// d >= 0: the implementation may have that many states more than the machine.
  int extra_states = 0;
  /// Refused above, before allocating: letters in all words of the suite together.
  std::uint64_t max_letters = 100'000'000;
};

/// Words and letters of a suite, no less than there will be (words found twice are counted twice).
struct SuiteSize {
  BigInteger words;
  BigInteger letters;
};

/// InputError unless extra_states is in 0..1000.
[[nodiscard]] SuiteSize w_suite_size(const Moore& machine, const ConformanceSets& sets, int extra_states);
[[nodiscard]] SuiteSize wp_suite_size(const Moore& machine, const ConformanceSets& sets, int extra_states);

/// Words by length, then in letter order, each once. InputError naming the size needed above max_letters, and
/// unless the machine is minimal.
[[nodiscard]] std::vector<Word> w_suite(const Moore& machine, const SuiteOptions& options = {});
[[nodiscard]] std::vector<Word> wp_suite(const Moore& machine, const SuiteOptions& options = {});

/// The words that are no proper prefix of another, each once: enough where every prefix is compared.
[[nodiscard]] std::vector<Word> maximal_words(std::vector<Word> words);

struct RandomWpOptions {
  /// Letters of the middle part: at least, and how many more on average (geometric).
  int min_middle = 0;
  double mean_extra_middle = 8;
};

/// Word number `index` of the endless random-Wp suite: a word of the state cover, random letters, and, each
/// with probability 1/2, a word of W or of W_q of the state reached. A pure function of its arguments.
[[nodiscard]] Word random_wp_word(const Moore& machine, const ConformanceSets& sets,
                                  const RandomWpOptions& options, const Rng& rng, std::uint64_t index);

}  // namespace anser::automata
