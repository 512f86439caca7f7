#include <rapidcheck.h>

#include <algorithm>

#include "automata/boolean_operations.h"
#include "automata/equivalence.h"
#include "automata/inclusion.h"
#include "automata/minimize.h"
#include "automata/reversal.h"
#include "automata/transition_map.h"
#include "tests/automata/languages/small_dfas.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/support/words.h"

using namespace anser;
using namespace anser::automata;
using tests::arbitrary_dfa;
using tests::contains;
using tests::message_of;
using tests::same_tables;

namespace {

using Word = std::vector<Letter>;

Word reversed(Word word) {
  std::reverse(word.begin(), word.end());
  return word;
}

/// First word (shortest, then in letter order) with the property among those up to `length`.
template <typename Wanted>
std::optional<Word> first_word(int length, const Wanted& wanted) {
  for (const auto& w : tests::all_words_up_to(2, length))
    if (wanted(w)) return w;
  return std::nullopt;
}

}  // namespace

TEST_CASE("Boolean algebra holds for languages, table by table", "[automata][quick]") {
  REQUIRE(rc::check("lattice laws", [] {
    const Dfa x = arbitrary_dfa(2), y = arbitrary_dfa(2), z = arbitrary_dfa(2);
    RC_ASSERT(same_tables(unite(x, y), unite(y, x)));
    RC_ASSERT(same_tables(intersection(x, y), intersection(y, x)));
    RC_ASSERT(same_tables(unite(x, unite(y, z)), unite(unite(x, y), z)));
    RC_ASSERT(same_tables(intersection(x, unite(y, z)), unite(intersection(x, y), intersection(x, z))));
    RC_ASSERT(same_tables(unite(x, intersection(x, y)), minimize(x)));
  }));
  REQUIRE(rc::check("complements and De Morgan", [] {
    const Dfa x = arbitrary_dfa(2), y = arbitrary_dfa(2);
    RC_ASSERT(same_tables(complement(complement(x)), minimize(x)));
    RC_ASSERT(same_tables(complement(unite(x, y)), intersection(complement(x), complement(y))));
    RC_ASSERT(same_tables(difference(x, y), intersection(x, complement(y))));
    RC_ASSERT(same_tables(symmetric_difference(x, y), unite(difference(x, y), difference(y, x))));
    RC_ASSERT_FALSE(find_accepted_word(intersection(x, complement(x))).has_value());
    RC_ASSERT_FALSE(find_rejected_word(unite(x, complement(x))).has_value());
  }));
}

TEST_CASE("reversal twice is minimisation (Brzozowski = Hopcroft), and words are read backwards",
          "[automata][quick]") {
  REQUIRE(rc::check("reversal", [] {
    const Dfa x = arbitrary_dfa(2, 7);
    const Dfa back = reversal(x);
    RC_ASSERT(same_tables(back, minimize(back)));
    RC_ASSERT(same_tables(reversal(back), minimize(x)));
    for (const auto& w : tests::all_words_up_to(2, 6)) RC_ASSERT(accepts(back, w) == accepts(x, reversed(w)));
  }));
}

TEST_CASE("a reversal with too many states is refused with the cap", "[automata][quick]") {
  Dfa tenth_is_a{.num_states = 12,
                 .num_letters = 2,
                 .start = 0,
                 .next = {},
                 .accept = std::vector<std::uint8_t>(12, 0),
                 .letter_names = {"a", "b"}};
  for (State q = 0; q < 12; ++q)
    for (Letter s = 0; s < 2; ++s) tenth_is_a.next.push_back(q < 9 ? q + 1 : q == 9 ? 10 + s : q);
  tenth_is_a.accept[10] = 1;
  REQUIRE(reversal(tenth_is_a).num_states == 1 << 10);
  REQUIRE(contains(message_of([&] { (void)reversal(tenth_is_a, 1023); }), "more than 1023 subsets"));
}

TEST_CASE("the map of a product of words is the product of the maps", "[automata][quick]") {
  REQUIRE(rc::check("homomorphism", [] {
    const Dfa dfa = arbitrary_dfa(3);
    const Moore machine = to_moore(dfa);
    const Word u = tests::arbitrary_word(3), v = tests::arbitrary_word(3);
    Word uv = u;
    uv.insert(uv.end(), v.begin(), v.end());
    RC_ASSERT(word_map(machine, uv) == then(word_map(machine, u), word_map(machine, v)));
    for (State q = 0; q < dfa.num_states; ++q) {
      Dfa from = dfa;
      from.start = q;
      RC_ASSERT(word_map(machine, u)[static_cast<std::size_t>(q)] == run(from, u));
    }
  }));
}

TEST_CASE("all 64 automata of two states and two letters: operations, reversal and witnesses are exact",
          "[automata][quick]") {
  const auto all = tests::all_two_state_dfas();
  REQUIRE(all.size() == 64);
  const auto words = tests::all_words_up_to(2, 6);
  for (const Dfa& x : all) {
    const Dfa back = reversal(x);
    REQUIRE(same_tables(reversal(back), minimize(x)));
    for (const auto& w : words) REQUIRE(accepts(back, w) == accepts(x, reversed(w)));
    REQUIRE(find_accepted_word(x) == first_word(2, [&](const Word& w) { return accepts(x, w); }));
    REQUIRE(find_rejected_word(x) == first_word(2, [&](const Word& w) { return !accepts(x, w); }));
    for (const Dfa& y : all) {
      bool right = true;
      const Dfa both = intersection(x, y), either = unite(x, y), less = difference(x, y);
      const Dfa one = symmetric_difference(x, y);
      for (const auto& w : words) {
        const bool a = accepts(x, w), b = accepts(y, w);
        right = right && accepts(both, w) == (a && b) && accepts(either, w) == (a || b) &&
                accepts(less, w) == (a && !b) && accepts(one, w) == (a != b);
      }
      if (!right) FAIL(print_dfa(x) + print_dfa(y));
      const auto outside = first_word(4, [&](const Word& w) { return accepts(x, w) && !accepts(y, w); });
      if (find_word_outside(x, y) != outside) FAIL(print_dfa(x) + print_dfa(y));
    }
  }
}

TEST_CASE("inclusion brings the first of the shortest words outside", "[automata][quick]") {
  REQUIRE(rc::check("find_word_outside", [] {
    const Dfa x = arbitrary_dfa(2, 4), y = arbitrary_dfa(2, 3);
    RC_ASSERT(find_word_outside(x, y) ==
              first_word(11, [&](const Word& w) { return accepts(x, w) && !accepts(y, w); }));
  }));
}

TEST_CASE("automata of different alphabets are refused, with both named", "[automata][quick]") {
  const Dfa x = tests::all_two_state_dfas()[5];
  Dfa y = x;
  y.letter_names = {"b", "a"};
  for (const auto& message :
       {message_of([&] { (void)intersection(x, y); }), message_of([&] { (void)find_word_outside(x, y); })})
    REQUIRE(contains(message, "the alphabets differ: \"a b\" and \"b a\""));
  REQUIRE(contains(message_of([&] { (void)unite(x, x, 0); }), "max_pairs is 0"));
}

TEST_CASE("products above the cap are refused with the numbers", "[automata][quick]") {
  const auto cycle = [](State n) {
    Dfa dfa{.num_states = n, .num_letters = 1, .start = 0, .next = {}, .accept = {}, .letter_names = {"a"}};
    for (State q = 0; q < n; ++q) {
      dfa.next.push_back((q + 1) % n);
      dfa.accept.push_back(q == 0 ? 1 : 0);
    }
    return dfa;
  };
  REQUIRE(intersection(cycle(7), cycle(11)).num_states == 77);
  REQUIRE(contains(message_of([&] { (void)intersection(cycle(7), cycle(11), 50); }),
                   "automata of 7 and 11 states reach more than 50 pairs"));
}

TEST_CASE("a language over more letters rejects words with the new ones", "[automata][quick]") {
  REQUIRE(rc::check("over_alphabet", [] {
    const Dfa x = arbitrary_dfa(2);
    const Dfa wide = over_alphabet(x, {"b", "c", "a"});
    for (const auto& w : tests::all_words_up_to(3, 5)) {
      Word old;
      bool known = true;
      for (const Letter s : w) {
        known = known && s != 1;
        old.push_back(s == 2 ? 0 : 1);
      }
      RC_ASSERT(accepts(wide, w) == (known && accepts(x, old)));
    }
    RC_ASSERT_FALSE(find_difference(over_alphabet(over_alphabet(x, {"b", "a"}), {"a", "b"}), x).has_value());
  }));
  REQUIRE(contains(message_of([] {
                     (void)over_alphabet(tests::all_two_state_dfas()[0], {"a", "c"});
                   }),
                   "letter \"b\" is not in the alphabet"));
}
