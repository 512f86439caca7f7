#include <algorithm>
#include <array>
#include <set>

#include "automata/permutation_group.h"
#include "core/base/files.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::automata;

namespace {

/// The file of jopetty/word-problem for words of two elements: every pair, with both prefix products.
std::string pairs_csv(const PermutationGroup& group, int seed) {
  std::string text = "seed,input,target\n";
  for (Element i = 0; i < group.order(); ++i)
    for (Element j = 0; j < group.order(); ++j)
      text += fmt::format("{},{} {},{} {}\n", seed, i, j, i, group.product(i, j));
  return text;
}

std::vector<std::string> names(const PermutationGroup& group, const std::vector<Element>& elements) {
  std::vector<std::string> result;
  for (const Element i : elements) result.push_back(group.element_name(i));
  return result;
}

}  // namespace

TEST_CASE("element numbers multiply as in the quick checks of testbeds.md 2.1", "[automata][quick]") {
  const auto a5 = PermutationGroup::parse("A5"), s5 = PermutationGroup::parse("s5");
  REQUIRE(a5.product(1, 3) == 6);
  REQUIRE(a5.product(3, 1) == 5);
  REQUIRE(s5.product(1, 2) == 4);
  REQUIRE(s5.product(2, 1) == 3);
}

// These bytes have the SHA-256 of upstream's files: 5fa1b247..., 4ce5b6d9..., 8938e809...
TEST_CASE("words of two elements of A5, Z60 and A4 x Z5 are byte for byte those of word-problem",
          "[automata][quick]") {
  REQUIRE(short_hash(pairs_csv(PermutationGroup::parse("A5"), 946607)) == "0ab0eb7477315545");
  REQUIRE(short_hash(pairs_csv(PermutationGroup::parse("Z60"), 842871)) == "a415c9428e419875");
  REQUIRE(short_hash(pairs_csv(PermutationGroup::parse("A4_x_Z5"), 814239)) == "c7fed5a8047337a1");
}

TEST_CASE("products and inverses of elements are those of the permutations behind them",
          "[automata][quick]") {
  const std::string name =
      GENERATE("s1", "s2", "s3", "s4", "a3", "a4", "a5", "z1", "z2", "z7", "a4_x_z5", "s3_x_s3_x_z2", "d2",
               "d4", "d6", "d8", "d10", "q8", "h3", "z3_x_q8", "d8_x_h3_x_z2");
  const auto group = PermutationGroup::parse(name);
  CAPTURE(name);
  for (Element i = 0; i < group.order(); ++i) {
    const Permutation p = group.element(i);
    REQUIRE(group.number_of(p) == i);
    REQUIRE(group.element(group.inverse(i)) == inverse(p));
    REQUIRE(group.element_order(i) == order(p));
    for (Element j = 0; j < group.order(); ++j)
      if (group.element(group.product(i, j)) != p * group.element(j))
        FAIL("wrong product of " << i << " and " << j);
  }
}

TEST_CASE("orders, derived series and solvability are those of the textbooks", "[automata][quick]") {
  using Series = std::vector<std::int64_t>;
  const std::vector<std::pair<std::string, Series>> table = {{"s1", {1}},
                                                             {"z1", {1}},
                                                             {"a2", {1}},
                                                             {"s2", {2, 1}},
                                                             {"s3", {6, 3, 1}},
                                                             {"a4", {12, 4, 1}},
                                                             {"s4", {24, 12, 4, 1}},
                                                             {"a5", {60}},
                                                             {"s5", {120, 60}},
                                                             {"a6", {360}},
                                                             {"s6", {720, 360}},
                                                             {"z60", {60, 1}},
                                                             {"a4_x_z5", {60, 4, 1}},
                                                             {"a5_x_z2", {120, 60}},
                                                             {"d2", {2, 1}},
                                                             {"d4", {4, 1}},
                                                             {"d8", {8, 2, 1}},
                                                             {"d10", {10, 5, 1}},
                                                             {"q8", {8, 2, 1}},
                                                             {"h3", {8, 2, 1}},
                                                             {"q8_x_z3", {24, 2, 1}}};
  for (const auto& [name, series] : table) {
    CAPTURE(name);
    const auto group = PermutationGroup::parse(name);
    REQUIRE(group.order() == series.front());
    REQUIRE(group.derived_series() == series);
    REQUIRE(group.is_solvable() == (series.back() == 1));
  }
}

TEST_CASE("the classes of the abelianisation multiply like a commutative group", "[automata][quick]") {
  const std::string name = GENERATE("s4", "a4", "s5", "z6", "a4_x_z5", "d8", "d10", "q8", "h3", "d8_x_z3");
  const auto group = PermutationGroup::parse(name);
  const auto classes = group.abelian_classes();
  const auto of = [&](Element i) { return classes[static_cast<std::size_t>(i)]; };
  std::set<std::vector<std::int32_t>> seen;
  for (Element i = 0; i < group.order(); ++i)
    for (Element j = 0; j < group.order(); ++j) {
      REQUIRE(of(group.product(i, j)) == of(group.product(j, i)));
      seen.insert({of(i), of(j), of(group.product(i, j))});
    }
  const auto count = static_cast<std::size_t>(*std::max_element(classes.begin(), classes.end()) + 1);
  REQUIRE(seen.size() == count * count);  // the class of a product depends on the classes alone
  REQUIRE(count == static_cast<std::size_t>(group.order() / group.derived_series()[1]));
}

TEST_CASE("token sets hold the elements that their names say", "[automata][quick]") {
  const auto s5 = PermutationGroup::parse("s5");
  using Names = std::vector<std::string>;
  REQUIRE(s5.token_set("all").size() == 120);
  REQUIRE(names(s5, s5.token_set("swaps")) ==
          Names{"(4 5)", "(3 4)", "(3 5)", "(2 3)", "(2 4)", "(2 5)", "(1 2)", "(1 3)", "(1 4)", "(1 5)"});
  REQUIRE(s5.token_set("swaps+id").size() == 11);
  REQUIRE(s5.token_set("swaps+id").front() == 0);
  REQUIRE(s5.token_set("limit2") == s5.token_set("swaps+id"));
  REQUIRE(s5.token_set("limit3").size() == 31);
  REQUIRE(names(s5, s5.token_set("gens")) == Names{"(4 5)", "(3 4)", "(2 3)", "(1 2)", "(1 2 3 4 5)"});
  REQUIRE(s5.token_set_title("swaps+id") == "identity and the 10 transpositions");
  const auto a5 = PermutationGroup::parse("a5");
  REQUIRE(names(a5, a5.token_set("gens")) == Names{"(1 2 3)", "(1 2 4)", "(1 2 5)"});
  REQUIRE(a5.token_set("limit3").size() == 21);
  REQUIRE(names(PermutationGroup::parse("z60"), PermutationGroup::parse("z60").token_set("gens")) ==
          Names{"1"});
}

TEST_CASE("every token set is ascending and generates its group", "[automata][quick]") {
  const std::string name = GENERATE("s2", "s3", "s4", "s5", "a3", "a4", "a5", "a6", "z2", "z60", "a4_x_z5",
                                    "d2", "d4", "d8", "d12", "q8", "h3", "q8_x_d6");
  const auto group = PermutationGroup::parse(name);
  for (const auto& set : group.token_set_names()) {
    CAPTURE(name, set);
    const auto tokens = group.token_set(set);
    REQUIRE(std::is_sorted(tokens.begin(), tokens.end()));
    REQUIRE(group.generated_subgroup(tokens).size() == static_cast<std::size_t>(group.order()));
  }
}

TEST_CASE("products of transpositions are odd exactly when their number is odd", "[automata][quick]") {
  const auto s5 = PermutationGroup::parse("s5");
  std::set<Element> after = {0};
  for (int length = 1; length <= 6; ++length) {
    std::set<Element> next;
    for (const Element i : after)
      for (const Element swap : s5.token_set("swaps")) next.insert(s5.product(i, swap));
    for (const Element i : next) REQUIRE(s5.sign(i) == (length % 2 == 0 ? 1 : -1));
    after = next;
  }
  REQUIRE(after.size() == 60);  // words of one length reach one coset of A5 only
}

TEST_CASE("D8, Q8 and H3 multiply by the rules of testbeds.md 2.1", "[automata][quick]") {
  const auto d8 = PermutationGroup::parse("D8"), q8 = PermutationGroup::parse("q8"),
             h3 = PermutationGroup::parse("h3");
  for (Element x = 0; x < 8; ++x)
    for (Element y = 0; y < 8; ++y) {
      const Element i = x % 4, f = x / 4, j = y % 4, g = y / 4;
      REQUIRE(d8.product(x, y) == (i + (f == 1 ? 4 - j : j)) % 4 + 4 * ((f + g) % 2));
      const Element a = x / 4, b = x / 2 % 2, c = x % 2, a2 = y / 4, b2 = y / 2 % 2, c2 = y % 2;
      REQUIRE(h3.product(x, y) == 4 * ((a + a2) % 2) + 2 * ((b + b2) % 2) + (c + c2 + a * b2) % 2);
    }
  // i j = k, j k = i, k i = j, i^2 = j^2 = k^2 = -1; -1 is central.
  for (const auto& [x, y, z] : {std::array<Element, 3>{1, 2, 3}, {2, 3, 1}, {3, 1, 2}}) {
    REQUIRE(q8.product(x, y) == z);
    REQUIRE(q8.product(y, x) == z + 4);
    REQUIRE(q8.product(x, x) == 4);
    REQUIRE(q8.product(4, x) == x + 4);
    REQUIRE(q8.product(x, 4) == x + 4);
  }
  REQUIRE(names(q8, q8.token_set("all")) ==
          std::vector<std::string>{"1", "i", "j", "k", "-1", "-i", "-j", "-k"});
  REQUIRE(names(d8, d8.token_set("all")) ==
          std::vector<std::string>{"id", "r", "r2", "r3", "s", "rs", "r2s", "r3s"});
  REQUIRE(h3.element_name(5) == "(1,0,1)");
  REQUIRE(d8.title() == "D8");
  REQUIRE(d8.degree() == 4);
  REQUIRE(h3.degree() == 4);
  REQUIRE(q8.degree() == 8);
  REQUIRE(PermutationGroup::parse("q8_X_z3").element_name(14) == "-1|2");
  REQUIRE_THROWS_AS(d8.number_of(parse_cycles("(1 2)", 4)), InputError);
  REQUIRE_THROWS_AS(h3.number_of(parse_cycles("(1 2)", 4)), InputError);
}

TEST_CASE("names that are no group of ours are refused in one sentence", "[automata][quick]") {
  const auto says = [](std::string_view name) {
    return tests::message_of([&] { PermutationGroup::parse(name); });
  };
  REQUIRE(tests::contains(says("m12"), "\"m12\" is not a group"));
  REQUIRE(tests::contains(says("s"), "not a group"));
  REQUIRE(tests::contains(says("s5_x_"), "not a group"));
  REQUIRE(tests::contains(says("q7"), "not a group"));
  REQUIRE(tests::contains(says("d7"), "even order"));
  REQUIRE(tests::contains(says("d5042"), "more than 5040 elements"));
  REQUIRE(tests::contains(says("s0"), "at least 1 point"));
  REQUIRE(tests::contains(says("s8"), "more than 5040 elements"));
  REQUIRE(tests::contains(says("z5041"), "more than 5040 elements"));
  REQUIRE(tests::contains(says("s5_x_s5"), "more than 5040 elements"));
  REQUIRE(tests::contains(says("z99999999999999999999999"), "more than 5040 elements"));
  const auto s5 = PermutationGroup::parse("s5");
  REQUIRE(tests::contains(tests::message_of([&] { s5.token_set("swap"); }), "did you mean \"swaps\"?"));
  REQUIRE_THROWS_AS(s5.product(0, 120), InputError);
  REQUIRE_THROWS_AS(s5.element(-1), InputError);
  REQUIRE_THROWS_AS(PermutationGroup::parse("a5").number_of(parse_cycles("(1 2)", 5)), InputError);
  REQUIRE_THROWS_AS(PermutationGroup::parse("z5").number_of(parse_cycles("(1 2)", 5)), InputError);
}
