#include <rapidcheck.h>

#include "automata/equivalence.h"
#include "automata/minimize.h"
#include "automata/nfa.h"
#include "tests/automata/languages/small_dfas.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/support/words.h"

using namespace anser;
using namespace anser::automata;
using tests::contains;
using tests::message_of;

namespace {

/// Words over {a, b} whose k-th letter from the end is a.
Nfa kth_from_end(State k) {
  Nfa nfa{.num_states = k + 1,
          .num_letters = 2,
          .starts = {0},
          .arcs = {{0, 0, 0}, {0, 1, 0}, {0, 0, 1}},
          .accept = std::vector<std::uint8_t>(static_cast<std::size_t>(k + 1), 0),
          .letter_names = {"a", "b"}};
  for (State q = 1; q < k; ++q)
    for (Letter s = 0; s < 2; ++s) nfa.arcs.push_back({q, s, q + 1});
  nfa.accept.back() = 1;
  return nfa;
}

/// The same language with states that nothing reaches, so that subsets take more words, or lists.
Nfa padded(Nfa nfa, State num_states) {
  nfa.num_states = num_states;
  nfa.accept.resize(static_cast<std::size_t>(num_states), 1);
  return nfa;
}

/// Arbitrary arcs, epsilon among them.
Nfa arbitrary_nfa(Letter num_letters) {
  const State n = *rc::gen::inRange<State>(1, 7);
  Nfa nfa{.num_states = n,
          .num_letters = num_letters,
          .starts = *rc::gen::container<std::vector<State>>(rc::gen::inRange<State>(0, n)),
          .arcs = {},
          .accept = *rc::gen::container<std::vector<std::uint8_t>>(static_cast<std::size_t>(n),
                                                                   rc::gen::inRange<std::uint8_t>(0, 2)),
          .letter_names = default_letter_names(num_letters)};
  const int arcs = *rc::gen::inRange(0, 15);
  for (int i = 0; i < arcs; ++i)
    nfa.arcs.push_back({*rc::gen::inRange<State>(0, n), *rc::gen::inRange<Letter>(-1, num_letters),
                        *rc::gen::inRange<State>(0, n)});
  return nfa;
}

}  // namespace

TEST_CASE("the subset construction keeps the language, word by word", "[automata][quick]") {
  REQUIRE(rc::check("accepts(nfa, w) == accepts(determinise(nfa), w)", [] {
    const Nfa nfa = arbitrary_nfa(2);
    const Dfa dfa = determinise(nfa);
    for (const auto& w : tests::all_words_up_to(2, 6)) RC_ASSERT(accepts(nfa, w) == accepts(dfa, w));
  }));
}

TEST_CASE("the subset construction does not depend on how subsets are kept", "[automata][quick]") {
  REQUIRE(rc::check("one word, several words, lists", [] {
    const Nfa nfa = arbitrary_nfa(*rc::gen::inRange<Letter>(1, 4));
    const Dfa dfa = determinise(nfa);
    for (const State n : {64, 65, 130, 2048, 2049})
      RC_ASSERT(tests::same_tables(determinise(padded(nfa, n)), dfa));
  }));
}

TEST_CASE("a letter k places from the end needs 2^k states, all of them told apart", "[automata][quick]") {
  for (State k = 1; k <= 10; ++k) {
    const Dfa dfa = determinise(kth_from_end(k));
    REQUIRE(dfa.num_states == (1 << k));
    REQUIRE(minimize(dfa).num_states == dfa.num_states);
    REQUIRE(tests::same_tables(minimize(dfa), dfa));  // numbered in canonical order already
  }
  REQUIRE(determinise(kth_from_end(17)).num_states == 1 << 17);
}

TEST_CASE("narrow tables and wide ones give the same subsets", "[automata][quick]") {
  // With 300 letters and 700 states the table of successors looks at fewer bits at once.
  Nfa nfa = padded(kth_from_end(6), 700);
  nfa.num_letters = 300;
  nfa.letter_names = default_letter_names(300);
  const Dfa wide = determinise(nfa);
  const Dfa narrow = determinise(kth_from_end(6));
  REQUIRE(wide.num_states == narrow.num_states + 1);  // letters that no arc reads lead to the empty set
  for (const auto& w : tests::all_words_up_to(2, 8)) REQUIRE(accepts(wide, w) == accepts(narrow, w));
}

TEST_CASE("an automaton without starts, arcs or accepting states has no words", "[automata][quick]") {
  Nfa nfa{.num_states = 1, .num_letters = 1, .starts = {}, .arcs = {}, .accept = {1}, .letter_names = {"a"}};
  Dfa dfa = determinise(nfa);
  REQUIRE(dfa.num_states == 1);
  REQUIRE(dfa.accept == std::vector<std::uint8_t>{0});
  nfa.starts = {0, 0};
  dfa = determinise(nfa);
  REQUIRE(dfa.num_states == 2);
  REQUIRE(accepts(dfa, {}));
}

TEST_CASE("too many subsets are refused with the cap and the number reached", "[automata][quick]") {
  const std::string message = message_of([] { (void)determinise(kth_from_end(12), 1000); });
  REQUIRE(message ==
          "automata::determinise: an automaton of 13 states reaches more than 1000 subsets (1002 when it was "
          "stopped)");
  REQUIRE_NOTHROW(determinise(kth_from_end(9), 512));
  REQUIRE(contains(message_of([] { (void)determinise(kth_from_end(2), 0); }), "wanted 1.."));
}

TEST_CASE("a broken Nfa is refused", "[automata][quick]") {
  const Nfa good = kth_from_end(2);
  const auto message = [&](auto change) {
    Nfa nfa = good;
    change(nfa);
    return message_of([&] { (void)determinise(nfa); });
  };
  REQUIRE(contains(message([](Nfa& n) { n.num_states = 0; }), "at least 1 state"));
  REQUIRE(contains(message([](Nfa& n) { n.num_letters = 0; }), "at least 1 letter"));
  REQUIRE(contains(message([](Nfa& n) { n.letter_names.pop_back(); }), "1 names for 2 letters"));
  REQUIRE(contains(message([](Nfa& n) { n.accept.pop_back(); }), "2 accept bits for 3 states"));
  REQUIRE(contains(message([](Nfa& n) { n.starts = {3}; }), "start state 3 is not in 0..2"));
  REQUIRE(contains(message([](Nfa& n) { n.arcs[0].to = -1; }), "goes from 0 to -1"));
  REQUIRE(contains(message([](Nfa& n) { n.arcs[0].letter = 2; }), "reads letter 2"));
}

TEST_CASE("reversing twice gives the same arcs, and a Dfa as Nfa determinises to its reachable part",
          "[automata][quick]") {
  REQUIRE(rc::check("to_nfa, reverse", [] {
    const Dfa dfa = tests::arbitrary_dfa(2);
    RC_ASSERT_FALSE(find_difference(determinise(to_nfa(dfa)), dfa).has_value());
    RC_ASSERT_FALSE(find_difference(determinise(reverse(reverse(to_nfa(dfa)))), dfa).has_value());
  }));
}
