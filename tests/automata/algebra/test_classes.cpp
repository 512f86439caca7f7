// The class verdicts against their definitions by products in the syntactic semigroup.
#include "automata/language_classes.h"
#include "automata/minimize.h"
#include "automata/random_dfa.h"
#include "automata/reset_word.h"
#include "automata/transition_map.h"
#include "tests/automata/algebra/machines.h"
#include "tests/support/catch.h"

using namespace anser;
using namespace anser::automata;

namespace {

/// The syntactic semigroup of non-empty words as a table, and the classes by their equations.
class Definitions {
 public:
  explicit Definitions(const Moore& minimal) : machine_(minimal), monoid_(enumerate_monoid(minimal)) {
    for (std::int32_t x = monoid_.identity_is_word() ? 0 : 1; x < monoid_.size(); ++x) elements_.push_back(x);
    for (const auto x : elements_)
      if (times(x, x) == x) idempotents_.push_back(x);
  }

  const TransitionMonoid& monoid() const { return monoid_; }
  std::int32_t times(std::int32_t x, std::int32_t y) const { return monoid_.product(x, y); }

  template <typename Equation>
  bool for_all(Equation&& equation) const {  // over idempotents e and elements s
    for (const auto e : idempotents_)
      for (const auto s : elements_)
        if (!equation(e, s)) return false;
    return true;
  }

  bool definite() const {
    return for_all([&](auto e, auto s) { return times(s, e) == e; });
  }
  bool reverse_definite() const {
    return for_all([&](auto e, auto s) { return times(e, s) == e; });
  }
  bool generalised_definite() const {
    return for_all([&](auto e, auto s) { return times(times(e, s), e) == e; });
  }
  bool locally_testable() const {
    return for_all([&](auto e, auto s) {
      const auto x = times(times(e, s), e);
      if (times(x, x) != x) return false;
      for (const auto t : elements_) {
        const auto y = times(times(e, t), e);
        if (times(x, y) != times(y, x)) return false;
      }
      return true;
    });
  }
  bool commutative() const {
    for (const auto x : elements_)
      for (const auto y : elements_)
        if (times(x, y) != times(y, x)) return false;
    return true;
  }
  /// (xyx) with x regular: DA by "regular elements are idempotent", regular by search for xyx = x.
  bool da() const {
    for (const auto x : elements_)
      for (const auto y : elements_)
        if (times(times(x, y), x) == x && times(x, x) != x) return false;
    return true;
  }
  /// xM = yM only for x = y (R), Mx = My (L), MxM = MyM (J): by mutual reachability.
  bool trivial(bool right, bool left) const {
    const auto n = static_cast<std::size_t>(monoid_.size());
    std::vector<std::vector<bool>> reaches(n, std::vector<bool>(n, false));
    for (std::size_t x = 0; x < n; ++x) {
      std::vector<std::int32_t> queue = {static_cast<std::int32_t>(x)};
      reaches[x][x] = true;
      for (std::size_t i = 0; i < queue.size(); ++i)
        for (Letter s = 0; s < machine_.num_letters; ++s)
          for (const auto y :
               {right ? monoid_.right(queue[i], s) : queue[i], left ? monoid_.left(queue[i], s) : queue[i]}) {
            if (!reaches[x][static_cast<std::size_t>(y)]) queue.push_back(y);
            reaches[x][static_cast<std::size_t>(y)] = true;
          }
    }
    for (std::size_t x = 0; x < n; ++x)
      for (std::size_t y = 0; y < x; ++y)
        if (reaches[x][y] && reaches[y][x]) return false;
    return true;
  }
  bool has_constant() const {
    for (const auto x : elements_)
      if (rank(monoid_.map(x)) == 1) return true;
    return machine_.num_states == 1;
  }
  bool has_zero() const {
    for (const auto z : elements_) {
      bool zero = true;
      for (const auto s : elements_) zero = zero && times(z, s) == z && times(s, z) == z;
      if (zero) return true;
    }
    return false;
  }
  bool is_group() const {
    for (const auto x : elements_)
      if (rank(monoid_.map(x)) != machine_.num_states) return false;
    return true;
  }

 private:
  const Moore& machine_;
  TransitionMonoid monoid_;
  std::vector<std::int32_t> elements_, idempotents_;
};

void check_reset_word(const Moore& machine, const LanguageClasses& c) {
  REQUIRE(c.reset_word.has_value() == c.synchronising.holds);
  if (c.reset_word) REQUIRE(rank(word_map(machine, *c.reset_word)) == 1);
  const ResetWord by_pairs = find_reset_word(machine);
  REQUIRE(by_pairs.synchronising == c.synchronising.holds);
  if (!by_pairs.word) return;
  REQUIRE(rank(word_map(machine, *by_pairs.word)) == 1);
  REQUIRE(by_pairs.word->size() >= c.reset_word->size());
}

void check_definitions(const Moore& minimal) {
  const Definitions definitions(minimal);
  if (definitions.monoid().size() > 150) return;
  const GreenRelations green = green_relations(definitions.monoid());
  const ImageOrbits orbits = image_orbits(minimal);
  const LanguageClasses c = language_classes(minimal, orbits, {&definitions.monoid(), &green});
  REQUIRE(c.r_trivial.holds == definitions.trivial(true, false));
  REQUIRE(c.l_trivial.holds == definitions.trivial(false, true));
  REQUIRE(c.j_trivial.holds == definitions.trivial(true, true));
  REQUIRE(c.da.holds == definitions.da());
  REQUIRE(c.definite.holds == definitions.definite());
  REQUIRE(c.reverse_definite.holds == definitions.reverse_definite());
  REQUIRE(c.generalised_definite.holds == definitions.generalised_definite());
  REQUIRE(c.locally_testable.holds == definitions.locally_testable());
  REQUIRE(c.commutative.holds == definitions.commutative());
  REQUIRE(c.permutation_automaton.holds == definitions.is_group());
  REQUIRE(c.synchronising.holds == definitions.has_constant());
  REQUIRE(c.zero.holds == definitions.has_zero());
  REQUIRE(c.star_free.holds == (green.largest_group == 1));
  check_reset_word(minimal, c);
  // Without the monoid: what is told is the same, and tests on the machine always tell.
  const LanguageClasses without = language_classes(minimal, orbits, {});
  const auto agrees = [](const Verdict& x, const Verdict& y) { return !x.holds || x.holds == y.holds; };
  REQUIRE(agrees(without.l_trivial, c.l_trivial));
  REQUIRE(agrees(without.da, c.da));
  REQUIRE(agrees(without.generalised_definite, c.generalised_definite));
  REQUIRE(agrees(without.locally_testable, c.locally_testable));
  for (const Verdict* v :
       {&without.r_trivial, &without.j_trivial, &without.definite, &without.reverse_definite,
        &without.permutation_automaton, &without.commutative, &without.synchronising})
    REQUIRE(v->holds.has_value());
  for (const Verdict* v :
       {&c.r_trivial, &c.l_trivial, &c.j_trivial, &c.da, &c.definite, &c.reverse_definite,
        &c.generalised_definite, &c.locally_testable, &c.star_free, &c.permutation_automaton, &c.commutative,
        &c.synchronising, &c.zero, &without.l_trivial, &without.da})
    REQUIRE_FALSE(v->method.empty());
}

std::size_t power(std::size_t base, int exponent) {
  std::size_t result = 1;
  for (; exponent > 0; --exponent) result *= base;
  return result;
}

}  // namespace

TEST_CASE(
    "class verdicts are those of the equations, on every automaton of 2 states and 2 letters, 3 and 1, 3 and "
    "2",
    "[automata][algebra][quick]") {
  for (const auto& [n, k] : {std::pair{1, 2}, {2, 1}, {2, 2}, {3, 1}, {3, 2}})
    for (std::size_t table = 0; table < power(static_cast<std::size_t>(n), n * k); ++table)
      for (unsigned accept = 0; accept < 1U << n; ++accept)
        check_definitions(minimize(to_moore(tests::table_dfa(n, k, table, accept))));
}

TEST_CASE("class verdicts are those of the equations, on random machines of four shapes",
          "[automata][algebra][quick]") {
  const auto seed = GENERATE(range(0, 150));
  Rng rng(static_cast<std::uint64_t>(seed));
  const auto n = static_cast<State>(2 + rng.below(6));
  const auto k = static_cast<Letter>(1 + rng.below(3));
  CAPTURE(seed);
  Dfa dfa = random_dfa({.num_states = n, .num_letters = k}, rng.split("dfa"));
  check_definitions(minimize(to_moore(dfa)));
  Dfa extensive = dfa;  // R-trivial, often J-trivial
  for (std::size_t i = 0; i < dfa.next.size(); ++i)
    extensive.next[i] = std::max<State>(dfa.next[i], static_cast<State>(i) / k);
  check_definitions(minimize(to_moore(extensive)));
  for (std::size_t i = 0; i < dfa.next.size(); ++i)
    extensive.next[i] = std::min<State>(static_cast<State>(i) / k + static_cast<State>(rng.below(2)), n - 1);
  check_definitions(minimize(to_moore(extensive)));
  Dfa window = dfa;  // the last letters: definite
  for (State q = 0; q < n; ++q)
    for (Letter s = 0; s < k; ++s) window.next[static_cast<std::size_t>(q * k + s)] = (q * k + s) % n;
  check_definitions(minimize(to_moore(window)));
}

TEST_CASE("a machine of 3,000 states has its verdicts without its monoid", "[automata][algebra][quick]") {
  // Words over {a, b} of length below 2,999: reverse definite, nilpotent, J-trivial.
  constexpr State kStates = 3000;
  Moore m{.num_states = kStates,
          .num_letters = 2,
          .num_labels = 2,
          .start = 0,
          .next = {},
          .label = std::vector<std::int32_t>(kStates, 1),
          .letter_names = {"a", "b"},
          .label_names = {"reject", "accept"}};
  m.label.back() = 0;
  for (State q = 0; q < kStates; ++q) m.next.insert(m.next.end(), 2, std::min(q + 1, kStates - 1));
  const ImageOrbits orbits = image_orbits(m);
  const LanguageClasses c = language_classes(m, orbits, {});
  for (const Verdict* v : {&c.r_trivial, &c.l_trivial, &c.j_trivial, &c.da, &c.definite, &c.reverse_definite,
                           &c.generalised_definite, &c.locally_testable, &c.star_free, &c.commutative,
                           &c.synchronising, &c.zero})
    REQUIRE(v->holds == true);
  REQUIRE(c.permutation_automaton.holds == false);
}
