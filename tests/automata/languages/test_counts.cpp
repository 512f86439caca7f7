#include <rapidcheck.h>

#include "automata/regex.h"
#include "automata/word_counts.h"
#include "tests/automata/languages/small_dfas.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/support/words.h"

using namespace anser;
using namespace anser::automata;
using tests::contains;
using tests::message_of;

namespace {

BigInteger power(int base, unsigned exponent) {
  return boost::multiprecision::pow(BigInteger(base), exponent);
}

}  // namespace

TEST_CASE("counts equal enumeration up to length 12", "[automata][quick]") {
  const auto words = tests::all_words_up_to(2, 12);
  REQUIRE(rc::check("counts", [&] {
    const Dfa dfa = tests::arbitrary_dfa(2);
    const WordCounts counts(dfa, 12);
    std::vector<std::int64_t> seen(13, 0);
    for (const auto& w : words) seen[w.size()] += accepts(dfa, w) ? 1 : 0;
    for (std::int64_t length = 0; length <= 12; ++length) {
      const auto accepted = seen[static_cast<std::size_t>(length)];
      RC_ASSERT(counts.accepted(length) == accepted);
      RC_ASSERT(counts.rejected(length) == (std::int64_t{1} << length) - accepted);
      RC_ASSERT(counts.density(length) ==
                static_cast<double>(accepted) / static_cast<double>(std::int64_t{1} << length));
    }
  }));
}

TEST_CASE("counts are exact where they pass every machine integer", "[automata][quick]") {
  const WordCounts all(compile_regex("(a|b|c)*"), 1000);
  REQUIRE(all.accepted(1000) == power(3, 1000));
  REQUIRE(all.rejected(1000) == 0);
  REQUIRE(all.density(1000) == 1.0);
  const WordCounts parity(compile_regex("(b|ab*a)*"), 700);
  for (const std::int64_t length : {63, 64, 65, 127, 128, 129, 700})
    REQUIRE(parity.accepted(length) == power(2, static_cast<unsigned>(length - 1)));
  REQUIRE(parity.density(700) == 0.5);
  // No two letters a side by side: Fibonacci numbers.
  const WordCounts sparse(compile_regex("(b|ab)*a?"), 400);
  for (std::int64_t length = 2; length <= 400; ++length)
    REQUIRE(sparse.accepted(length) == sparse.accepted(length - 1) + sparse.accepted(length - 2));
  REQUIRE(sparse.density(400) ==
          Approx(1.1708203932499368 * std::pow(0.80901699437494745, 400)).epsilon(1e-12));
}

TEST_CASE("the lengths of a language are those that have words", "[automata][quick]") {
  const WordCounts counts(compile_regex("(aaa)*b", {.alphabet = {"a", "b"}}), 10);
  REQUIRE(counts.lengths() == std::vector<std::int64_t>{1, 4, 7, 10});
  REQUIRE(counts.lengths(Side::rejected).size() == 11);
  const WordCounts full(compile_regex("a*"), 5);
  REQUIRE(full.lengths(Side::rejected).empty());
}

TEST_CASE("counts that would not fit are refused with the bytes they need", "[automata][quick]") {
  const Dfa dfa = compile_regex("(a|b)*a(a|b){9}");
  REQUIRE(message_of([&] { WordCounts(dfa, 1000000); }) ==
          "automata::WordCounts: numbers of words of lengths 0..1000000 for 1024 states and 2 letters need "
          "64008272008208 bytes, at most 2147483648");
  REQUIRE(contains(message_of([&] { WordCounts(dfa, 100, 1000); }), "at most 1000"));
  REQUIRE(contains(message_of([&] { WordCounts(dfa, -1); }), "max_length is -1"));
  const WordCounts counts(dfa, 5);
  REQUIRE(contains(message_of([&] { (void)counts.accepted(6); }), "length is 6, wanted 0..5"));
  REQUIRE(
      contains(message_of([&] { (void)counts.accepted_from(1024, 1); }), "state is 1024, wanted 0..1023"));
}
