#include <numeric>

#include "automata/dfa_graph.h"
#include "automata/random_dfa.h"
#include "automata/random_walk.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/support/words.h"

using namespace anser;
using namespace anser::automata;

namespace {

Moore make_moore(State n, Letter k, std::vector<State> next) {
  Moore m{.num_states = n,
          .num_letters = k,
          .num_labels = n,
          .start = 0,
          .next = std::move(next),
          .label = {},
          .letter_names = {},
          .label_names = {}};
  for (State q = 0; q < n; ++q) {
    m.label.push_back(q);
    m.label_names.push_back(fmt::format("{}", q));
  }
  for (Letter s = 0; s < k; ++s) m.letter_names.push_back(fmt::format("{}", s));
  return m;
}

/// reaches[p][q] by repeated relaxation.
std::vector<std::vector<bool>> closure(const Moore& m) {
  const auto n = static_cast<std::size_t>(m.num_states);
  std::vector<std::vector<bool>> reaches(n, std::vector<bool>(n, false));
  for (std::size_t p = 0; p < n; ++p) {
    reaches[p][p] = true;
    for (std::size_t round = 0; round < n; ++round)
      for (std::size_t q = 0; q < n; ++q)
        for (Letter s = 0; reaches[p][q] && s < m.num_letters; ++s)
          reaches[p][static_cast<std::size_t>(m.step(static_cast<State>(q), s))] = true;
  }
  return reaches;
}

}  // namespace

TEST_CASE("the distribution after t letters counts the words of length t", "[automata][quick]") {
  const auto seed = GENERATE(range(0, 10));
  const Moore m =
      to_moore(random_dfa({.num_states = 5, .num_letters = 3}, Rng(static_cast<std::uint64_t>(seed))));
  std::vector<double> count(5, 0.0);
  for (const auto& word : tests::all_words_up_to(3, 6)) {
    if (word.size() != 6) continue;
    State q = m.start;
    for (const Letter s : word) q = m.step(q, s);
    count[static_cast<std::size_t>(q)] += 1.0 / 729;
  }
  const auto p = distribution_after(m, 6);
  for (std::size_t q = 0; q < 5; ++q) REQUIRE(p[q] == Approx(count[q]).margin(1e-14));
}

TEST_CASE("the long-run distribution is stationary and agrees with a long average", "[automata][quick]") {
  const auto seed = GENERATE(range(0, 25));
  const Moore m =
      to_moore(random_dfa({.num_states = 7, .num_letters = 2}, Rng(static_cast<std::uint64_t>(seed))));
  const auto p = long_run_distribution(m);
  const auto next = step(m, p);
  StateDistribution mean(7, 0.0), now = distribution_after(m, 0);
  constexpr int kLength = 20000;
  for (int t = 0; t < kLength; ++t) {
    for (std::size_t q = 0; q < 7; ++q) mean[q] += now[q] / kLength;
    now = step(m, now);
  }
  CAPTURE(seed);
  REQUIRE(std::accumulate(p.begin(), p.end(), 0.0) == Approx(1.0).margin(1e-13));
  for (std::size_t q = 0; q < 7; ++q) {
    REQUIRE(next[q] == Approx(p[q]).margin(1e-13));
    REQUIRE(mean[q] == Approx(p[q]).margin(2e-3));  // averages of T letters converge like 1/T
  }
}

TEST_CASE("long-run distributions of small chains are those worked out by hand", "[automata][quick]") {
  // A clock of period 3: one third each, although no distribution after t letters is uniform.
  REQUIRE(long_run_distribution(make_moore(3, 1, {1, 2, 0})) == StateDistribution(3, 1.0 / 3));
  // From 0 by a to the trap 1, by b to the trap 2: one half each. From 0 by a, b, c to 0, 1, 2: the same.
  REQUIRE(long_run_distribution(make_moore(3, 2, {1, 2, 1, 1, 2, 2})) == StateDistribution{0, 0.5, 0.5});
  REQUIRE(long_run_distribution(make_moore(3, 3, {0, 1, 2, 1, 1, 1, 2, 2, 2})) ==
          StateDistribution{0, 0.5, 0.5});
  // Gambler's ruin from 1 of 3, start moved there: ruin 2/3, win 1/3.
  Moore ruin = make_moore(4, 2, {0, 0, 0, 2, 1, 3, 3, 3});
  ruin.start = 1;
  const auto p = long_run_distribution(ruin);
  REQUIRE(p[0] == Approx(2.0 / 3).margin(1e-15));
  REQUIRE(p[3] == Approx(1.0 / 3).margin(1e-15));
  REQUIRE(long_run_distribution(make_moore(1, 1, {0})) == StateDistribution{1.0});
}

TEST_CASE("components and reachability agree with the transitive closure", "[automata][quick]") {
  const auto seed = GENERATE(range(0, 30));
  const Moore m = to_moore(
      random_dfa({.num_states = 8, .num_letters = 1 + seed % 2}, Rng(static_cast<std::uint64_t>(seed))));
  const auto reaches = closure(m);
  const Components c = strongly_connected_components(m);
  for (std::size_t p = 0; p < 8; ++p) {
    const auto reached = reachable_states(m, static_cast<State>(p));
    for (std::size_t q = 0; q < 8; ++q) {
      REQUIRE((reached[q] != 0) == reaches[p][q]);
      REQUIRE((c.of[p] == c.of[q]) == (reaches[p][q] && reaches[q][p]));
    }
    REQUIRE(c.of[p] < c.count);
  }
}

TEST_CASE("a random automaton depends on its stream alone and its letters are named", "[automata][quick]") {
  const Dfa x = random_dfa({.num_states = 6, .num_letters = 30}, Rng(5));
  Rng used(5);
  used.next_u64();
  const Dfa y = random_dfa({.num_states = 6, .num_letters = 30}, used);
  REQUIRE(x.next == y.next);
  REQUIRE(x.accept == y.accept);
  REQUIRE(x.letter_names[25] == "z");
  REQUIRE(x.letter_names[26] == "x26");
  REQUIRE(x.next != random_dfa({.num_states = 6, .num_letters = 30}, Rng(6)).next);
  REQUIRE_THROWS_AS(random_dfa({.num_states = 0, .num_letters = 2}, Rng(0)), InputError);
  REQUIRE_THROWS_AS(random_dfa({.num_states = 2, .num_letters = 0}, Rng(0)), InputError);
}
