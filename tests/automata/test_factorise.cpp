#include <map>

#include "automata/factorise.h"
#include "core/base/rng.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::automata;

namespace {

/// Calls `use` with every map of n points into themselves.
template <typename Use>
void for_all_maps(State n, const Use& use) {
  TransitionMap f(static_cast<std::size_t>(n), 0);
  for (;;) {
    use(f);
    std::size_t i = 0;
    while (i < f.size() && ++f[i] == n) f[i++] = 0;
    if (i == f.size()) return;
  }
}

std::vector<ElementaryStep> all_steps(State n) {
  std::vector<ElementaryStep> steps;
  for (State x = 0; x < n; ++x)
    for (State y = 0; y < n; ++y) {
      if (x < y) steps.push_back({.kind = ElementaryStep::Kind::swap, .x = x, .y = y});
      if (x != y) steps.push_back({.kind = ElementaryStep::Kind::merge, .x = x, .y = y});
    }
  return steps;
}

/// Fewest steps to every map, by breadth-first search from the identity.
std::map<TransitionMap, std::size_t> fewest_steps(State n) {
  std::map<TransitionMap, std::size_t> distance = {{identity_map(n), 0}};
  std::vector<TransitionMap> queue = {identity_map(n)};
  for (std::size_t i = 0; i < queue.size(); ++i)
    for (const ElementaryStep& step : all_steps(n)) {
      const TransitionMap next = then(queue[i], steps_map(std::span(&step, 1), n));
      if (distance.emplace(next, distance[queue[i]] + 1).second) queue.push_back(next);
    }
  return distance;
}

/// Components of the functional graph by joining labels until nothing changes.
State components_by_joining(const TransitionMap& f) {
  TransitionMap label = identity_map(static_cast<State>(f.size()));
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t q = 0; q < f.size(); ++q) {
      auto& image = label[static_cast<std::size_t>(f[q])];
      const State smaller = std::min(label[q], image);
      changed = changed || label[q] != smaller || image != smaller;
      label[q] = image = smaller;
    }
  }
  return rank(label);
}

}  // namespace

TEST_CASE(
    "the steps of every map of up to five points, one after another, are the map and number n - components",
    "[automata][quick]") {
  const State n = GENERATE(1, 2, 3, 4, 5);
  for_all_maps(n, [&](const TransitionMap& f) {
    const auto steps = factorise(f);
    if (steps_map(steps, n) != f) FAIL("wrong map");
    if (components(f) != components_by_joining(f)) FAIL("wrong number of components");
    if (steps.size() != static_cast<std::size_t>(n - components(f))) FAIL("wrong number of steps");
  });
}

TEST_CASE("no shorter sequence of steps gives a map of up to four points", "[automata][quick]") {
  const State n = GENERATE(1, 2, 3, 4);
  const auto distance = fewest_steps(n);
  std::size_t maps = 0;
  for_all_maps(n, [&](const TransitionMap& f) {
    ++maps;
    if (factorise(f).size() != distance.at(f)) FAIL("not shortest");
  });
  REQUIRE(distance.size() == maps);
}

TEST_CASE("random maps of many points are the product of their steps", "[automata][quick]") {
  const auto seed = GENERATE(range(0, 30));
  Rng rng(static_cast<std::uint64_t>(seed));
  const auto n = static_cast<State>(1 + rng.below(200));
  TransitionMap f;
  for (State q = 0; q < n; ++q) f.push_back(static_cast<State>(rng.below(static_cast<std::uint32_t>(n))));
  CAPTURE(seed, n);
  const auto steps = factorise(f);
  REQUIRE(steps_map(steps, n) == f);
  REQUIRE(steps.size() == static_cast<std::size_t>(n - components(f)));
}

TEST_CASE("a swap exchanges two states and a merge moves one", "[automata][quick]") {
  const ElementaryStep swap{.kind = ElementaryStep::Kind::swap, .x = 0, .y = 2};
  const ElementaryStep merge{.kind = ElementaryStep::Kind::merge, .x = 0, .y = 2};
  REQUIRE(steps_map(std::span(&swap, 1), 3) == TransitionMap{2, 1, 0});
  REQUIRE(steps_map(std::span(&merge, 1), 3) == TransitionMap{2, 1, 2});
  REQUIRE(factorise({}).empty());
  REQUIRE(tests::contains(tests::message_of([] { factorise({0, 5}); }), "point 1 goes to 5, wanted 0..1"));
}

TEST_CASE("the map of a word is the composition of the maps of its letters, in reading order",
          "[automata][quick]") {
  Moore m{.num_states = 3,
          .num_letters = 2,
          .num_labels = 1,
          .start = 0,
          .next = {1, 0, 2, 0, 0, 1},
          .label = {0, 0, 0},
          .letter_names = {"a", "b"},
          .label_names = {"x"}};
  const std::vector<Letter> word = {0, 1, 1, 0};
  TransitionMap f = identity_map(3);
  for (const Letter s : word) f = then(f, letter_map(m, s));
  REQUIRE(word_map(m, word) == f);
  for (State q = 0; q < 3; ++q) {
    State walked = q;
    for (const Letter s : word) walked = m.step(walked, s);
    REQUIRE(f[static_cast<std::size_t>(q)] == walked);
  }
  REQUIRE_THROWS_AS(letter_map(m, 2), InputError);
}
