// The class verdict on image sets against the transition monoid, and its witnesses.
#include <set>

#include "automata/green.h"
#include "automata/image_orbits.h"
#include "automata/minimize.h"
#include "automata/random_dfa.h"
#include "automata/stabiliser_chain.h"
#include "automata/transition_map.h"
#include "tests/automata/algebra/machines.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::automata;

namespace {

/// The action of a word on a set of states that it permutes, by position.
Permutation action(const Moore& machine, const std::vector<State>& image, const std::vector<Letter>& word) {
  std::vector<std::int32_t> places;
  for (State q : image) {
    for (const Letter s : word) q = machine.step(q, s);
    const auto at = std::find(image.begin(), image.end(), q);
    REQUIRE(at != image.end());
    places.push_back(static_cast<std::int32_t>(at - image.begin()));
  }
  return Permutation(places);  // InputError unless it is one
}

/// Order and solvability by listing: below 8 points a group is not solvable exactly when 5 divides its order
/// and the order exceeds 40, or the order is 168.
bool listed_non_solvable(const std::vector<Permutation>& generators) {
  std::set<Permutation> group = {Permutation::identity(generators.front().degree())};
  std::vector<Permutation> queue(group.begin(), group.end());
  for (std::size_t i = 0; i < queue.size(); ++i)
    for (const auto& g : generators)
      if (const auto next = g * queue[i]; group.insert(next).second) queue.push_back(next);
  return (group.size() % 5 == 0 && group.size() > 40) || group.size() == 168;
}

void check_witness(const Moore& machine, const ImageOrbits& orbits) {
  const LanguageClass c = language_class(orbits);
  REQUIRE(orbits.witness.has_value() == (c != LanguageClass::kAperiodic));
  if (!orbits.witness) return;
  const auto& [image, words] = *orbits.witness;
  REQUIRE(std::is_sorted(image.begin(), image.end()));
  REQUIRE(std::adjacent_find(image.begin(), image.end()) == image.end());
  std::vector<Permutation> actions;
  for (const auto& word : words) actions.push_back(action(machine, image, word));
  const auto identity = Permutation::identity(static_cast<std::int32_t>(image.size()));
  if (c == LanguageClass::kAc0) {
    REQUIRE(words.size() == 1);
    REQUIRE(actions[0] != identity);
  } else if (c == LanguageClass::kAcc0) {
    REQUIRE(words.size() == 2);
    REQUIRE(words[0].size() == words[1].size());
    REQUIRE(actions[0] != actions[1]);
  } else {
    REQUIRE(words.size() >= 2);
    REQUIRE((image.size() < 8 ? listed_non_solvable(actions)
                              : !is_solvable(StabiliserChain(identity.degree(), actions))));
  }
}

/// A maximal subgroup of the monoid as permutations of the image of its idempotent.
bool subgroup_is_solvable(const TransitionMonoid& m, const GreenRelations& green, std::int32_t e) {
  std::set<State> image;
  for (State q = 0; q < m.num_points(); ++q) image.insert(m.image(e, q));
  const std::vector<State> points(image.begin(), image.end());
  if (points.size() < 5) return true;
  const auto order = green.group_order[static_cast<std::size_t>(green.j[static_cast<std::size_t>(e)])];
  if (points.size() < 8) return !((order % 5 == 0 && order > 40) || order == 168);
  StabiliserChain group(static_cast<std::int32_t>(points.size()));
  for (std::int32_t x = 0; x < m.size(); ++x) {
    if (green.h[static_cast<std::size_t>(x)] != green.h[static_cast<std::size_t>(e)]) continue;
    std::vector<std::int32_t> places;
    for (const State q : points)
      places.push_back(static_cast<std::int32_t>(
          std::lower_bound(points.begin(), points.end(), m.image(x, q)) - points.begin()));
    group.add(Permutation(places));
  }
  REQUIRE(group.order() == order);
  return is_solvable(group);
}

/// The powers of x end in one element: x generates no group.
bool powers_settle(const TransitionMonoid& m, std::int32_t x) {
  auto power = x;
  for (State i = 0; i < m.num_points(); ++i) power = m.product(power, x);
  // Index of a map of n points is at most n; the period of the powers is 1 exactly when one more step stays.
  return m.product(power, x) == power;
}

LanguageClass class_by_monoid(const TransitionMonoid& m, const GreenRelations& green) {
  if (green.largest_group == 1) return LanguageClass::kAperiodic;
  const auto stable = stable_semigroup(m);
  REQUIRE(stable.has_value());
  if (std::all_of(stable->elements.begin(), stable->elements.end(),
                  [&](auto x) { return powers_settle(m, x); }))
    return LanguageClass::kAc0;
  std::vector<bool> seen(green.j_size.size(), false);
  for (const auto e : green.idempotents) {
    const auto d = static_cast<std::size_t>(green.j[static_cast<std::size_t>(e)]);
    if (!seen[d] && !subgroup_is_solvable(m, green, e)) return LanguageClass::kNc1Complete;
    seen[d] = true;
  }
  return LanguageClass::kAcc0;
}

bool check_against_monoid(const Moore& machine, std::int64_t cap = 1'000'000) {
  const ImageOrbits orbits = image_orbits(machine);
  check_witness(machine, orbits);
  const TransitionMonoid monoid = enumerate_monoid(machine, {.max_elements = cap});
  if (!monoid.complete()) return false;
  const GreenRelations green = green_relations(monoid);
  REQUIRE(language_class(orbits) == class_by_monoid(monoid, green));
  BigInteger largest = 1;
  for (const auto& group : orbits.groups) largest = std::max(largest, *group.order);
  REQUIRE(largest == green.largest_group);
  std::set<std::set<State>> images;
  for (std::int32_t x = 0; x < monoid.size() && monoid.size() < 2000; ++x) {
    std::set<State> image;
    for (State q = 0; q < machine.num_states; ++q) image.insert(monoid.image(x, q));
    images.insert(image);
  }
  if (monoid.size() < 2000) REQUIRE(static_cast<std::int64_t>(images.size()) == orbits.num_sets);
  return true;
}

std::size_t power(std::size_t base, int exponent) {
  std::size_t result = 1;
  for (; exponent > 0; --exponent) result *= base;
  return result;
}

/// States added that every letter keeps: the same images and groups, wider sets.
Moore padded(const Moore& machine, State more) {
  Moore wide = machine;
  for (State q = machine.num_states; q < machine.num_states + more; ++q) {
    wide.next.insert(wide.next.end(), static_cast<std::size_t>(machine.num_letters), q);
    wide.label.push_back(0);
  }
  wide.num_states += more;
  return wide;
}

Moore random_machine(State n, Letter k, const Rng& rng) {
  return to_moore(random_dfa({.num_states = n, .num_letters = k}, rng));
}

}  // namespace

TEST_CASE(
    "image sets and monoid agree on every table of 2 states and up to 3 letters, of 3 states and up to 2",
    "[automata][algebra][quick]") {
  for (const auto& [n, k] : {std::pair{1, 1}, {1, 2}, {2, 1}, {2, 2}, {2, 3}, {3, 1}, {3, 2}})
    for (std::size_t table = 0; table < power(static_cast<std::size_t>(n), n * k); ++table) {
      check_against_monoid(to_moore(tests::table_dfa(n, k, table, 0)));
      for (unsigned accept = 0; accept < 1U << n; ++accept)
        check_against_monoid(minimize(to_moore(tests::table_dfa(n, k, table, accept))));
    }
}

TEST_CASE("image sets and monoid agree on 10,000 random machines of up to 8 states and 3 letters",
          "[automata][algebra][slow]") {
  int above_cap = 0;
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto n = static_cast<State>(2 + rng.below(7));
    const auto k = static_cast<Letter>(1 + rng.below(3));
    const Moore machine = random_machine(n, k, rng.split("dfa"));
    above_cap += check_against_monoid(seed % 2 == 0 ? machine : minimize(machine)) ? 0 : 1;
  }
  CAPTURE(above_cap);
  REQUIRE(above_cap < 200);
}

TEST_CASE("clocked and permuting random machines: lengths decide as the stable semigroup says",
          "[automata][algebra][quick]") {
  const auto seed = GENERATE(range(0, 150));
  Rng rng(static_cast<std::uint64_t>(seed));
  CAPTURE(seed);
  // A random part times a clock that every letter moves on by one.
  const auto n = static_cast<State>(1 + rng.below(3)), clock = static_cast<State>(2 + rng.below(3));
  const Moore part = random_machine(n * clock, 2, rng.split("part"));
  Moore machine = part;
  for (State q = 0; q < n * clock; ++q)
    for (Letter s = 0; s < 2; ++s)
      machine.next[static_cast<std::size_t>(2 * q + s)] =
          (q % clock + 1) % clock + clock * (part.step(q, s) / clock);
  REQUIRE(check_against_monoid(machine));
  // Permutations alone: one component, the group of the letters.
  std::vector<tests::Key> letters;
  for (int s = 0; s < 2; ++s) {
    tests::Key map = {0, 1, 2, 3, 4, 5};
    rng.shuffle(std::span(map).first(2 + rng.below(5)));
    letters.push_back(map);
  }
  REQUIRE(check_against_monoid(tests::point_machine(letters)));
}

TEST_CASE("parity over swap and no-op is not in AC0, length parity is", "[automata][algebra][quick]") {
  REQUIRE(language_class(image_orbits(tests::point_machine({{1, 0}, {0, 1}}))) == LanguageClass::kAcc0);
  REQUIRE(language_class(image_orbits(tests::point_machine({{1, 0}, {1, 0}}))) == LanguageClass::kAc0);
  REQUIRE(language_class(image_orbits(tests::point_machine({{0, 1}}))) == LanguageClass::kAperiodic);
}

TEST_CASE("sets of more than 64 states have the images and groups of the few states that move",
          "[automata][algebra][quick]") {
  const auto seed = GENERATE(range(0, 12));
  const Moore machine = random_machine(9, 2, Rng(static_cast<std::uint64_t>(seed)));
  const ImageOrbits narrow = image_orbits(machine);
  for (const State more : {54, 55, 56, 57, 119, 200}) {
    const ImageOrbits wide = image_orbits(padded(machine, more));
    CAPTURE(seed, more);
    REQUIRE(wide.complete);
    REQUIRE(wide.num_sets == narrow.num_sets);
    REQUIRE(wide.groups.size() == narrow.groups.size());
    for (std::size_t i = 0; i < wide.groups.size(); ++i) {
      REQUIRE(wide.groups[i].order == narrow.groups[i].order);
      REQUIRE(wide.groups[i].rank == narrow.groups[i].rank + more);
    }
    REQUIRE(language_class(wide) == language_class(narrow));
    check_witness(padded(machine, more), wide);
  }
}

TEST_CASE("witnesses of larger machines hold and the quick verdict is the full one",
          "[automata][algebra][quick]") {
  const auto seed = GENERATE(range(0, 60));
  Rng rng(static_cast<std::uint64_t>(seed));
  const Moore machine = random_machine(static_cast<State>(9 + rng.below(23)), 2, rng.split("dfa"));
  CAPTURE(seed, machine.num_states);
  const ImageOrbits full = image_orbits(machine), quick = image_orbits(machine, {.verdict_only = true});
  check_witness(machine, full);
  REQUIRE(language_class(quick) == language_class(full));
  check_witness(machine, quick);
}

TEST_CASE("below the number of images only what is proved is told", "[automata][algebra][quick]") {
  const auto seed = GENERATE(range(0, 40));
  const Moore machine = random_machine(10, 2, Rng(static_cast<std::uint64_t>(seed)));
  const ImageOrbits full = image_orbits(machine);
  for (std::int64_t cap = 1; cap < full.num_sets; cap += 1 + full.num_sets / 15) {
    const ImageOrbits part = image_orbits(machine, {.max_sets = cap});
    CAPTURE(seed, cap);
    REQUIRE_FALSE(part.complete);
    REQUIRE(part.num_sets == cap);
    REQUIRE((!part.aperiodic || part.aperiodic == full.aperiodic));
    REQUIRE((!part.ac0 || part.ac0 == full.ac0));
    REQUIRE((!part.acc0 || part.acc0 == full.acc0));
    REQUIRE((!part.reset_word || part.reset_word == full.reset_word));
    const auto c = language_class(part);
    REQUIRE((c == LanguageClass::kUnknown || c == language_class(full)));
  }
  REQUIRE(image_orbits(machine, {.max_sets = full.num_sets}).complete);
}

TEST_CASE("a partially ordered machine is aperiodic however few images may be seen",
          "[automata][algebra][quick]") {
  Moore chain = tests::point_machine({{1, 1, 2, 3, 4}, {0, 2, 2, 3, 4}, {0, 1, 3, 3, 4}, {0, 1, 2, 4, 4}});
  const ImageOrbits orbits = image_orbits(chain, {.max_sets = 2});
  REQUIRE_FALSE(orbits.complete);
  REQUIRE(language_class(orbits) == LanguageClass::kAperiodic);
}

TEST_CASE("counters of many states are cyclic, and S5 as a word problem of 120 states is not solvable",
          "[automata][algebra][quick]") {
  tests::Key cycle(20'000), stay(20'000);
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    cycle[i] = static_cast<int>((i + 1) % cycle.size());
    stay[i] = static_cast<int>(i);
  }
  const ImageOrbits clock = image_orbits(tests::point_machine({cycle}));
  REQUIRE(language_class(clock) == LanguageClass::kAc0);
  REQUIRE(clock.groups.at(0).order == BigInteger(20'000));
  const ImageOrbits counter = image_orbits(tests::point_machine({cycle, stay}));
  REQUIRE(language_class(counter) == LanguageClass::kAcc0);
  REQUIRE(counter.groups.at(0).derived_series == std::vector<BigInteger>{20'000, 1});
  const auto s5 = tests::word_problem({tests::cycles("(1 2)", 5), tests::cycles("(1 2 3 4 5)", 5)});
  REQUIRE(s5.num_states == 120);
  const ImageOrbits orbits = image_orbits(s5);
  REQUIRE(language_class(orbits) == LanguageClass::kNc1Complete);
  REQUIRE(orbits.groups.at(0).derived_series == std::vector<BigInteger>{120, 60});
}

TEST_CASE("image orbits refuse a cap of no set", "[automata][algebra][quick]") {
  REQUIRE(tests::contains(tests::message_of([] { (void)image_orbits(tests::cerny(4), {.max_sets = 0}); }),
                          "at least 1, got 0"));
}
