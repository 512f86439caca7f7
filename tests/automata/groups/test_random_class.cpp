#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <set>

#include "automata/green.h"
#include "automata/image_orbits.h"
#include "automata/minimize.h"
#include "automata/monoid.h"
#include "automata/random_class.h"
#include "automata/random_recipes.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/support/words.h"

using namespace anser;
using namespace anser::automata;

namespace {

/// Solvability of a permutation group of fewer than 8 points follows from its order: the non-solvable ones
/// are those of A5, S5, A6, S6, A7, S7 and PSL(2,7) (testbeds: 5 divides the order and order > 40, or order
/// 168).
bool is_solvable_order(std::int32_t order) {
  return !((order % 5 == 0 && order > 40) || order == 168);
}

/// The powers of x end in one element, not in a cycle.
bool is_aperiodic(const TransitionMonoid& monoid, TransitionMonoid::Element x) {
  auto power = x;
  for (int i = 0; i <= 2 * monoid.num_points(); ++i) power = monoid.product(power, x);
  return monoid.product(power, x) == power;
}

/// Class from the transition monoid: aperiodic, quasi-aperiodic (stable semigroup), solvable subgroups.
/// Nothing where the monoid is larger than `cap`.
std::optional<LanguageClass> class_by_monoid(const Moore& machine, std::int64_t cap) {
  const TransitionMonoid monoid = enumerate_monoid(machine, {.max_elements = cap});
  if (!monoid.complete()) return std::nullopt;
  const GreenRelations green = green_relations(monoid);
  if (green.largest_group == 1) return LanguageClass::kAperiodic;
  if (std::any_of(green.group_order.begin(), green.group_order.end(),
                  [](std::int32_t order) { return !is_solvable_order(order); }))
    return LanguageClass::kNc1Complete;
  const auto stable = stable_semigroup(monoid);
  if (!stable) return std::nullopt;
  if (std::all_of(stable->elements.begin(), stable->elements.end(),
                  [&](auto x) { return is_aperiodic(monoid, x); }))
    return LanguageClass::kAc0;
  return LanguageClass::kAcc0;
}

std::optional<LanguageClass> wanted_class(RandomClass c) {
  switch (c) {
    case RandomClass::aperiodic:
    case RandomClass::r_trivial:
    case RandomClass::j_trivial:
      return LanguageClass::kAperiodic;
    case RandomClass::ac0:
      return LanguageClass::kAc0;
    case RandomClass::acc0:
      return LanguageClass::kAcc0;
    case RandomClass::nc1_complete:
      return LanguageClass::kNc1Complete;
    default:
      return std::nullopt;
  }
}

RandomClassOptions options(const std::string& name, State lo, State hi, Letter letters) {
  return {.target = parse_random_class(name), .states = {lo, hi}, .num_letters = letters};
}

RandomLanguage draw(const RandomClassOptions& o, std::uint64_t index, std::uint64_t seed = 1) {
  return random_language(o, Rng(seed), index);
}

std::string complaint(const RandomClassOptions& o) {
  return tests::message_of([&] { (void)draw(o, 0); });
}

}  // namespace

TEST_CASE("200 languages of every class have it, by their images and by their monoid", "[automata][quick]") {
  for (const std::string& name : random_class_names()) {
    const RandomClass target = parse_random_class(name);
    const State lo = target == RandomClass::nc1_complete ? 5 : 3;
    int above_cap = 0;
    DrawCounts counts;
    for (std::uint64_t i = 0; i < 200; ++i) {
      const auto o = options(name, lo, 6, i % 2 == 0 ? 2 : 3);
      const RandomLanguage language = draw(o, i);
      const Moore machine = to_moore(language.dfa);
      const LanguageClass by_images = language_class(image_orbits(machine));
      counts += language.counts;
      CAPTURE(name, i, class_name(by_images));
      REQUIRE(has_class(language.dfa, target) == true);
      REQUIRE(wanted_class(target).value_or(by_images) == by_images);
      const auto by_monoid = class_by_monoid(machine, 20000);
      above_cap += by_monoid ? 0 : 1;
      REQUIRE(by_monoid.value_or(by_images) == by_images);
      if (target == RandomClass::r_trivial || target == RandomClass::j_trivial) {
        const TransitionMonoid monoid = enumerate_monoid(machine);
        const GreenRelations green = green_relations(monoid);
        REQUIRE((target == RandomClass::r_trivial ? green.num_r : green.num_j) == monoid.size());
      }
      if (target == RandomClass::permutation)
        REQUIRE(language.measures.least_rank == language.dfa.num_states);
    }
    INFO(name << ": " << above_cap << " of 200 monoids above the cap, acceptance " << counts.acceptance());
    CHECK(above_cap <= (target == RandomClass::nc1_complete ? 60 : 20));
    CHECK(counts.kept == 200);
    CHECK(counts.acceptance() > 0.05);
    CHECK(counts.draws == counts.kept + counts.other_size + counts.out_of_range + counts.other_class);
  }
}

TEST_CASE("recipes keep their promise before anything is rejected", "[automata][quick]") {
  const auto class_of = [](const Dfa& dfa) { return language_class(image_orbits(to_moore(minimize(dfa)))); };
  for (std::uint64_t i = 0; i < 200; ++i) {
    const RecipeSize size{.states = 4 + static_cast<State>(i % 7), .letters = 2 + static_cast<Letter>(i % 2)};
    Rng rng = Rng(9).split(i);
    CAPTURE(i);
    REQUIRE(class_of(order_preserving_recipe(size, rng)) == LanguageClass::kAperiodic);
    REQUIRE(class_of(flip_flop_recipe(size, rng)) == LanguageClass::kAperiodic);
    REQUIRE(has_class(minimize(extensive_recipe(size, rng)), RandomClass::r_trivial) == true);
    REQUIRE(has_class(minimize(order_preserving_extensive_recipe(size, rng)), RandomClass::j_trivial) ==
            true);
    REQUIRE(class_of(clocked_recipe(size, rng)) <= LanguageClass::kAc0);
    REQUIRE(class_of(counter_cascade_recipe(size, rng)) <= LanguageClass::kAcc0);
    const Dfa planted =
        minimize(planted_group_recipe({.states = size.states + 1, .letters = size.letters}, rng));
    if (planted.num_states == size.states + 1) REQUIRE(class_of(planted) == LanguageClass::kNc1Complete);
    const Dfa permuted = minimize(permutation_recipe(size, rng));
    REQUIRE(has_class(permuted, RandomClass::permutation) == true);
  }
}

TEST_CASE("languages are minimal, canonical and of the size asked; every size of a range comes",
          "[automata][quick]") {
  for (const std::string& name : random_class_names()) {
    const State lo = name == "nc1-complete" ? 5 : 4;
    std::set<State> sizes;
    for (std::uint64_t i = 0; i < 60; ++i) {
      const RandomLanguage language = draw(options(name, lo, 9, 3), i);
      REQUIRE(language.dfa.num_letters == 3);
      REQUIRE(print_dfa(minimize(language.dfa)) == print_dfa(language.dfa));
      sizes.insert(language.dfa.num_states);
    }
    REQUIRE(*sizes.begin() == lo);
    REQUIRE(*sizes.rbegin() == 9);
    REQUIRE(sizes.size() == static_cast<std::size_t>(10 - lo));
  }
  REQUIRE(draw(options("nc1-complete", 12, 12, 3), 0).dfa.num_states == 12);
  REQUIRE(draw(options("r-trivial", 200, 200, 2), 0).dfa.num_states == 200);
  REQUIRE(draw(options("aperiodic", 1, 1, 1), 0).dfa.num_states == 1);
}

TEST_CASE("language i is the same whatever else is drawn, and languages differ", "[automata][quick]") {
  for (const std::string& name : random_class_names()) {
    const auto o = options(name, 5, 8, 2);
    std::vector<std::string> forward, backward(20);
    for (std::uint64_t i = 0; i < 20; ++i) forward.push_back(print_dfa(draw(o, i).dfa));
    for (std::uint64_t i = 20; i-- > 0;) backward[i] = print_dfa(draw(o, i).dfa);
    REQUIRE(forward == backward);
    REQUIRE(std::set<std::string>(forward.begin(), forward.end()).size() >= 18);
    REQUIRE(print_dfa(draw(o, 0, 2).dfa) != forward[0]);
  }
}

TEST_CASE("balance, rank and mixing time lie in the ranges asked and are what counting says",
          "[automata][quick]") {
  auto o = options("acc0", 6, 8, 2);
  o.balance = Interval<double>{0.4, 0.6};
  o.balance_length = 10;
  o.least_rank = Interval<State>{3, 4};
  o.mixing_time = Interval<int>{1, 20};
  for (std::uint64_t i = 0; i < 20; ++i) {
    const RandomLanguage language = draw(o, i);
    const Dfa& dfa = language.dfa;
    double accepted = 0, words = 0;
    for (const auto& word : tests::all_words_up_to(2, 10))
      if (word.size() == 10) ++words, accepted += accepts(dfa, word) ? 1 : 0;
    REQUIRE(language.measures.balance == Approx(accepted / words).epsilon(1e-12));
    REQUIRE((accepted / words >= 0.4 && accepted / words <= 0.6));
    State least = dfa.num_states;
    for (Letter s = 0; s < 2; ++s) {
      std::set<State> image;
      for (State q = 0; q < dfa.num_states; ++q) image.insert(dfa.step(q, s));
      least = std::min(least, static_cast<State>(image.size()));
    }
    REQUIRE(language.measures.least_rank == least);
    REQUIRE((least >= 3 && least <= 4));
    REQUIRE(language.measures.mixing_time.has_value());
    REQUIRE((*language.measures.mixing_time >= 1 && *language.measures.mixing_time <= 20));
    REQUIRE(measure_language(dfa, 10).balance == language.measures.balance);
  }
}

TEST_CASE("a clock never mixes; a coin flip mixes at once", "[automata][quick]") {
  const Dfa clock{
      .num_states = 2, .num_letters = 1, .start = 0, .next = {1, 0}, .accept = {1, 0}, .letter_names = {"a"}};
  REQUIRE_FALSE(measure_language(clock).mixing_time.has_value());
  REQUIRE(measure_language(clock).balance == Approx(0.5));
  REQUIRE(measure_language(clock, 3).balance == Approx(0.0).margin(1e-15));
  const Dfa last{.num_states = 2,
                 .num_letters = 2,
                 .start = 0,
                 .next = {0, 1, 0, 1},
                 .accept = {0, 1},
                 .letter_names = {"a", "b"}};
  REQUIRE(measure_language(last).mixing_time == 1);
  REQUIRE(measure_language(last).least_rank == 1);
}

TEST_CASE("uniform means that all minimal automata of two states are alike likely", "[automata][quick]") {
  std::set<std::string> all;
  for (int table = 0; table < 16; ++table)
    for (int accept = 0; accept < 4; ++accept) {
      Dfa dfa{.num_states = 2,
              .num_letters = 2,
              .start = 0,
              .next = {},
              .accept = {},
              .letter_names = {"a", "b"}};
      for (int bit = 0; bit < 4; ++bit) dfa.next.push_back(table >> bit & 1);
      for (int bit = 0; bit < 2; ++bit) dfa.accept.push_back(static_cast<std::uint8_t>(accept >> bit & 1));
      if (const Dfa small = minimize(dfa); small.num_states == 2) all.insert(print_dfa(small));
    }
  std::map<std::string, int> count;
  const int each = 300, draws = each * static_cast<int>(all.size());
  for (int i = 0; i < draws; ++i)
    ++count[print_dfa(draw(options("uniform", 2, 2, 2), static_cast<std::uint64_t>(i)).dfa)];
  REQUIRE(count.size() == all.size());
  double chi = 0;
  for (const auto& [text, c] : count) {
    REQUIRE(all.count(text) == 1);
    chi += (c - each) * (c - each) / static_cast<double>(each);
  }
  const double freedom = static_cast<double>(all.size()) - 1;
  CAPTURE(chi, freedom);
  REQUIRE(chi < freedom + 5 * std::sqrt(2 * freedom) + 13);  // above the 1e-6 quantile
}

TEST_CASE("requests that no language meets are refused with the reason", "[automata][quick]") {
  const auto with = [](RandomClassOptions o, const auto& change) {
    change(o);
    return complaint(o);
  };
  const auto base = options("acc0", 4, 8, 2);
  REQUIRE(tests::contains(complaint(options("nc1-complete", 4, 4, 2)), "at least 5 states"));
  REQUIRE(
      tests::contains(complaint(options("nc1-complete", 3, 12, 2)), "at least 5 states, got a range from 3"));
  REQUIRE(tests::contains(complaint(options("ac0", 1, 1, 2)), "at least 2 states"));
  REQUIRE(tests::contains(complaint(options("acc0", 5, 5, 1)), "with one letter every language is in AC0"));
  REQUIRE(tests::contains(complaint(options("uniform", 0, 3, 1)), "from 1"));
  REQUIRE(tests::contains(complaint(options("uniform", 5, 3, 1)), "got 5..3"));
  REQUIRE(tests::contains(complaint(options("uniform", 5, 5000, 1)), "at most 1024"));
  REQUIRE(tests::contains(complaint(options("uniform", 5, 5, 0)), "1..1024 letters"));
  REQUIRE(tests::contains(with(base,
                               [](auto& o) {
                                 o.balance = Interval<double>{0.6, 0.4};
                               }),
                          "within 0..1"));
  REQUIRE(tests::contains(with(base,
                               [](auto& o) {
                                 o.balance = Interval<double>{0.6, 1.4};
                               }),
                          "within 0..1"));
  REQUIRE(tests::contains(with(base,
                               [](auto& o) {
                                 o.balance = Interval<double>{std::nan(""), 1};
                               }),
                          "within 0..1"));
  REQUIRE(tests::contains(with(base, [](auto& o) { o.balance_length = -1; }), "balance length"));
  REQUIRE(tests::contains(with(base, [](auto& o) { o.least_rank = Interval<State>{3, 2}; }), "got 3..2"));
  REQUIRE(tests::contains(with(base,
                               [](auto& o) {
                                 o.least_rank = Interval<State>{5, 9};
                               }),
                          "4 states has no rank of 5"));
  REQUIRE(tests::contains(with(base, [](auto& o) { o.mixing_time = Interval<int>{9, 3}; }), "got 9..3"));
  REQUIRE(tests::contains(with(base, [](auto& o) { o.max_draws = 0; }), "at least 1 draw"));
  REQUIRE(tests::contains(with(options("j-trivial", 4, 4, 2),
                               [](auto& o) {
                                 o.least_rank = Interval<State>{4, 4};
                               }),
                          "permute the 4 states"));
  REQUIRE(tests::contains(with(options("permutation", 4, 6, 2),
                               [](auto& o) {
                                 o.least_rank = Interval<State>{2, 5};
                               }),
                          "have rank 6"));
  REQUIRE(tests::contains(tests::message_of([] { (void)parse_random_class("nc1"); }), "did you mean"));
}

TEST_CASE("giving up is one sentence with the counts", "[automata][quick]") {
  auto o = options("permutation", 6, 6, 1);  // one cycle: periodic, never mixes
  o.mixing_time = Interval<int>{0, 10};
  o.max_draws = 500;
  const std::string text = complaint(o);
  CAPTURE(text);
  REQUIRE(tests::contains(text, "500 draws held no permutation language of 6 states and 1 letters"));
  REQUIRE_FALSE(tests::contains(text, "\n"));
}
