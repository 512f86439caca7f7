#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>

#include "automata/near_miss.h"
#include "automata/regex.h"
#include "tests/automata/languages/chi_square.h"
#include "tests/automata/languages/small_dfas.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/support/words.h"

using namespace anser;
using namespace anser::automata;
using tests::contains;
using tests::message_of;

namespace {

using Word = std::vector<Letter>;

/// Levenshtein's distance, from the definition.
std::int64_t edit_distance(const Word& x, const Word& y) {
  std::vector<std::vector<std::int64_t>> d(x.size() + 1, std::vector<std::int64_t>(y.size() + 1));
  for (std::size_t i = 0; i <= x.size(); ++i)
    for (std::size_t j = 0; j <= y.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = static_cast<std::int64_t>(i + j);
        continue;
      }
      d[i][j] =
          std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (x[i - 1] == y[j - 1] ? 0 : 1)});
    }
  return d[x.size()][y.size()];
}

}  // namespace

TEST_CASE("crossing edits give every word at distance 1 across the border, once", "[automata][quick]") {
  REQUIRE(rc::check("crossing_edits", [] {
    const Letter k = *rc::gen::inRange<Letter>(1, 4);
    const Dfa dfa = tests::arbitrary_dfa(k);
    const Word word = *rc::gen::resize(4, rc::gen::container<Word>(rc::gen::inRange<Letter>(0, k)));
    std::set<Word> wanted;
    for (const auto& other : tests::all_words_up_to(k, static_cast<int>(word.size()) + 1))
      if (edit_distance(word, other) == 1 && accepts(dfa, other) != accepts(dfa, word)) wanted.insert(other);
    const auto edits = crossing_edits(dfa, word);
    std::set<Word> found;
    for (const auto& edit : edits) found.insert(apply_edit(edit, word));
    RC_ASSERT(found == wanted);
    RC_ASSERT(found.size() == edits.size());
    Rng rng(1);
    const auto miss = near_miss(dfa, word, rng);
    RC_ASSERT(miss.has_value() == !wanted.empty());
    if (miss) RC_ASSERT(wanted.contains(*miss));
  }));
}

TEST_CASE("near misses are uniform among the neighbours across the border", "[automata][quick]") {
  const Dfa dfa = compile_regex("(b|ab)*a?");
  const Word word = {1, 0, 1, 1, 0, 1};
  std::map<Word, std::size_t> place;
  for (const auto& edit : crossing_edits(dfa, word)) place.emplace(apply_edit(edit, word), place.size());
  REQUIRE(place.size() > 3);
  std::vector<std::int64_t> counts(place.size(), 0);
  Rng rng(4);
  for (int i = 0; i < 20000; ++i) ++counts[place.at(*near_miss(dfa, word, rng))];
  REQUIRE(tests::chi_square(counts) < tests::chi_square_limit(static_cast<double>(counts.size() - 1)));
}

TEST_CASE("parity: every change of an a crosses; a full language has no border", "[automata][quick]") {
  const Dfa parity = compile_regex("(b|ab*a)*");
  const Word word = {0, 1, 0};
  REQUIRE(crossing_edits(parity, word).size() ==
          3 + 2 + 2);  // substitutions, removals of an a, new words with one a more
  Rng rng(0);
  const Dfa all = compile_regex("(a|b)*");
  REQUIRE_FALSE(near_miss(all, word, rng).has_value());
  REQUIRE_FALSE(near_miss(all, {}, rng).has_value());
  REQUIRE(crossing_edits(parity, {}) ==
          std::vector<Edit>{{.kind = Edit::Kind::insert, .position = 0, .letter = 0}});
}

TEST_CASE("the distance to a language is the least over its words", "[automata][quick]") {
  const auto words = tests::all_words_up_to(2, 7);
  REQUIRE(rc::check("edit_distance_to_language", [&] {
    const Dfa dfa = tests::arbitrary_dfa(2, 4);
    const Word word = *rc::gen::resize(3, rc::gen::container<Word>(rc::gen::inRange<Letter>(0, 2)));
    // A nearest word has at most |word| + n letters.
    std::optional<std::int64_t> best;
    for (const auto& other : words)
      if (accepts(dfa, other)) {
        const std::int64_t d = edit_distance(word, other);
        if (!best || d < *best) best = d;
      }
    RC_ASSERT(edit_distance_to_language(dfa, word) == best);
  }));
  REQUIRE(edit_distance_to_language(compile_regex("b{5}", {.alphabet = {"a", "b"}}), Word{0, 1, 0}) == 4);
}

TEST_CASE("perturbing makes a geometric number of edits within the range of lengths", "[automata][quick]") {
  const Word word(20, 0);
  Rng rng(2);
  std::int64_t one_edit = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const Word other = perturb(word, {.num_letters = 2, .min_length = 0, .max_length = 40}, rng);
    const std::int64_t d = edit_distance(word, other);
    REQUIRE(d <= 64);
    one_edit += d == 1 ? 1 : 0;
  }
  REQUIRE(one_edit > kDraws / 2);  // K = 1 alone gives a half
  for (int i = 0; i < 2000; ++i) {
    const Word other = perturb(Word{0, 1, 0}, {.num_letters = 3, .min_length = 3, .max_length = 3}, rng);
    REQUIRE(other.size() == 3);
    const Word from_nothing = perturb(Word{}, {.num_letters = 1, .min_length = 0, .max_length = 2}, rng);
    REQUIRE(from_nothing.size() <= 2);
  }
}

TEST_CASE("a perturbed negative lies outside the language, or there is none", "[automata][quick]") {
  const Dfa dfa = compile_regex("(ab)*");
  Rng rng(3);
  for (int i = 0; i < 200; ++i) {
    const auto word = perturbed_negative(dfa, Word{0, 1, 0, 1}, 0, 10, rng);
    REQUIRE(word.has_value());
    REQUIRE_FALSE(accepts(dfa, *word));
    REQUIRE(word->size() <= 10);
  }
  REQUIRE_FALSE(perturbed_negative(compile_regex("(a|b)*"), Word{0}, 0, 5, rng).has_value());
}

TEST_CASE("edits outside the word and words outside the alphabet are refused", "[automata][quick]") {
  const Dfa dfa = compile_regex("(ab)*");
  Rng rng(0);
  REQUIRE(contains(message_of([] {
                     (void)apply_edit({.kind = Edit::Kind::remove, .position = 2}, Word{0, 1});
                   }),
                   "position 2 of a word of 2 letters"));
  REQUIRE_NOTHROW(apply_edit({.kind = Edit::Kind::insert, .position = 2}, Word{0, 1}));
  REQUIRE(contains(message_of([&] { (void)crossing_edits(dfa, Word{0, 2}); }), "letter 2 is not in 0..1"));
  REQUIRE(contains(message_of([&] { (void)edit_distance_to_language(dfa, Word{-1}); }),
                   "letter -1 is not in 0..1"));
  REQUIRE(contains(message_of([&] { (void)perturb(Word{}, {.num_letters = 0}, rng); }), "num_letters"));
  REQUIRE(contains(
      message_of([&] { (void)perturb(Word{}, {.num_letters = 2, .min_length = 3, .max_length = 1}, rng); }),
      "lengths 3..1"));
  REQUIRE(
      contains(message_of([&] { (void)perturb(Word{}, {.num_letters = 2}, rng); }), "no edit is allowed"));
}
