#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "automata/conjugacy.h"
#include "tests/support/catch.h"

using namespace anser::automata;

namespace {

std::vector<std::int64_t> sizes(const std::vector<ConjugacyClass>& classes) {
  std::vector<std::int64_t> result;
  for (const auto& c : classes) result.push_back(c.size());
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

TEST_CASE("two elements are in one class exactly when some element carries one to the other",
          "[automata][quick]") {
  const std::string name =
      GENERATE("s1", "s3", "s4", "a4", "a5", "z6", "d2", "d4", "d8", "d10", "q8", "h3", "q8_x_z2", "s3_x_d6");
  CAPTURE(name);
  const auto group = PermutationGroup::parse(name);
  const auto classes = conjugacy_classes(group);
  const auto number = class_numbers(classes);
  REQUIRE(classes.front().elements == std::vector<Element>{0});
  for (Element x = 0; x < group.order(); ++x) {
    std::set<Element> orbit;
    for (Element g = 0; g < group.order(); ++g)
      orbit.insert(group.product(group.product(g, x), group.inverse(g)));
    const ConjugacyClass& c = classes[static_cast<std::size_t>(number[static_cast<std::size_t>(x)])];
    REQUIRE(c.elements == std::vector<Element>(orbit.begin(), orbit.end()));
    REQUIRE(c.representative == *orbit.begin());
    REQUIRE(c.element_order == group.element_order(x));
    REQUIRE(c.cycle_type == cycle_type(group.element(x)));
    REQUIRE(c.sign == group.sign(x));
  }
}

TEST_CASE("classes, centres and exponents are those of the textbooks", "[automata][quick]") {
  struct Row {
    std::string name;
    std::vector<std::int64_t> sizes;
    std::size_t centre;
    std::int64_t exponent;
  };
  const std::vector<Row> table = {{"s3", {1, 2, 3}, 1, 6},
                                  {"s4", {1, 3, 6, 6, 8}, 1, 12},
                                  {"s5", {1, 10, 15, 20, 20, 24, 30}, 1, 60},
                                  {"s6", {1, 15, 15, 40, 40, 45, 90, 90, 120, 120, 144}, 1, 60},
                                  {"a4", {1, 3, 4, 4}, 1, 6},
                                  {"a5", {1, 12, 12, 15, 20}, 1, 30},
                                  {"d8", {1, 1, 2, 2, 2}, 2, 4},
                                  {"d10", {1, 2, 2, 5}, 1, 10},
                                  {"q8", {1, 1, 2, 2, 2}, 2, 4},
                                  {"h3", {1, 1, 2, 2, 2}, 2, 4},
                                  {"z5", {1, 1, 1, 1, 1}, 5, 5}};
  for (const Row& row : table) {
    CAPTURE(row.name);
    const auto group = PermutationGroup::parse(row.name);
    REQUIRE(sizes(conjugacy_classes(group)) == row.sizes);
    REQUIRE(centre(group).size() == row.centre);
    REQUIRE(exponent(group) == row.exponent);
  }
}

TEST_CASE("S5's classes by cycle type are those of the generator table of theory.md 3.4",
          "[automata][quick]") {
  std::map<std::vector<std::int32_t>, std::vector<std::int64_t>> found;
  for (const auto& c : conjugacy_classes(PermutationGroup::parse("s5")))
    found[c.cycle_type] = {c.size(), c.sign, c.element_order};
  const std::map<std::vector<std::int32_t>, std::vector<std::int64_t>> wanted = {
      {{}, {1, 1, 1}},       {{2}, {10, -1, 2}}, {{2, 2}, {15, 1, 2}}, {{3}, {20, 1, 3}},
      {{3, 2}, {20, -1, 6}}, {{4}, {30, -1, 4}}, {{5}, {24, 1, 5}}};
  REQUIRE(found == wanted);
}

TEST_CASE("the centre is the classes of size 1", "[automata][quick]") {
  const std::string name = GENERATE("s2", "s3", "d8", "d12", "q8", "h3", "z7", "q8_x_z3", "a4_x_z5");
  const auto group = PermutationGroup::parse(name);
  std::vector<Element> single;
  for (const auto& c : conjugacy_classes(group))
    if (c.size() == 1) single.push_back(c.representative);
  REQUIRE(centre(group) == single);
}
