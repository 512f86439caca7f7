#include <algorithm>
#include <numeric>

#include "automata/permutation.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::automata;

namespace {

std::vector<Permutation> all_permutations(std::int32_t n) {
  std::vector<std::int32_t> images(static_cast<std::size_t>(n));
  std::iota(images.begin(), images.end(), 0);
  std::vector<Permutation> result;
  do result.emplace_back(images);
  while (std::next_permutation(images.begin(), images.end()));
  return result;
}

/// Sign by counting pairs that stand in the wrong order: another definition than the one under test.
int sign_by_inversions(const Permutation& p) {
  int inversions = 0;
  for (std::int32_t i = 0; i < p.degree(); ++i)
    for (std::int32_t j = i + 1; j < p.degree(); ++j) inversions += p(i) > p(j) ? 1 : 0;
  return inversions % 2 == 0 ? 1 : -1;
}

}  // namespace

TEST_CASE("a product of permutations lets the right factor act first", "[automata][quick]") {
  const Permutation p = parse_cycles("(1 2)", 3), q = parse_cycles("(2 3)", 3);
  REQUIRE((p * q)(1) == p(q(1)));
  REQUIRE(p * q == parse_cycles("(1 2 3)", 3));
  REQUIRE(q * p == parse_cycles("(1 3 2)", 3));
}

TEST_CASE("permutations of four points obey the laws of a group and of the sign", "[automata][quick]") {
  const auto all = all_permutations(4);
  const Permutation id = Permutation::identity(4);
  for (const auto& p : all) {
    REQUIRE(p * inverse(p) == id);
    REQUIRE(inverse(p) * p == id);
    REQUIRE(p * id == p);
    for (const auto& q : all) {
      REQUIRE(sign(p * q) == sign(p) * sign(q));
      for (const auto& r : all)
        if ((p * q) * r != p * (q * r)) FAIL("not associative");
    }
  }
}

TEST_CASE("sign, order and moved points of all permutations up to six points are those of the definitions",
          "[automata][quick]") {
  const auto n = GENERATE(1, 2, 3, 4, 5, 6);
  for (const auto& p : all_permutations(n)) {
    REQUIRE(sign(p) == sign_by_inversions(p));
    Permutation power = p;
    std::int64_t k = 1;
    for (; power != Permutation::identity(n); ++k) power = power * p;
    REQUIRE(order(p) == k);
    const auto type = cycle_type(p);
    REQUIRE(moved_points(p) == std::accumulate(type.begin(), type.end(), 0));
    REQUIRE(std::is_sorted(type.rbegin(), type.rend()));
  }
}

TEST_CASE("the cycle types of S5 have the sizes of the table in theory.md 3.4", "[automata][quick]") {
  const std::vector<std::pair<std::vector<std::int32_t>, int>> table = {
      {{}, 1}, {{2}, 10}, {{2, 2}, 15}, {{3}, 20}, {{3, 2}, 20}, {{4}, 30}, {{5}, 24}};
  const auto all = all_permutations(5);
  for (const auto& [type, size] : table)
    REQUIRE(std::count_if(all.begin(), all.end(), [&](const auto& p) { return cycle_type(p) == type; }) ==
            size);
}

TEST_CASE("cycle notation of every permutation of five points reads back as the same permutation",
          "[automata][quick]") {
  for (const auto& p : all_permutations(5)) REQUIRE(parse_cycles(print_cycles(p), 5) == p);
  REQUIRE(print_cycles(Permutation::identity(5)) == "id");
  REQUIRE(print_cycles(Permutation({1, 0, 3, 4, 2})) == "(1 2)(3 4 5)");
  REQUIRE(parse_cycles("(1,2)", 5) == parse_cycles("(1 2)", 5));
  REQUIRE(parse_cycles("()", 5) == Permutation::identity(5));
}

TEST_CASE("a text that is no permutation is refused with its fault named", "[automata][quick]") {
  const auto says = [](std::string_view text, const std::string& part) {
    return tests::contains(tests::message_of([&] { parse_cycles(text, 5); }), part);
  };
  REQUIRE(says("(1 6)", "point 6 is not in 1..5"));
  REQUIRE(says("(1 2)(2 3)", "point 2 occurs twice"));
  REQUIRE(says("(1 1)", "point 1 occurs twice"));
  REQUIRE(says("(1 x)", "unexpected character 'x'"));
  REQUIRE(says("(1 2", "is not a product of cycles"));
  REQUIRE(says("1 2", "is not a product of cycles"));
  REQUIRE(says("", "empty text"));
  REQUIRE(says("(99999999999999999999)", "not in 1..5"));
  REQUIRE_THROWS_AS(Permutation({0, 0}), InputError);
  REQUIRE_THROWS_AS(Permutation({0, 2}), InputError);
  REQUIRE_THROWS_AS(Permutation::identity(3) * Permutation::identity(4), InputError);
}
