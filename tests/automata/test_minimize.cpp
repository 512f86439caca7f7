#include <map>
#include <set>

#include "automata/equivalence.h"
#include "automata/minimize.h"
#include "automata/permutation_group.h"
#include "automata/random_dfa.h"
#include "automata/transition_map.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/support/words.h"

using namespace anser;
using namespace anser::automata;

namespace {

/// All complete automata of n states and k letters, start 0.
std::vector<Dfa> all_dfas(State n, Letter k) {
  std::vector<Dfa> result;
  Dfa dfa = random_dfa({.num_states = n, .num_letters = k}, Rng(0));
  const auto cells = static_cast<std::size_t>(n * k);
  std::size_t tables = 1;
  for (std::size_t i = 0; i < cells; ++i) tables *= static_cast<std::size_t>(n);
  for (std::size_t table = 0; table < tables; ++table)
    for (unsigned accept = 0; accept < 1U << n; ++accept) {
      for (std::size_t i = 0, rest = table; i < cells; ++i, rest /= static_cast<std::size_t>(n))
        dfa.next[i] = static_cast<State>(rest % static_cast<std::size_t>(n));
      for (State q = 0; q < n; ++q) dfa.accept[static_cast<std::size_t>(q)] = (accept >> q) & 1U;
      result.push_back(dfa);
    }
  return result;
}

/// Answers on all words up to `length`: equal rows mean the same language for automata with n + m <= length +
/// 2 states.
std::vector<bool> answers(const Dfa& dfa, int length) {
  std::vector<bool> row;
  for (const auto& word : tests::all_words_up_to(dfa.num_letters, length)) row.push_back(accepts(dfa, word));
  return row;
}

bool same_tables(const Dfa& x, const Dfa& y) {
  return x.num_states == y.num_states && x.next == y.next && x.accept == y.accept && x.start == y.start;
}

}  // namespace

TEST_CASE("minimize keeps the language, word by word", "[automata][quick]") {
  const auto seed = GENERATE(range(0, 50));
  const Dfa dfa = random_dfa({.num_states = 6, .num_letters = 2}, Rng(static_cast<std::uint64_t>(seed)));
  const Dfa small = minimize(dfa);
  CAPTURE(seed, small.num_states);
  REQUIRE(small.num_states <= dfa.num_states);
  // Automata with n and m states differ, if at all, on a word of at most n + m - 2 letters.
  for (const auto& w : tests::all_words_up_to(2, 10)) REQUIRE(accepts(dfa, w) == accepts(small, w));
}

TEST_CASE("two automata have the same language exactly when their minimal forms are equal tables",
          "[automata][quick]") {
  const auto [n, k] = GENERATE(table<State, Letter>({{1, 1}, {1, 3}, {2, 1}, {2, 2}, {3, 1}}));
  const auto all = all_dfas(n, k);
  std::map<std::vector<bool>, Dfa> canonical;
  for (const Dfa& dfa : all) {
    const Dfa small = minimize(dfa);
    const auto [at, fresh] = canonical.emplace(answers(dfa, 2 * n), small);
    if (!fresh && !same_tables(at->second, small)) FAIL("two minimal forms of one language");
  }
  std::set<std::string> forms;
  for (const auto& [row, small] : canonical) forms.insert(print_dfa(small));
  REQUIRE(forms.size() == canonical.size());
}

TEST_CASE("a minimal form is its own minimal form and as small as the number of residuals",
          "[automata][quick]") {
  const auto seed = GENERATE(range(0, 30));
  const Dfa small =
      minimize(random_dfa({.num_states = 8, .num_letters = 3}, Rng(static_cast<std::uint64_t>(seed))));
  REQUIRE(same_tables(minimize(small), small));
  // Every two states are told apart by a word: restart the automaton in each and compare.
  for (State p = 0; p < small.num_states; ++p)
    for (State q = 0; q < p; ++q) {
      Dfa from_p = small, from_q = small;
      from_p.start = p;
      from_q.start = q;
      REQUIRE(find_difference(from_p, from_q).has_value());
    }
}

TEST_CASE("the separating word separates and none shorter does", "[automata][quick]") {
  const auto seed = GENERATE(range(0, 40));
  const Rng rng(static_cast<std::uint64_t>(seed));
  const Dfa x = random_dfa({.num_states = 4, .num_letters = 2}, rng.split("x"));
  const Dfa y = random_dfa({.num_states = 3, .num_letters = 2}, rng.split("y"));
  const auto word = find_difference(x, y);
  for (const auto& w : tests::all_words_up_to(2, 7)) {
    if (accepts(x, w) == accepts(y, w)) continue;
    REQUIRE(word.has_value());
    REQUIRE(*word == w);  // words come shortest first, then in letter order
    return;
  }
  REQUIRE_FALSE(word.has_value());
}

TEST_CASE("renaming states leaves the minimal form as it is", "[automata][quick]") {
  const auto seed = GENERATE(range(0, 20));
  Rng rng(static_cast<std::uint64_t>(seed));
  const Dfa dfa = random_dfa({.num_states = 9, .num_letters = 2}, rng);
  TransitionMap name = identity_map(9);
  rng.shuffle(std::span(name));
  Dfa renamed = dfa;
  renamed.start = name[static_cast<std::size_t>(dfa.start)];
  for (State q = 0; q < 9; ++q) {
    const auto to = static_cast<std::size_t>(name[static_cast<std::size_t>(q)]);
    renamed.accept[to] = dfa.accept[static_cast<std::size_t>(q)];
    for (Letter s = 0; s < 2; ++s)
      renamed.next[to * 2 + static_cast<std::size_t>(s)] = name[static_cast<std::size_t>(dfa.step(q, s))];
  }
  REQUIRE_FALSE(find_difference(dfa, renamed).has_value());
  REQUIRE(same_tables(minimize(dfa), minimize(renamed)));
}

TEST_CASE("a long chain keeps all its states and machines of different alphabets are not compared",
          "[automata][quick]") {
  constexpr State kLength = 300;  // as many refinement rounds as states
  Dfa chain{
      .num_states = kLength, .num_letters = 1, .start = 0, .next = {}, .accept = {}, .letter_names = {"a"}};
  for (State q = 0; q < kLength; ++q) {
    chain.next.push_back(std::min(q + 1, kLength - 1));
    chain.accept.push_back(q == kLength - 1 ? 1 : 0);
  }
  REQUIRE(minimize(chain).num_states == kLength);
  const Dfa two = random_dfa({.num_states = 2, .num_letters = 2}, Rng(0));
  REQUIRE(
      tests::contains(tests::message_of([&] { (void)find_difference(chain, two); }), "alphabets of 1 and 2"));
}
