// The transition monoid, Green's relations and the stable semigroup against their definitions.
#include <set>

#include "automata/green.h"
#include "automata/letter_facts.h"
#include "automata/monoid.h"
#include "automata/random_dfa.h"
#include "automata/transition_map.h"
#include "tests/automata/algebra/machines.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/support/words.h"

using namespace anser;
using namespace anser::automata;

namespace {

Moore random_machine(int n, int k, std::uint64_t seed) {
  return to_moore(random_dfa({.num_states = n, .num_letters = k}, Rng(seed)));
}

/// States added that every letter keeps: the monoid stays the same, its maps grow.
Moore padded(const Moore& machine, State more) {
  Moore wide = machine;
  for (State q = machine.num_states; q < machine.num_states + more; ++q) {
    wide.next.insert(wide.next.end(), static_cast<std::size_t>(machine.num_letters), q);
    wide.label.push_back(0);
  }
  wide.num_states += more;
  return wide;
}

std::map<TransitionMap, TransitionMonoid::Element> numbers(const TransitionMonoid& monoid) {
  std::map<TransitionMap, TransitionMonoid::Element> number;
  for (std::int32_t x = 0; x < monoid.size(); ++x) number.emplace(monoid.map(x), x);
  return number;
}

void check_cayley_graphs(const Moore& machine, const TransitionMonoid& monoid) {
  const auto number = numbers(monoid);
  REQUIRE(static_cast<std::int32_t>(number.size()) == monoid.size());
  REQUIRE(monoid.map(0) == identity_map(machine.num_states));
  bool identity_is_word = false;
  std::vector<Letter> before;
  for (std::int32_t x = 0; x < monoid.size(); ++x) {
    const auto word = monoid.word(x);
    REQUIRE(word_map(machine, word) == monoid.map(x));
    const bool in_order =
        x == 0 || before.size() < word.size() || (before.size() == word.size() && before < word);
    REQUIRE(in_order);
    before = word;
    if (x != 0) {
      REQUIRE(monoid.first(x) == word.front());
      REQUIRE(monoid.word(monoid.suffix(x)) == std::vector<Letter>(word.begin() + 1, word.end()));
    }
    for (Letter s = 0; s < machine.num_letters; ++s) {
      const auto f = letter_map(machine, s);
      REQUIRE(monoid.right(x, s) == number.at(then(monoid.map(x), f)));
      REQUIRE(monoid.left(x, s) == number.at(then(f, monoid.map(x))));
      identity_is_word = identity_is_word || monoid.right(x, s) == 0;
    }
  }
  REQUIRE(monoid.identity_is_word() == identity_is_word);
}

using Ideal = std::set<std::int32_t>;

Ideal reached(const TransitionMonoid& m, std::int32_t x, bool right, bool left) {
  Ideal ideal = {x};
  std::vector<std::int32_t> queue = {x};
  for (std::size_t i = 0; i < queue.size(); ++i)
    for (Letter s = 0; s < m.num_letters(); ++s) {
      if (right && ideal.insert(m.right(queue[i], s)).second) queue.push_back(m.right(queue[i], s));
      if (left && ideal.insert(m.left(queue[i], s)).second) queue.push_back(m.left(queue[i], s));
    }
  return ideal;
}

void check_green(const TransitionMonoid& m, const GreenRelations& green) {
  std::vector<Ideal> r, l, j;
  for (std::int32_t x = 0; x < m.size(); ++x) {
    r.push_back(reached(m, x, true, false));
    l.push_back(reached(m, x, false, true));
    j.push_back(reached(m, x, true, true));
  }
  const auto at = [](std::int32_t x) { return static_cast<std::size_t>(x); };
  bool right = true;
  for (std::int32_t x = 0; x < m.size(); ++x)
    for (std::int32_t y = 0; y < x; ++y) {
      right = right && (r[at(x)] == r[at(y)]) == (green.r[at(x)] == green.r[at(y)]);
      right = right && (l[at(x)] == l[at(y)]) == (green.l[at(x)] == green.l[at(y)]);
      right = right && (j[at(x)] == j[at(y)]) == (green.j[at(x)] == green.j[at(y)]);
      right = right && (r[at(x)] == r[at(y)] && l[at(x)] == l[at(y)]) == (green.h[at(x)] == green.h[at(y)]);
    }
  REQUIRE(right);
  REQUIRE(std::set<Ideal>(r.begin(), r.end()).size() == static_cast<std::size_t>(green.num_r));
  REQUIRE(std::set<Ideal>(l.begin(), l.end()).size() == static_cast<std::size_t>(green.num_l));
  REQUIRE(std::set<Ideal>(j.begin(), j.end()).size() == static_cast<std::size_t>(green.num_j));
  std::vector<std::int32_t> idempotents;
  for (std::int32_t x = 0; x < m.size(); ++x) {
    REQUIRE(m.is_idempotent(x) == (m.product(x, x) == x));
    if (m.is_idempotent(x)) idempotents.push_back(x);
  }
  REQUIRE(green.idempotents == idempotents);
}

/// S_t of the definition, by listing all words.
std::set<std::int32_t> images_of_length(const TransitionMonoid& m, std::int64_t length) {
  std::set<std::int32_t> now = {0};
  for (; length > 0; --length) {
    std::set<std::int32_t> next;
    for (const auto x : now)
      for (Letter s = 0; s < m.num_letters(); ++s) next.insert(m.right(x, s));
    now = std::move(next);
  }
  return now;
}

void check_stable(const TransitionMonoid& m) {
  const auto stable = stable_semigroup(m);
  REQUIRE(stable.has_value());
  for (std::int64_t t = 1; t <= stable->index; ++t)
    REQUIRE((images_of_length(m, t) == images_of_length(m, 2 * t)) == (t == stable->index));
  const auto elements = images_of_length(m, stable->index);
  REQUIRE(stable->elements == std::vector<std::int32_t>(elements.begin(), elements.end()));
}

}  // namespace

TEST_CASE("monoid, Green's relations and stable semigroup are what their definitions say",
          "[automata][algebra][quick]") {
  const auto seed = GENERATE(range(0, 40));
  const int n = 1 + seed % 5, k = 1 + seed % 3;
  const Moore machine = random_machine(n, k, static_cast<std::uint64_t>(seed));
  CAPTURE(seed);
  const TransitionMonoid monoid = enumerate_monoid(machine);
  check_cayley_graphs(machine, monoid);
  if (monoid.size() > 400) return;
  check_green(monoid, green_relations(monoid));
  check_stable(monoid);
}

TEST_CASE("maps of 16, 17, 256 and 257 points give the same monoid as the few points that move",
          "[automata][algebra][quick]") {
  const State points = GENERATE(15, 16, 17, 256, 257, 300);
  const Moore machine = random_machine(5, 2, 3);
  const Moore wide = padded(machine, points - 5);
  const TransitionMonoid small = enumerate_monoid(machine), large = enumerate_monoid(wide);
  REQUIRE(large.size() == small.size());
  REQUIRE(std::equal(small.right_graph().begin(), small.right_graph().end(), large.right_graph().begin()));
  check_cayley_graphs(wide, large);
  for (std::int32_t x = 0; x < small.size(); ++x) REQUIRE(small.is_idempotent(x) == large.is_idempotent(x));
}

TEST_CASE("all maps of up to 4 points: one letter's monoid and facts, and all of them together",
          "[automata][algebra][quick]") {
  for (int n = 1; n <= 4; ++n) {
    std::vector<tests::Key> maps;
    std::size_t count = 1;
    for (int i = 0; i < n; ++i) count *= static_cast<std::size_t>(n);
    for (std::size_t code = 0; code < count; ++code) {
      tests::Key map;
      for (std::size_t i = 0, rest = code; i < static_cast<std::size_t>(n);
           ++i, rest /= static_cast<std::size_t>(n))
        map.push_back(static_cast<int>(rest % static_cast<std::size_t>(n)));
      maps.push_back(map);
      const Moore machine = tests::point_machine({map});
      const auto facts = letter_facts(machine).front();
      // f^0, f^1, .. until one comes again.
      std::map<TransitionMap, std::int32_t> seen;
      TransitionMap power = identity_map(n);
      while (seen.emplace(power, static_cast<std::int32_t>(seen.size())).second)
        power = then(power, letter_map(machine, 0));
      REQUIRE(facts.index == seen.at(power));
      REQUIRE(facts.period == static_cast<std::int32_t>(seen.size()) - facts.index);
      REQUIRE(enumerate_monoid(machine).size() == static_cast<std::int32_t>(seen.size()));
      REQUIRE(facts.permutation ==
              (std::set<int>(map.begin(), map.end()).size() == static_cast<std::size_t>(n)));
      REQUIRE(facts.rank == static_cast<State>(std::set<int>(map.begin(), map.end()).size()));
      REQUIRE(facts.householder_rank == n - facts.components);
      if (facts.permutation) {
        const Permutation p{std::vector<std::int32_t>(map.begin(), map.end())};
        REQUIRE(facts.sign == sign(p));
        REQUIRE(facts.period == order(p));
      } else {
        REQUIRE(facts.sign == 0);
      }
    }
    const auto all = enumerate_monoid(tests::point_machine(maps));
    REQUIRE(all.size() == static_cast<std::int32_t>(count));
    REQUIRE(all.identity_is_word());
  }
}

TEST_CASE("a monoid above its cap is larger than the cap and has no relations",
          "[automata][algebra][quick]") {
  const Moore machine = tests::full_transformations(5);
  const auto exact = enumerate_monoid(machine, {.max_elements = 3125});
  REQUIRE(exact.complete());
  REQUIRE(exact.size() == 3125);
  const auto capped = enumerate_monoid(machine, {.max_elements = 3124});
  REQUIRE_FALSE(capped.complete());
  REQUIRE(capped.size() == 3124);
  REQUIRE(
      tests::contains(tests::message_of([&] { (void)green_relations(capped); }), "more than 3124 elements"));
  REQUIRE(
      tests::contains(tests::message_of([&] { (void)stable_semigroup(capped); }), "more than 3124 elements"));
  REQUIRE(tests::contains(tests::message_of([&] { (void)enumerate_monoid(machine, {.max_elements = 0}); }),
                          "at least 1, got 0"));
  REQUIRE_FALSE(stable_semigroup(exact, 100).has_value());
}

TEST_CASE("the egg-box picture has a star for each idempotent and a block for each D-class",
          "[automata][algebra][quick]") {
  const Moore machine = tests::full_transformations(3);
  const auto monoid = enumerate_monoid(machine);
  const auto green = green_relations(monoid);
  const std::string text = print_egg_boxes(machine, monoid, green);
  REQUIRE(std::count(text.begin(), text.end(), '*') == 10);
  REQUIRE(tests::contains(text, "D1: 1 x 1 H-classes of 6, 1 idempotents, groups of order 6\n"));
  REQUIRE(tests::contains(text, "D2: 3 x 3 H-classes of 2, 6 idempotents, groups of order 2\n"));
  REQUIRE(tests::contains(text, "D3: 1 x 3 H-classes of 1, 3 idempotents, groups of order 1\n"));
  REQUIRE(tests::contains(print_egg_boxes(machine, monoid, green, 1), "(not drawn)"));
}
