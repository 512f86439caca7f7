#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "automata/characters.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::automata;

namespace {

const double kGolden = (1 + std::sqrt(5.0)) / 2;

const std::vector<std::string> kGroups = {
    "s1", "s2",  "s3",  "s4",  "s5", "s6", "a1",      "a2",      "a3",          "a4",
    "a5", "a6",  "a7",  "z1",  "z2", "z5", "z12",     "d2",      "d4",          "d6",
    "d8", "d10", "d12", "d14", "q8", "h3", "a4_x_z5", "s3_x_q8", "d8_x_z3_x_s3"};

/// Values of a row by cycle type of the class.
std::map<std::vector<std::int32_t>, double> real_row(const CharacterTable& table, const std::string& name) {
  std::map<std::vector<std::int32_t>, double> result;
  for (const Character& row : table.rows)
    if (row.name == name)
      for (std::size_t c = 0; c < table.classes.size(); ++c)
        result[table.classes[c].cycle_type] = row.values[c].real();
  return result;
}

}  // namespace

TEST_CASE("rows and columns of every character table are orthogonal", "[automata][quick]") {
  for (const std::string& name : kGroups) {
    CAPTURE(name);
    const CharacterTable table = character_table(PermutationGroup::parse(name));
    REQUIRE(table.rows.size() == table.classes.size());
    std::int64_t squares = 0;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      squares += static_cast<std::int64_t>(table.rows[i].dimension) * table.rows[i].dimension;
      REQUIRE(std::abs(table.rows[i].values[0] - Complex(table.rows[i].dimension)) < 1e-12);
      const auto m = multiplicities(table, table.rows[i].values);
      for (std::size_t j = 0; j < m.size(); ++j)
        REQUIRE(std::abs(m[j] - Complex(i == j ? 1.0 : 0.0)) < 1e-12);
    }
    REQUIRE(squares == table.order);
    for (const Complex value : table.rows[0].values) REQUIRE(std::abs(value - 1.0) < 1e-12);
    for (std::size_t c = 0; c < table.classes.size(); ++c)
      for (std::size_t d = 0; d < table.classes.size(); ++d) {
        Complex sum = 0;
        for (const Character& row : table.rows) sum += row.values[c] * std::conj(row.values[d]);
        const double centraliser =
            static_cast<double>(table.order) / static_cast<double>(table.classes[c].size());
        REQUIRE(std::abs(sum - Complex(c == d ? centraliser : 0.0)) < 1e-10);
      }
  }
}

TEST_CASE("characters of dimension 1 are multiplicative", "[automata][quick]") {
  const std::string name = GENERATE("s4", "a4", "z12", "d8", "d10", "q8", "h3", "d8_x_z3");
  const auto group = PermutationGroup::parse(name);
  const CharacterTable table = character_table(group);
  const auto number = class_numbers(table.classes);
  const auto of = [&](const Character& row, Element x) {
    return row.values[static_cast<std::size_t>(number[static_cast<std::size_t>(x)])];
  };
  std::size_t linear = 0;
  for (const Character& row : table.rows) {
    if (row.dimension != 1) continue;
    ++linear;
    for (Element x = 0; x < group.order(); ++x)
      for (Element y = 0; y < group.order(); ++y)
        REQUIRE(std::abs(of(row, group.product(x, y)) - of(row, x) * of(row, y)) < 1e-12);
  }
  const auto classes = group.abelian_classes();
  REQUIRE(linear == static_cast<std::size_t>(*std::max_element(classes.begin(), classes.end()) + 1));
}

TEST_CASE("the table of S5 is that of the textbooks", "[automata][quick]") {
  const CharacterTable table = character_table(PermutationGroup::parse("s5"));
  using Row = std::map<std::vector<std::int32_t>, double>;
  REQUIRE(real_row(table, "[4,1]") ==
          Row{{{}, 4}, {{2}, 2}, {{2, 2}, 0}, {{3}, 1}, {{3, 2}, -1}, {{4}, 0}, {{5}, -1}});
  REQUIRE(real_row(table, "[3,1,1]") ==
          Row{{{}, 6}, {{2}, 0}, {{2, 2}, -2}, {{3}, 0}, {{3, 2}, 0}, {{4}, 0}, {{5}, 1}});
  REQUIRE(real_row(table, "[3,2]") ==
          Row{{{}, 5}, {{2}, 1}, {{2, 2}, 1}, {{3}, -1}, {{3, 2}, 1}, {{4}, -1}, {{5}, 0}});
  REQUIRE(table.rows.front().name == "[5]");
  for (std::size_t c = 0; c < table.classes.size(); ++c)
    REQUIRE(table.rows.back().values[c].real() == table.classes[c].sign);  // [1,1,1,1,1]
}

TEST_CASE("the golden ratio stands in the table of A5", "[automata][quick]") {
  const CharacterTable table = character_table(PermutationGroup::parse("a5"));
  std::vector<std::string> names;
  for (const Character& row : table.rows) names.push_back(fmt::format("{}:{}", row.name, row.dimension));
  REQUIRE(names == std::vector<std::string>{"[5]:1", "[4,1]:4", "[3,2]:5", "[3,1,1]+:3", "[3,1,1]-:3"});
  std::vector<double> fives;
  for (const Character& row : table.rows)
    if (row.dimension == 3)
      for (std::size_t c = 0; c < table.classes.size(); ++c)
        if (table.classes[c].element_order == 5) fives.push_back(row.values[c].real());
  REQUIRE(fives.size() == 4);
  REQUIRE(fives[0] == Approx(kGolden));
  REQUIRE(fives[1] == Approx(1 - kGolden));
  REQUIRE(fives[2] == Approx(1 - kGolden));
  REQUIRE(fives[3] == Approx(kGolden));
}

TEST_CASE("A4's halves take cube roots of unity, Q8 and D8 have one table", "[automata][quick]") {
  const CharacterTable a4 = character_table(PermutationGroup::parse("a4"));
  const Complex omega = std::polar(1.0, 2 * std::numbers::pi / 3);
  bool found = false;
  for (const Character& row : a4.rows)
    for (const Complex value : row.values) found = found || std::abs(value - omega) < 1e-12;
  REQUIRE(found);
  const auto q8 = character_table(PermutationGroup::parse("q8")),
             d8 = character_table(PermutationGroup::parse("d8"));
  REQUIRE(q8.rows.back().dimension == 2);
  REQUIRE(d8.rows.back().dimension == 2);
  REQUIRE(q8.rows.back().values[3].real() + q8.rows.back().values[4].real() == Approx(-2));  // at -1
}

TEST_CASE("the action on the points decomposes as it should", "[automata][quick]") {
  const auto decompose = [](const std::string& name) {
    const auto group = PermutationGroup::parse(name);
    const CharacterTable table = character_table(group);
    const auto m = multiplicities(table, permutation_character(table, group.degree()));
    std::string text;
    for (std::size_t i = 0; i < m.size(); ++i) {
      REQUIRE(std::abs(m[i] - Complex(std::round(m[i].real()))) < 1e-12);
      if (std::lround(m[i].real()) != 0)
        text += fmt::format("{}*{} ", std::lround(m[i].real()), table.rows[i].name);
    }
    return text;
  };
  REQUIRE(decompose("s5") == "1*[5] 1*[4,1] ");
  REQUIRE(decompose("a5") == "1*[5] 1*[4,1] ");
  REQUIRE(decompose("z3") == "1*chi0 1*chi1 1*chi2 ");
  REQUIRE(decompose("d8") == "1*A1 1*B1 1*E1 ");
  REQUIRE(decompose("q8") == "1*B00 1*B01 1*B10 1*B11 2*H ");  // its regular representation
}

TEST_CASE("Murnaghan-Nakayama agrees with known values and refuses what is no partition",
          "[automata][quick]") {
  REQUIRE(murnaghan_nakayama({3, 2, 1}, {1, 1, 1, 1, 1, 1}) == 16);
  REQUIRE(murnaghan_nakayama({3, 2, 1}, {5, 1}) == 1);
  REQUIRE(murnaghan_nakayama({3, 2, 1}, {2, 2, 2}) == 0);
  REQUIRE(murnaghan_nakayama({4, 2}, {3, 3}) == 0);
  REQUIRE(murnaghan_nakayama({}, {}) == 1);
  const auto says = [](const std::vector<std::int32_t>& shape, const std::vector<std::int32_t>& cycles) {
    return tests::message_of([&] { (void)murnaghan_nakayama(shape, cycles); });
  };
  REQUIRE(tests::contains(says({1, 2}, {3}), "not a partition"));
  REQUIRE(tests::contains(says({2, 0}, {2}), "not a partition"));
  REQUIRE(tests::contains(says({2}, {3}), "2 boxes"));
  REQUIRE(tests::contains(says({21}, {21}), "at most 20"));
  REQUIRE(tests::contains(tests::message_of([] { (void)character_table(PermutationGroup::parse("z5040")); }),
                          "5040 classes"));
}

TEST_CASE("means over classes undo the spreading of a class function", "[automata][quick]") {
  const auto group = PermutationGroup::parse("a4_x_z2");
  const CharacterTable table = character_table(group);
  const auto number = class_numbers(table.classes);
  for (const Character& row : table.rows) {
    std::vector<Complex> by_element;
    for (Element x = 0; x < group.order(); ++x)
      by_element.push_back(row.values[static_cast<std::size_t>(number[static_cast<std::size_t>(x)])]);
    const auto means = class_means(table, by_element);
    for (std::size_t c = 0; c < means.size(); ++c) REQUIRE(std::abs(means[c] - row.values[c]) < 1e-12);
  }
}
