// The algebra of known languages: every filled column of the table.
#include "automata/language_profile.h"
#include "tests/automata/algebra/machines.h"
#include "tests/support/catch.h"

using namespace anser;
using namespace anser::automata;
using anser::tests::cerny;
using anser::tests::cycles;
using anser::tests::explore;
using anser::tests::full_transformations;
using anser::tests::Key;
using anser::tests::point_machine;
using anser::tests::word_problem;

namespace {

constexpr int kBlank = -1;        // not stated
constexpr int kNonSolvable = -2;  // NC1-complete

/// n, M, D, R, L, idempotents, largest subgroup, image sets; stability index, stable semigroup; R-trivial,
/// L-trivial, J-trivial, DA, locally testable, aperiodic, AC0 as 0, 1 or '-'; derived length.
struct Row {
  std::string name;
  Moore machine;
  int n = kBlank, m = kBlank, d = kBlank, r = kBlank, l = kBlank, idempotents = kBlank, group = kBlank,
      images = kBlank;
  int index = kBlank, stable = kBlank;
  std::string bits = "-------";
  int derived = kBlank;
};

const std::vector<std::string> kAb = {"a", "b"};
const std::vector<std::string> k01 = {"0", "1"};

Moore contains_aa() {
  return explore(
      kAb, {0}, [](const Key& k, int s) { return Key{k[0] == 2 ? 2
                                                     : s == 0  ? k[0] + 1
                                                               : 0}; },
      [](const Key& k) { return k[0] == 2; });
}

Moore ends_with_a() {
  return explore(
      kAb, {0}, [](const Key&, int s) { return Key{s == 0}; }, [](const Key& k) { return k[0] == 1; });
}

Moore starts_with_a() {
  return explore(
      kAb, {0}, [](const Key& k, int s) { return Key{k[0] == 0 ? s + 1 : k[0]}; },
      [](const Key& k) { return k[0] == 1; });
}

Moore first_is_last() {
  return explore(
      kAb, {-1, -1},
      [](const Key& k, int s) {
        return Key{k[0] < 0 ? s : k[0], s};
      },
      [](const Key& k) { return k[0] == k[1]; });
}

/// Words whose letters rise through the list `order`, as 0*1*0*1* = {0, 1, 0, 1}.
Moore blocks(const Key& order) {
  const int dead = static_cast<int>(order.size());
  return explore(
      kAb, {0},
      [order, dead](const Key& k, int s) {
        int at = k[0];
        while (at < dead && order[static_cast<std::size_t>(at)] != s) ++at;
        return Key{at};
      },
      [dead](const Key& k) { return k[0] < dead; });
}

/// word*, `word` over a, b.
Moore star_of(const Key& word) {
  return explore(
      kAb, {0},
      [word](const Key& k, int s) {
        if (k[0] < 0 || word[static_cast<std::size_t>(k[0])] != s) return Key{-1};
        return Key{(k[0] + 1) % static_cast<int>(word.size())};
      },
      [](const Key& k) { return k[0] == 0; });
}

Moore flip_flop() {
  return explore(
      {"set", "reset", "no-op"}, {0}, [](const Key& k, int s) { return Key{s == 2 ? k[0] : 1 - s}; },
      [](const Key& k) { return k[0] == 1; });
}

/// The sum of weights of letters is 0 mod m.
Moore counter(std::vector<std::string> letters, const Key& weights, int m) {
  return explore(
      std::move(letters), {0},
      [weights, m](const Key& k, int s) {
        return Key{((k[0] + weights[static_cast<std::size_t>(s)]) % m + m) % m};
      },
      [](const Key& k) { return k[0] == 0; });
}

Moore b_at_even_places() {
  return explore(
      kAb, {0}, [](const Key& k, int s) { return Key{k[0] < 0 || (k[0] == 1 && s == 0) ? -1 : 1 - k[0]}; },
      [](const Key& k) { return k[0] == 0; });
}

/// No odd run of 1s that is followed, at once or (`later`) ever, by an odd run of 0s.
/// Key: current letter, parity of its run, an odd run of 1s counts, dead.
Moore tomita3(bool later) {
  const anser::tests::Step step = [later](const Key& k, int s) {
    if (k[3] == 1) return Key{0, 0, 0, 1};
    if (k[0] == s) return Key{s, 1 - k[1], k[2], 0};
    if (s == 0) return Key{0, 1, k[2] == 1 || (k[0] == 1 && k[1] == 1), 0};
    if (k[0] == 0 && k[1] == 1 && k[2] == 1) return Key{0, 0, 0, 1};
    return Key{1, 1, later ? k[2] : 0, 0};
  };
  return explore(k01, {-1, 0, 0, 0}, step,
                 [](const Key& k) { return k[3] == 0 && !(k[0] == 0 && k[1] == 1 && k[2] == 1); });
}

Moore no_000() {
  return explore(
      k01, {0}, [](const Key& k, int s) { return Key{k[0] == 3 ? 3
                                                     : s == 0  ? k[0] + 1
                                                               : 0}; },
      [](const Key& k) { return k[0] < 3; });
}

Moore even_0_even_1() {
  return explore(
      k01, {0, 0},
      [](const Key& k, int s) {
        return s == 0 ? Key{1 - k[0], k[1]} : Key{k[0], 1 - k[1]};
      },
      [](const Key& k) { return k[0] == 0 && k[1] == 0; });
}

/// Well-nested brackets of `kinds` kinds, at most `depth` open at a time. Key: the stack; {-1} is dead.
Moore dyck(int kinds, int depth) {
  std::vector<std::string> letters;
  for (int i = 0; i < kinds; ++i)
    letters.insert(letters.end(), {"(" + std::to_string(i), ")" + std::to_string(i)});
  return explore(
      letters, {},
      [depth](const Key& k, int s) {
        if (k == Key{-1}) return k;
        Key next = k;
        if (s % 2 == 0) {
          if (static_cast<int>(k.size()) == depth) return Key{-1};
          next.push_back(s / 2);
          return next;
        }
        if (k.empty() || k.back() != s / 2) return Key{-1};
        next.pop_back();
        return next;
      },
      [](const Key& k) { return k.empty(); });
}

Moore gridworld(int cells) {
  return explore(
      {"L", "R"}, {0},
      [cells](const Key& k, int s) {
        return Key{s == 0 ? std::max(k[0] - 1, 0) : std::min(k[0] + 1, cells - 1)};
      },
      [](const Key& k) { return k[0] == 0; });
}

Moore binary_value(int m) {
  return explore(
      k01, {0}, [m](const Key& k, int s) { return Key{(2 * k[0] + s) % m}; },
      [](const Key& k) { return k[0] == 0; });
}

int apply(int op, int x, int y, int m) {
  return ((op == 0 ? x + y : op == 1 ? x - y : x * y) % m + m) % m;
}

std::vector<std::string> arithmetic_letters(int m) {
  std::vector<std::string> letters;
  for (int i = 0; i < m; ++i) letters.push_back(std::to_string(i));
  letters.insert(letters.end(), {"+", "-", "*"});
  return letters;
}

/// digit (op digit)* with value 0 mod m, left to right. Key: value, pending operator or -1.
Moore infix_left_to_right(int m) {
  return explore(
      arithmetic_letters(m), {0, 0},
      [m](const Key& k, int s) {
        const bool wants_digit = k[1] >= 0;
        if (k[0] < 0 || wants_digit != (s < m)) return Key{-1, -1};
        return wants_digit ? Key{apply(k[1], k[0], s, m), -1} : Key{k[0], s - m};
      },
      [](const Key& k) { return k[0] == 0 && k[1] < 0; });
}

/// The same with precedence. Key: sum so far, sign of the open term, open term, pending: 0 first factor of a
/// term, 1 another factor, -1 an operator.
Moore infix_with_precedence(int m) {
  return explore(
      arithmetic_letters(m), {0, 1, 1, 0},
      [m](const Key& k, int s) {
        const bool wants_digit = k[3] >= 0;
        if (k[0] < 0 || wants_digit != (s < m)) return Key{-1, 0, 0, 0};
        if (wants_digit) return Key{k[0], k[1], k[2] * s % m, -1};
        if (s == m + 2) return Key{k[0], k[1], k[2], 1};
        const int sum = ((k[0] + k[1] * k[2]) % m + m) % m;
        return Key{sum, s == m ? 1 : -1, 1, 0};
      },
      [m](const Key& k) { return k[0] >= 0 && k[3] < 0 && ((k[0] + k[1] * k[2]) % m + m) % m == 0; });
}

std::vector<Key> transpositions(int n, bool adjacent) {
  std::vector<Key> result;
  for (int i = 0; i < n; ++i)
    for (int j = i + 1; j < n; ++j)
      if (!adjacent || j == i + 1) {
        const auto p = Permutation::transposition(n, i, j);
        result.emplace_back(p.images().begin(), p.images().end());
      }
  return result;
}

std::vector<Key> swap_and_cycle(int n) {
  Key cycle;
  for (int i = 0; i < n; ++i) cycle.push_back((i + 1) % n);
  return {cycles("(1 2)", n), cycle};
}

std::vector<Row> language_rows() {
  return {
      {"contains aa", contains_aa(), 3, 6, 3, 4, 4, 5, 1, 4, 3, 5, "0000111", 0},
      {"ends with a", ends_with_a(), 2, 3, 2, 2, 3, 3, 1, 3, 1, 2, "0101111", 0},
      {"starts with a", starts_with_a(), 3, 3, 2, 3, 2, 3, 1, 2, 1, 2, "1001111", 0},
      {"first letter = last", first_is_last(), 5, 5, 2, 3, 3, 5, 1, 3, 2, 4, "0001111", 0},
      {"a*b*", blocks({0, 1}), 3, 5, 5, 5, 5, 4, 1, 4, 2, 4, "1111111", 0},
      {"(ab)*", star_of({0, 1}), 3, 6, 3, 4, 4, 4, 1, 4, 2, 3, "0000111", 0},
      {"flip-flop", flip_flop(), 2, 3, 2, 2, 3, 3, 1, 3, 1, 3, "0101011", 0},
      {"(aa)* over {a,b}", star_of({0, 0}), 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, "0000001", 1},
      {"length even", counter(kAb, {1, 1}, 2), 2, 2, 1, 1, 1, 1, 2, 1, 2, 1, "0000001", 1},
      {"parity of a", counter(kAb, {1, 0}, 2), 2, 2, 1, 1, 1, 1, 2, 1, 1, 2, "0000000", 1},
      {"(any b)*", b_at_even_places(), 3, 7, 3, 4, 4, 4, 2, 4, 2, 4, "0000001", 1},
      {"Tomita 1", blocks({1}), 2, 2, 2, 2, 2, 2, 1, 2, 1, 2, "1111111", 0},
      {"Tomita 3, later", tomita3(true), 5, 27, 8, 13, 13, 11, 2, kBlank, 6, 20, "0000001", 1},
      {"Tomita 3, immediately", tomita3(false), 5, 26, 6, 10, 10, 12, 2, 10, 8, 21, "0000001", 1},
      {"Tomita 4", no_000(), 4, 12, 4, 6, 6, 8, 1, 6, 5, 10, "0000111", 0},
      {"Tomita 5", even_0_even_1(), 4, 4, 1, 1, 1, 1, 4, 1, 2, 2, "0000000", 1},
      {"Tomita 6", counter(k01, {1, -1}, 3), 3, 3, 1, 1, 1, 1, 3, 1, 2, 3, "0000000", 1},
      {"Tomita 7", blocks({0, 1, 0, 1}), 5, 9, 9, 9, 9, 4, 1, 6, 4, 8, "1111011", 0},
      {"Dyck-2, depth 2", dyck(2, 2), 8, 60, 4, 12, 12, 12, 1, 12, 4, 35, "0000011", 0},
      {"Dyck-2, depth 3", dyck(2, 3), 16, 285, 5, 27, 27, 27, 1, 27, 6, 160, "0000011", 0},
      {"#a mod 3", counter(kAb, {1, 0}, 3), 3, 3, 1, 1, 1, 1, 3, 1, 2, 3, "0000000", 1},
      {"#a mod 5", counter(kAb, {1, 0}, 5), 5, 5, 1, 1, 1, 1, 5, 1, 4, 5, "0000000", 1},
      {"#a mod 7", counter(kAb, {1, 0}, 7), 7, 7, 1, 1, 1, 1, 7, 1, 6, 7, "0000000", 1},
      {"cycle navigation", counter({"+", "-", "0"}, {1, -1, 0}, 5), 5, 5, 1, 1, 1, 1, 5, 1, 2, 5, "0000000",
       1},
      {"gridworld, 4 cells", gridworld(4), 4, 18, 4, 7, 10, 10, 1, 10, 4, 11, "0000011", 0},
      {"binary value mod 3", binary_value(3), 3, 6, 1, 1, 1, 1, 6, 1, 2, 3, "0000000", 2},
      {"binary value mod 5", binary_value(5), 5, 20, 1, 1, 1, 1, 20, 1, 4, 5, "0000000", 2},
      {"infix mod 3, left to right", infix_left_to_right(3), 11, 118, 4, 8, 16, 21, 6, 16, 6, 71, "0000000",
       2},
      {"infix mod 5, left to right", infix_left_to_right(5), 19, 518, kBlank, kBlank, kBlank, kBlank, 20, 24,
       kBlank, kBlank, "-----00", 2},
      {"infix mod 3, precedence", infix_with_precedence(3), 19, 118, kBlank, kBlank, kBlank, kBlank, kBlank,
       10, kBlank, kBlank, "-------", 1},
      {"infix mod 5, precedence", infix_with_precedence(5), 51, 518, kBlank, kBlank, kBlank, kBlank, kBlank,
       kBlank, kBlank, kBlank, "-------", 1},
  };
}

std::vector<Row> group_rows() {
  const auto s3 = swap_and_cycle(3), s5 = swap_and_cycle(5);
  auto swaps_and_identity = transpositions(5, false);
  swaps_and_identity.push_back(cycles("id", 5));
  const std::vector<Key> q8 = {cycles("(1 2 3 4)(5 6 7 8)", 8), cycles("(1 5 3 7)(2 8 4 6)", 8)};
  const std::string no = "0000000";
  const auto row = [&](std::string name, const Moore& machine, int n, int m, int index, int stable,
                       int derived) {
    return Row{std::move(name), machine, n, m, 1, 1, 1, 1, m, 1, index, stable, no, derived};
  };
  return {
      row("S3 word problem", word_problem(s3), 6, 6, 3, 6, 2),
      row("S3 on 3 points", point_machine(s3), 3, 6, 3, 6, 2),
      row("D4 on 4 points", point_machine({cycles("(1 2 3 4)", 4), cycles("(1 3)", 4)}), 4, 8, 2, 4, 2),
      row("Q8 word problem", word_problem(q8), 8, 8, 4, 4, 2),
      row("A4, a 3-cycle and a double swap", word_problem({cycles("(1 2 3)", 4), cycles("(1 2)(3 4)", 4)}),
          12, 12, 5, 12, 2),
      row("A4, two 3-cycles", word_problem({cycles("(1 2 3)", 4), cycles("(1 2 4)", 4)}), 12, 12, 6, 12, 2),
      row("S4 on 4 points", point_machine(swap_and_cycle(4)), 4, 24, 6, 12, 3),
      row("A5", point_machine({cycles("(1 2 3)", 5), cycles("(1 2 3 4 5)", 5)}), 5, 60, 8, 60, kNonSolvable),
      row("A5, 5-cycle and double swap", point_machine({cycles("(1 2 3 4 5)", 5), cycles("(1 2)(3 4)", 5)}),
          5, 60, 10, 60, kNonSolvable),
      row("A5, three 3-cycles",
          point_machine({cycles("(1 2 3)", 5), cycles("(1 2 4)", 5), cycles("(1 2 5)", 5)}), 5, 60, 6, 60,
          kNonSolvable),
      row("S5, swap and 5-cycle", point_machine(s5), 5, 120, 13, 120, kNonSolvable),
      row("S5, adjacent transpositions", point_machine(transpositions(5, true)), 5, 120, 10, 60,
          kNonSolvable),
      row("S5, transpositions", point_machine(transpositions(5, false)), 5, 120, 4, 60, kNonSolvable),
      row("S5, transpositions and identity", point_machine(swaps_and_identity), 5, 120, 4, 120, kNonSolvable),
  };
}

std::vector<Row> transformation_rows() {
  const std::string no = "0000000";
  return {
      {"T3", full_transformations(3), 3, 27, 3, 5, 7, 10, 6, 7, 5, 27, no, 2},
      {"T4", full_transformations(4), 4, 256, 4, 15, 15, 41, 24, 15, 10, 244, no, 3},
      {"T5", full_transformations(5), 5, 3125, 5, 52, 31, 196, 120, 31, 16, 3125, no, kNonSolvable},
      {"T6", full_transformations(6), 6, 46656, 6, 203, 63, 1057, 720, 63, kBlank, kBlank, no, kNonSolvable},
      {"Cerny 4", cerny(4), 4, 128, 4, 12, 15, 33, 4, 15, 16, 125, no, 1},
      {"Cerny 6", cerny(6), 6, 2742, 6, 58, 63, 290, 6, 63, 36, 2737, no, 1},
  };
}

std::vector<Row> dyck_rows() {
  std::vector<Row> rows;
  const std::vector<int> depths = {1, 2, 3, 4, 5, 10}, m = {6, 15, 31, 56, 92, 507}, d = {3, 4, 5, 6, 7, 12},
                         r = {4, 7, 11, 16, 22, 67};
  for (std::size_t i = 0; i < depths.size(); ++i) {
    const int depth = depths[i];
    REQUIRE(m[i] == 1 + (depth + 1) * (depth + 2) * (2 * depth + 3) / 6);
    REQUIRE(r[i] == (depth + 1) * (depth + 2) / 2 + 1);
    rows.push_back({"Dyck-1, depth " + std::to_string(depth), dyck(1, depth), depth + 2, m[i], d[i], r[i],
                    r[i], r[i], 1, r[i], 2 * depth, kBlank, depth == 1 ? "0000111" : "0000011", 0});
  }
  return rows;
}

void compare(int wanted, std::optional<std::int64_t> found) {
  if (wanted == kBlank) return;
  REQUIRE(found.has_value());
  CHECK(*found == wanted);
}

void compare(char wanted, const Verdict& found) {
  if (wanted == '-') return;
  REQUIRE(found.holds.has_value());
  CHECK(*found.holds == (wanted == '1'));
}

void compare(const Row& row, const LanguageProfile& p) {
  compare(row.n, p.states);
  compare(row.m, p.monoid);
  compare(row.d, p.j_classes);
  compare(row.r, p.r_classes);
  compare(row.l, p.l_classes);
  compare(row.idempotents, p.idempotents);
  REQUIRE(p.largest_group.has_value());
  compare(row.group, static_cast<std::int64_t>(*p.largest_group));
  compare(row.images, p.image_sets);
  compare(row.index, p.stability_index);
  compare(row.stable, p.stable_semigroup);
  const LanguageClasses& c = p.classes;
  const Verdict* verdicts[] = {&c.r_trivial,        &c.l_trivial, &c.j_trivial, &c.da,
                               &c.locally_testable, &p.aperiodic, &p.ac0};
  for (std::size_t i = 0; i < 7; ++i) {
    CAPTURE(i, verdicts[i]->method);
    compare(row.bits[i], *verdicts[i]);
  }
  if (row.derived == kNonSolvable) {
    CHECK(p.language_class == LanguageClass::kNc1Complete);
    CHECK_FALSE(p.derived_length.has_value());
  } else {
    CHECK(p.acc0.holds == true);
    CHECK(p.derived_length == row.derived);
  }
}

}  // namespace

TEST_CASE("languages of the table have the algebra of the table", "[automata][algebra][quick]") {
  auto rows = language_rows();
  for (auto more : {group_rows(), transformation_rows(), dyck_rows()})
    rows.insert(rows.end(), more.begin(), more.end());
  for (const Row& row : rows) {
    CAPTURE(row.name);
    compare(row, language_profile(row.machine));
  }
}

TEST_CASE("left-to-right arithmetic mod 5 has the group of order 20 with series 20, 5, 1",
          "[automata][algebra][quick]") {
  const auto p = language_profile(infix_left_to_right(5));
  bool found = false;
  for (const auto& group : p.orbits.groups)
    found = found || group.derived_series == std::vector<BigInteger>{20, 5, 1};
  REQUIRE(found);
}
