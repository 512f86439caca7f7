#include "automata/conformance.h"

#include "automata/equivalence.h"
#include "automata/minimize.h"
#include "tests/automata/formats/machines.h"

using namespace anser;
using namespace anser::automata;
using anser::tests::require_says;

namespace {

std::int32_t answer(const Moore& machine, const Word& word) {
  State q = machine.start;
  for (const Letter s : word) q = machine.step(q, s);
  return machine.label[static_cast<std::size_t>(q)];
}

bool finds(const std::vector<Word>& suite, const Moore& x, const Moore& y) {
  return std::any_of(suite.begin(), suite.end(), [&](const Word& w) { return answer(x, w) != answer(y, w); });
}

Moore minimal(int seed) {
  return minimize(
      tests::random_reachable(static_cast<std::uint64_t>(seed), 2 + seed % 5, 1 + seed % 3, 2 * (seed % 2)));
}

/// One transition or one label changed, in every way.
std::vector<Moore> mutants(const Moore& machine) {
  std::vector<Moore> all;
  for (std::size_t i = 0; i < machine.next.size(); ++i)
    for (State to = 0; to < machine.num_states; ++to) {
      all.push_back(machine);
      all.back().next[i] = to;
    }
  for (std::size_t q = 0; q < machine.label.size(); ++q)
    for (std::int32_t label = 0; label < machine.num_labels; ++label) {
      all.push_back(machine);
      all.back().label[q] = label;
    }
  return all;
}

/// The machine with one state twice, one arc led to the copy, and the copy changed in one place.
Moore with_one_more_state(const Moore& machine, Rng rng) {
  Moore m = machine;
  const auto copied = rng.below(static_cast<std::uint32_t>(m.num_states));
  for (Letter s = 0; s < m.num_letters; ++s) m.next.push_back(machine.step(static_cast<State>(copied), s));
  m.label.push_back(m.label[copied]);
  const State copy = m.num_states++;
  for (auto& to : m.next)
    if (to == static_cast<State>(copied) && rng.below(2) == 0) to = copy;
  const auto change = rng.below(static_cast<std::uint32_t>(m.num_letters) + 1);
  if (change == static_cast<std::uint32_t>(m.num_letters))
    m.label.back() = static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(m.num_labels)));
  else
    m.next[m.next.size() - 1 - change] =
        static_cast<State>(rng.below(static_cast<std::uint32_t>(m.num_states)));
  return m;
}

}  // namespace

TEST_CASE("W tells every pair of states apart and W_q tells q from all others", "[conformance][quick]") {
  const auto seed = GENERATE(range(0, 60));
  const Moore m = minimal(seed);
  const auto sets = conformance_sets(m);
  REQUIRE(sets.characterisation.at(0).empty());
  REQUIRE(sets.characterisation.size() <= static_cast<std::size_t>(std::max(m.num_states, 1)));
  const auto differ = [&](State p, State q, const std::vector<Word>& words) {
    Moore from_p = m, from_q = m;
    from_p.start = p;
    from_q.start = q;
    return finds(words, from_p, from_q);
  };
  for (State p = 0; p < m.num_states; ++p) {
    Moore here = m;
    here.start = m.start;
    State q = m.start;
    for (const Letter s : sets.state_cover.at(static_cast<std::size_t>(p))) q = m.step(q, s);
    REQUIRE(q == p);
    for (State other = 0; other < m.num_states; ++other) {
      if (p == other) continue;
      REQUIRE(differ(p, other, sets.characterisation));
      REQUIRE(differ(p, other, sets.identification.at(static_cast<std::size_t>(p))));
    }
  }
  for (const auto& word : sets.state_cover)
    for (Letter s = 0; s < m.num_letters; ++s) {
      Word longer = word;
      longer.push_back(s);
      REQUIRE(std::count(sets.transition_cover.begin(), sets.transition_cover.end(), longer) == 1);
    }
}

TEST_CASE("W and Wp find every machine with one transition or label changed", "[conformance][quick]") {
  const auto seed = GENERATE(range(0, 60));
  const Moore m = minimal(seed);
  const auto w = w_suite(m), wp = wp_suite(m);
  REQUIRE(wp.size() <= w.size());
  int different = 0;
  for (const auto& mutant : mutants(m)) {
    const bool differs = find_difference(m, mutant).has_value();
    different += differs ? 1 : 0;
    REQUIRE(finds(w, m, mutant) == differs);
    REQUIRE(finds(wp, m, mutant) == differs);
  }
  CAPTURE(seed, m.num_states);
  REQUIRE((different > 0 || m.num_labels == 1 || m.num_states == 1));
}

TEST_CASE("one extra state is found by suites for one extra state", "[conformance][quick]") {
  const auto seed = GENERATE(range(0, 30));
  const Moore m = minimal(seed);
  const auto w = w_suite(m, {.extra_states = 1}), wp = wp_suite(m, {.extra_states = 1});
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Moore other = with_one_more_state(m, Rng(static_cast<std::uint64_t>(seed)).split(i));
    const bool differs = find_difference(m, other).has_value();
    REQUIRE(finds(w, m, other) == differs);
    REQUIRE(finds(wp, m, other) == differs);
  }
}

TEST_CASE("a suite for no extra state can miss one, a suite for one cannot", "[conformance][quick]") {
  // Every word is accepted; the other machine rejects from the second letter on.
  const Moore all{.num_states = 1,
                  .num_letters = 1,
                  .num_labels = 2,
                  .next = {0},
                  .label = {1},
                  .letter_names = {"a"},
                  .label_names = {"reject", "accept"}};
  Moore later = all;
  later.num_states = 3;
  later.next = {1, 2, 2};
  later.label = {1, 1, 0};
  REQUIRE_FALSE(finds(w_suite(all), all, later));
  REQUIRE_FALSE(finds(w_suite(all, {.extra_states = 0}), all, later));
  REQUIRE(finds(w_suite(all, {.extra_states = 2}), all, later));
  REQUIRE(finds(wp_suite(all, {.extra_states = 2}), all, later));
}

TEST_CASE("the size of a suite is known beforehand and too large a suite refused", "[conformance][quick]") {
  const auto seed = GENERATE(range(0, 12));
  const Moore m = minimal(seed);
  const auto sets = conformance_sets(m);
  for (int d = 0; d < 3; ++d) {
    const auto letters = [](const std::vector<Word>& suite) {
      std::size_t total = 0;
      for (const auto& word : suite) total += word.size();
      return total;
    };
    const auto w = w_suite(m, {.extra_states = d}), wp = wp_suite(m, {.extra_states = d});
    REQUIRE(w_suite_size(m, sets, d).words >= w.size());
    REQUIRE(w_suite_size(m, sets, d).letters >= letters(w));
    REQUIRE(wp_suite_size(m, sets, d).words >= wp.size());
    REQUIRE(wp_suite_size(m, sets, d).letters >= letters(wp));
  }
  const Moore three = tests::random_reachable(3, 5, 3, 0);
  const std::string message =
      tests::message_of([&] { (void)w_suite(minimize(three), {.extra_states = 40}); });
  require_says(message, "a suite for 40 extra states needs ");
  require_says(message, "at most 100000000 letters");
  REQUIRE_THROWS_AS(wp_suite(m, {.extra_states = -1}), InputError);
  REQUIRE_THROWS_AS(wp_suite(m, {.extra_states = 1001}), InputError);
}

TEST_CASE("counted words are exact where no word comes twice", "[conformance][quick]") {
  // Parity: cover {e, a}, transition cover {e, a, aa}, W = {e}, so three words of 0 + 1 + 2 letters.
  const Moore parity{.num_states = 2,
                     .num_letters = 1,
                     .num_labels = 2,
                     .next = {1, 0},
                     .label = {0, 1},
                     .letter_names = {"a"},
                     .label_names = {"reject", "accept"}};
  const auto sets = conformance_sets(parity);
  REQUIRE(w_suite(parity) == std::vector<Word>{{}, {0}, {0, 0}});
  REQUIRE(w_suite_size(parity, sets, 0).words == 3);
  REQUIRE(w_suite_size(parity, sets, 0).letters == 3);
  REQUIRE(w_suite_size(parity, sets, 1).words == 6);
  REQUIRE(w_suite_size(parity, sets, 1).letters == 9);
}

TEST_CASE("machines that are not minimal are refused", "[conformance][quick]") {
  Moore m = minimal(7);
  m.next.insert(m.next.end(), m.next.begin(), m.next.begin() + m.num_letters);
  m.label.push_back(m.label[0]);
  ++m.num_states;
  require_says(tests::message_of([&] { (void)characterisation_set(m); }), "the machine is not minimal");
  require_says(tests::message_of([&] { (void)state_cover(m); }), "no word leads to state");
}

TEST_CASE("words that begin others are not needed where prefixes are compared", "[conformance][quick]") {
  REQUIRE(maximal_words({{}, {0}, {0, 1}, {1}, {0, 0, 1}, {0, 1}}) ==
          std::vector<Word>{{1}, {0, 1}, {0, 0, 1}});
  REQUIRE(maximal_words({{}}) == std::vector<Word>{{}});
  REQUIRE(maximal_words({}).empty());
}

TEST_CASE("random-Wp words are a pure function of the index and find a wrong transition",
          "[conformance][quick]") {
  const Moore m = minimal(29);
  REQUIRE(m.num_states >= 4);
  const auto sets = conformance_sets(m);
  const Rng rng(11);
  for (std::uint64_t i = 0; i < 50; ++i)
    REQUIRE(random_wp_word(m, sets, {}, rng, i) == random_wp_word(m, sets, {}, rng, i));
  double letters = 0;
  for (std::uint64_t i = 0; i < 2000; ++i)
    letters += static_cast<double>(
        random_wp_word(m, sets, {.min_middle = 5, .mean_extra_middle = 8}, rng, i).size());
  REQUIRE(letters / 2000 > 13 - 0.8);
  REQUIRE(letters / 2000 < 13 + 0.8 + 2 * m.num_states);
  for (const auto& mutant : mutants(m)) {
    if (!find_difference(m, mutant)) continue;
    std::uint64_t i = 0;
    while (i < 10'000 && answer(m, random_wp_word(m, sets, {}, rng, i)) ==
                             answer(mutant, random_wp_word(m, sets, {}, rng, i)))
      ++i;
    REQUIRE(i < 10'000);
  }
  REQUIRE_THROWS_AS(random_wp_word(m, sets, {.min_middle = -1}, rng, 0), InputError);
  REQUIRE_THROWS_AS(random_wp_word(m, sets, {.mean_extra_middle = -1}, rng, 0), InputError);
}
