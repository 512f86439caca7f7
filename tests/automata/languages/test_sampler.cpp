#include <rapidcheck.h>

#include <map>

#include "automata/random_dfa.h"
#include "automata/regex.h"
#include "automata/word_sampler.h"
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

/// Draws words of one length and counts each word of the side; false where a word of the other side comes.
bool uniform(const Dfa& dfa, Side side, int length, std::int64_t draws, std::uint64_t seed) {
  const WordSampler sampler(dfa, length, side);
  std::map<std::vector<Letter>, std::size_t> place;
  for (const auto& w : tests::all_words_up_to(dfa.num_letters, length))
    if (static_cast<int>(w.size()) == length && accepts(dfa, w) == (side == Side::accepted))
      place.emplace(w, place.size());
  std::vector<std::int64_t> counts(place.size(), 0);
  Rng rng(seed);
  for (std::int64_t i = 0; i < draws; ++i) {
    const auto at = place.find(sampler.sample(rng, length));
    if (at == place.end()) return false;
    ++counts[at->second];
  }
  CAPTURE(tests::chi_square(counts), counts.size());
  return counts.size() < 2 ||
         tests::chi_square(counts) < tests::chi_square_limit(static_cast<double>(counts.size() - 1));
}

/// The definition: a real number whose bits come from the stream, 16 for a letter (four letters a draw of
/// 64), more while the interval they leave reaches over a border; the letter whose share of [0, 1) holds the
/// interval.
std::vector<Letter> reference_sample(const Dfa& dfa, const WordCounts& counts, Rng& rng,
                                     std::int64_t length) {
  std::vector<Letter> word;
  State q = dfa.start;
  std::uint64_t bits = 0;
  for (std::int64_t rest = length; rest > 0; --rest) {
    if (word.size() % 4 == 0) bits = rng.next_u64();
    BigInteger low = bits & 0xffff, scale = 1 << 16;  // the number lies in [low, low + 1) / scale
    bits >>= 16;
    for (bool decided = false; !decided;) {
      BigInteger sum = 0;
      for (Letter s = 0; s < dfa.num_letters && !decided; ++s) {
        const BigInteger from = sum * scale;
        sum += counts.accepted_from(dfa.step(q, s), rest - 1);
        const BigInteger all = counts.accepted_from(q, rest);
        decided = from <= low * all && (low + 1) * all <= sum * scale;
        if (decided) word.push_back(s);
      }
      if (decided) break;
      low = (low << 64) + rng.next_u64();
      scale <<= 64;
    }
    q = dfa.step(q, word.back());
  }
  return word;
}

}  // namespace

TEST_CASE("every word is the one that exact arithmetic on the same bits gives", "[automata][quick]") {
  std::vector<Dfa> languages = {compile_regex("(b|ab)*a?"), compile_regex("a(a|b)*|ba*"),
                                compile_regex("(a|b|c|d|e|f|g)*a{3}[^a]*"), compile_regex("a*b*c*d*")};
  for (std::uint64_t seed = 0; seed < 30; ++seed)
    languages.push_back(
        random_dfa({.num_states = 7, .num_letters = static_cast<Letter>(1 + seed * seed % 37)}, Rng(seed)));
  Rng rng(17), same(17);
  for (const Dfa& dfa : languages)
    for (const std::int64_t length : {1, 2, 7, 20, 65}) {
      const WordSampler sampler(dfa, length);
      if (!sampler.has_length(length)) continue;
      CAPTURE(print_dfa(dfa), length);
      for (int i = 0; i < 30; ++i)
        REQUIRE(sampler.sample(rng, length) == reference_sample(dfa, sampler.counts(), same, length));
      REQUIRE(rng.position() == same.position());
    }
}

TEST_CASE("words are uniform among all of their length, by chi-square at 10^-6", "[automata][quick]") {
  REQUIRE(uniform(compile_regex("(b|ab)*a?"), Side::accepted, 8, 100000, 1));
  REQUIRE(uniform(compile_regex("(b|ab)*a?"), Side::rejected, 8, 100000, 2));
  REQUIRE(uniform(compile_regex("(a|b|c)*abc(a|b|c)*"), Side::accepted, 6, 100000, 3));
  REQUIRE(uniform(compile_regex("(b|ab*ab*a)*"), Side::accepted, 9, 100000, 4));
  REQUIRE(uniform(compile_regex("a*", {.alphabet = {"a", "b", "c"}}), Side::rejected, 5, 100000, 5));
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const Dfa dfa =
        random_dfa({.num_states = 6, .num_letters = static_cast<Letter>(2 + seed % 3)}, Rng(seed));
    for (const Side side : {Side::accepted, Side::rejected})
      if (WordSampler(dfa, 5, side).has_length(5)) REQUIRE(uniform(dfa, side, 5, 40000, seed));
  }
}

TEST_CASE("alphabets above 32 letters are drawn by halving, just as uniformly", "[automata][quick]") {
  Dfa dfa = random_dfa({.num_states = 3, .num_letters = 40}, Rng(3));
  dfa.accept = {1, 0, 1};
  REQUIRE(uniform(dfa, Side::accepted, 2, 300000, 1));
  REQUIRE(uniform(dfa, Side::rejected, 2, 300000, 2));
}

TEST_CASE("one word among very many others is found: probabilities below 2^-16 are exact",
          "[automata][quick]") {
  // Words that begin with b are few beside those that begin with a: b aaa...a against 2^17 words a...
  const Dfa dfa = compile_regex("a(a|b)*|ba*");
  const WordSampler sampler(dfa, 18);
  REQUIRE(sampler.counts().accepted(18) == (1 << 17) + 1);
  Rng rng(11);
  std::int64_t rare = 0;
  constexpr std::int64_t kDraws = 1 << 22;
  std::vector<Letter> word(18);
  for (std::int64_t i = 0; i < kDraws; ++i) {
    sampler.sample(rng, word);
    rare += word[0] == 1 ? 1 : 0;
  }
  REQUIRE(rare > 5);  // 32 expected; Poisson tails at 10^-6 are 9 and 63
  REQUIRE(rare < 70);
  // The only word of a language is always drawn, however long.
  const WordSampler one(compile_regex("a{300}b{200}"), 500);
  const auto only = one.sample(rng, 500);
  REQUIRE(std::count(only.begin(), only.begin() + 300, 0) == 300);
  REQUIRE(std::count(only.begin() + 300, only.end(), 1) == 200);
}

TEST_CASE("long words: letters at each place have the shares that counting gives", "[automata][quick]") {
  const Dfa dfa = compile_regex("(b|ab)*a?");
  constexpr std::int64_t kLength = 500;
  const WordSampler sampler(dfa, kLength);
  std::vector<std::int64_t> letters(2, 0);
  Rng rng(5);
  std::vector<Letter> word(kLength);
  for (int i = 0; i < 4000; ++i) {
    sampler.sample(rng, word);
    REQUIRE(accepts(dfa, word));
    ++letters[static_cast<std::size_t>(word[250])];
  }
  // Far from the ends a letter is a with probability 1 / (phi^2 + 1) = 0.27639.
  const double share = static_cast<double>(letters[0]) / 4000;
  REQUIRE(share == Approx(0.2763932).margin(4.9 * std::sqrt(0.2763932 * 0.7236068 / 4000)));
}

TEST_CASE("a sample is a function of the stream's key and position", "[automata][quick]") {
  const WordSampler sampler(compile_regex("(b|ab)*a?"), 64);
  Rng x(9), y(9);
  const auto first = sampler.sample(x, 64);
  REQUIRE(first == sampler.sample(y, 64));
  REQUIRE(first != sampler.sample(x, 64));
  const WordSampler longer(compile_regex("(b|ab)*a?"), 80);
  Rng z(9);
  REQUIRE(first == longer.sample(z, 64));  // nor does the longest length matter
}

TEST_CASE("what sampler and every drawn word promise, for arbitrary automata", "[automata][quick]") {
  REQUIRE(rc::check("sampler", [] {
    const Dfa dfa = tests::arbitrary_dfa(*rc::gen::inRange<Letter>(1, 4));
    const Side side = *rc::gen::element(Side::accepted, Side::rejected);
    const WordSampler sampler(dfa, 20, side);
    Rng rng(*rc::gen::arbitrary<std::uint64_t>());
    for (const std::int64_t length : WordCounts(dfa, 20).lengths(side)) {
      RC_ASSERT(sampler.has_length(length));
      RC_ASSERT(accepts(dfa, sampler.sample(rng, length)) == (side == Side::accepted));
    }
  }));
}

TEST_CASE("lengths without words and sizes that do not fit are refused", "[automata][quick]") {
  const WordSampler sampler(compile_regex("(aa)*"), 9);
  Rng rng(0);
  REQUIRE(sampler.sample(rng, 0).empty());
  REQUIRE(sampler.has_length(8));
  REQUIRE_FALSE(sampler.has_length(9));
  REQUIRE_FALSE(sampler.has_length(10));
  REQUIRE_FALSE(sampler.has_length(-1));
  REQUIRE(message_of([&] { (void)sampler.sample(rng, 9); }) ==
          "automata::WordSampler: the language has no word of length 9");
  REQUIRE(contains(message_of([&] { (void)sampler.sample(rng, 10); }), "length is 10, wanted 0..9"));
  REQUIRE(contains(message_of([&] { (void)sampler.sample(rng, -1); }), "length is -1"));
  const Dfa wide = random_dfa({.num_states = 100, .num_letters = 1000}, Rng(0));
  REQUIRE(
      contains(message_of([&] { WordSampler(wide, 1000, Side::accepted, 100'000'000); }),
               "thresholds for words up to length 1000, 100 states and 1000 letters need 200000000 bytes"));
}
