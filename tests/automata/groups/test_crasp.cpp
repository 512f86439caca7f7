#include "automata/crasp.h"
#include "automata/minimize.h"
#include "automata/random_recipes.h"
#include "automata/regex.h"
#include "tests/support/catch.h"

using namespace anser;
using namespace anser::automata;

namespace {

std::optional<bool> member(const std::string& regex) {
  return crasp_membership(compile_regex(regex)).member;
}

/// Dyck-1 of depth at most `depth`: state = height, then the sink.
Dfa bounded_dyck(State depth) {
  Dfa dfa{.num_states = depth + 2,
          .num_letters = 2,
          .start = 0,
          .next = {},
          .accept = {},
          .letter_names = {"a", "b"}};
  for (State q = 0; q <= depth + 1; ++q) {
    dfa.next.push_back(q > depth ? depth + 1 : q + 1);
    dfa.next.push_back(q == 0 || q > depth ? depth + 1 : q - 1);
    dfa.accept.push_back(q == 0 ? 1 : 0);
  }
  return dfa;
}

}  // namespace

TEST_CASE("C-RASP holds what counts on loops that balance, and no flip-flop", "[automata][quick]") {
  for (const auto* regex : {"a*b*", "a(a|b)*", "(a|b)*a(a|b)*b(a|b)*", "(ab)*", "(aab)*", "(ab|ba)*",
                            "(ab)*c(ba)*", "(a(ab)*b)*", "(abcb)*", "~(ab)*", "a*"}) {
    CAPTURE(regex);
    REQUIRE(member(regex) == true);
  }
  for (const auto* regex : {"(a|b)*b", "(a|b)*aa(a|b)*", "b*(ab*ab*)*", "(aa)*", "(aa|b)*", "(aab|b)*",
                            "(a*ba)*", "(a|b|c)*ab*"}) {
    CAPTURE(regex);
    REQUIRE(member(regex) == false);
  }
}

TEST_CASE("Dyck-1 of bounded depth is in C-RASP by one round of potentials, the height",
          "[automata][quick]") {
  const State depth = GENERATE(1, 2, 3, 10, 40);
  const CraspVerdict verdict = crasp_membership(bounded_dyck(depth));
  REQUIRE(verdict.member == true);
  REQUIRE(verdict.method == "potentials");
  REQUIRE(verdict.rounds == 1);
}

TEST_CASE("R-trivial languages are in C-RASP without potentials", "[automata][quick]") {
  for (std::uint64_t i = 0; i < 50; ++i) {
    Rng rng = Rng(5).split(i);
    const CraspVerdict verdict = crasp_membership(extensive_recipe({.states = 8, .letters = 3}, rng));
    REQUIRE(verdict.member == true);
    REQUIRE(verdict.method == "R-trivial");
    REQUIRE(verdict.rounds == 0);
  }
}

TEST_CASE("a language and its complement are in C-RASP together, and no names the states confused",
          "[automata][quick]") {
  int yes = 0, no = 0;
  for (std::uint64_t i = 0; i < 600; ++i) {
    Rng rng = Rng(6).split(i);
    Dfa dfa = minimize(order_preserving_recipe({.states = 5, .letters = 2}, rng));
    const CraspVerdict verdict = crasp_membership(dfa);
    REQUIRE(verdict.member.has_value());
    REQUIRE(verdict.confused.has_value() == !*verdict.member);
    (*verdict.member ? yes : no) += 1;
    for (auto& bit : dfa.accept) bit ^= 1;
    REQUIRE(crasp_membership(dfa).member == verdict.member);
  }
  REQUIRE(yes > 50);
  REQUIRE(no > 50);
}

TEST_CASE("a confused pair is never told apart by how often its words use a letter", "[automata][quick]") {
  // In a group every letter's power is a loop: no potential but 0, so all states are confused.
  Rng rng(7);
  for (int i = 0; i < 50; ++i) {
    const Dfa dfa = minimize(permutation_recipe({.states = 6, .letters = 2}, rng));
    REQUIRE(crasp_membership(dfa).member == (dfa.num_states == 1));
  }
}

TEST_CASE("components too large for potentials are left open", "[automata][quick]") {
  const CraspVerdict verdict = crasp_membership(bounded_dyck(kMaxCraspComponent));
  REQUIRE_FALSE(verdict.member.has_value());
  REQUIRE_FALSE(verdict.reason.empty());
}
