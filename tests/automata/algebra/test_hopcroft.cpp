// Minimisation against its definition: states are one when no word tells them apart.
#include "automata/minimize.h"
#include "automata/random_dfa.h"
#include "automata/reversal.h"
#include "tests/automata/algebra/machines.h"
#include "tests/support/catch.h"

using namespace anser;
using namespace anser::automata;

namespace {

/// distinct[p][q]: some word tells p and q apart; the table is filled until nothing changes.
std::vector<std::vector<bool>> distinct_pairs(const Moore& m) {
  const auto n = static_cast<std::size_t>(m.num_states);
  std::vector<std::vector<bool>> distinct(n, std::vector<bool>(n, false));
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = 0; q < n; ++q) {
        bool now = distinct[p][q] || m.label[p] != m.label[q];
        for (Letter s = 0; s < m.num_letters; ++s)
          now = now || distinct[static_cast<std::size_t>(m.step(static_cast<State>(p), s))]
                               [static_cast<std::size_t>(m.step(static_cast<State>(q), s))];
        changed = changed || now != distinct[p][q];
        distinct[p][q] = now;
      }
  }
  return distinct;
}

/// The quotient by the table, classes met breadth-first in letter order.
Moore minimal_by_definition(const Moore& m) {
  const auto distinct = distinct_pairs(m);
  std::vector<State> classes;
  const auto class_of = [&](State q) {
    for (std::size_t i = 0; i < classes.size(); ++i)
      if (!distinct[static_cast<std::size_t>(classes[i])][static_cast<std::size_t>(q)])
        return static_cast<State>(i);
    classes.push_back(q);
    return static_cast<State>(classes.size() - 1);
  };
  Moore small = m;
  small.next.clear();
  small.label.clear();
  small.start = class_of(m.start);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const State q = classes[i];
    small.label.push_back(m.label[static_cast<std::size_t>(q)]);
    for (Letter s = 0; s < m.num_letters; ++s) small.next.push_back(class_of(m.step(q, s)));
  }
  small.num_states = static_cast<State>(classes.size());
  return small;
}

void check_minimal(const Moore& machine) {
  const Moore small = minimize(machine), wanted = minimal_by_definition(machine);
  REQUIRE(small.num_states == wanted.num_states);
  REQUIRE(small.start == 0);
  REQUIRE(small.next == wanted.next);
  REQUIRE(small.label == wanted.label);
}

Moore to_cycle(State length, const std::vector<std::int32_t>& labels) {
  Moore m{.num_states = length,
          .num_letters = 1,
          .num_labels = 3,
          .start = 0,
          .next = {},
          .label = labels,
          .letter_names = {"a"},
          .label_names = {"0", "1", "2"}};
  for (State q = 0; q < length; ++q) m.next.push_back((q + 1) % length);
  return m;
}

}  // namespace

TEST_CASE("all 64 automata of 2 states and 2 letters are minimised as the pair table says",
          "[automata][algebra][quick]") {
  for (std::size_t table = 0; table < 16; ++table)
    for (unsigned accept = 0; accept < 4; ++accept)
      check_minimal(to_moore(tests::table_dfa(2, 2, table, accept)));
}

TEST_CASE("random machines of all shapes are minimised as the pair table says",
          "[automata][algebra][quick]") {
  const auto seed = GENERATE(range(0, 60));
  Rng rng(static_cast<std::uint64_t>(seed));
  const auto n = static_cast<State>(1 + rng.below(40));
  const auto k = static_cast<Letter>(1 + rng.below(3));
  Moore machine = to_moore(random_dfa({.num_states = n, .num_letters = k}, rng.split("dfa")));
  CAPTURE(seed);
  check_minimal(machine);
  // Few accepting states and near successors: many rounds, blocks split late.
  for (State q = 0; q < n; ++q) {
    machine.label[static_cast<std::size_t>(q)] = q == n - 1 ? 1 : 0;
    for (Letter s = 0; s < k; ++s)
      machine.next[static_cast<std::size_t>(q) * static_cast<std::size_t>(k) + static_cast<std::size_t>(s)] =
          std::min<State>(q + static_cast<State>(rng.below(3)), n - 1);
  }
  check_minimal(machine);
}

TEST_CASE("cycles of labels are minimised to their least period", "[automata][algebra][quick]") {
  const auto seed = GENERATE(range(0, 40));
  Rng rng(static_cast<std::uint64_t>(seed));
  const auto period = 1 + rng.below(30), times = 1 + rng.below(5);
  std::vector<std::int32_t> labels;
  for (std::uint32_t i = 0; i < period; ++i) labels.push_back(static_cast<std::int32_t>(rng.below(10) == 0));
  for (std::uint32_t i = period; i < period * times; ++i) labels.push_back(labels[i - period]);
  const Moore machine = to_cycle(static_cast<State>(period * times), labels);
  CAPTURE(seed, period, times);
  check_minimal(machine);
}

TEST_CASE("reversing twice gives the same canonical automaton", "[automata][algebra][quick]") {
  const auto seed = GENERATE(range(0, 50));
  const Dfa dfa = random_dfa({.num_states = 7, .num_letters = 2}, Rng(static_cast<std::uint64_t>(seed)));
  const Dfa once = minimize(dfa), twice = reversal(reversal(dfa));
  REQUIRE(once.next == twice.next);
  REQUIRE(once.accept == twice.accept);
}

TEST_CASE("unused labels, unreachable states and one state are ordinary", "[automata][algebra][quick]") {
  Moore one = to_cycle(1, {2});
  check_minimal(one);
  REQUIRE(minimize(one).num_labels == 3);
  Moore machine = to_cycle(6, {0, 1, 0, 1, 0, 1});
  machine.start = 3;
  check_minimal(machine);
  machine.next[3] = 3;
  REQUIRE(minimize(machine).num_states == 1);
}

TEST_CASE("a chain of 100,000 states is not minimised in quadratic time", "[automata][algebra][quick]") {
  constexpr State kLength = 100'000;
  std::vector<std::int32_t> labels(kLength, 0);
  labels.back() = 1;
  Moore chain = to_cycle(kLength, labels);
  chain.next.back() = kLength - 1;
  REQUIRE(minimize(chain).num_states == kLength);
}
