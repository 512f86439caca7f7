// Hidden automata, products, permutations: the laws behind the samples.
#include <cmath>
#include <set>

#include "automata/minimize.h"
#include "core/base/error.h"
#include "tasks/regbench.h"
#include "tasks/task.h"
#include "tests/support/catch.h"
#include "tests/tasks/sequences/sequence_ids.h"

using namespace anser;
using namespace anser::tasks;
using namespace anser::tests;

TEST_CASE("regbench: automata of 4 to 12 nodes with 1 to 3 edges to other nodes",
          "[tasks][sequences][quick]") {
  const auto task = make_task("regbench");
  const RegBench* regbench = as_regbench(*task);
  REQUIRE(regbench != nullptr);
  REQUIRE(task->facts().id == "regbench[mode=lm]");
  std::set<std::size_t> sizes, degrees;
  std::set<int> letters;
  for (std::uint64_t index = 0; index < 500; ++index) {
    const RandomPfa pfa = regbench->hidden_pfa(4, Split::train, index);
    sizes.insert(pfa.nodes.size());
    std::set<int> used;
    for (std::size_t node = 0; node < pfa.nodes.size(); ++node) {
      std::set<int> here, targets;
      for (const auto& [letter, target] : pfa.nodes[node]) {
        here.insert(letter);
        targets.insert(target);
        REQUIRE(static_cast<std::size_t>(target) != node);
      }
      REQUIRE((here.size() == pfa.nodes[node].size() && targets.size() == here.size()));
      degrees.insert(here.size());
      used.insert(here.begin(), here.end());
    }
    letters.insert(used.begin(), used.end());
  }
  REQUIRE((sizes.size() == 9 && *sizes.begin() == 4 && *sizes.rbegin() == 12));
  REQUIRE(degrees == std::set<std::size_t>{1, 2, 3});
  REQUIRE(letters.size() == 18);
}

TEST_CASE("regbench: 10 to 19 strings of 1 to 49 letters, then filler; the automaton is that of the sample",
          "[tasks][sequences][quick]") {
  const auto task = make_task("regbench[mode=next-set]");
  REQUIRE(task->facts().num_labels == 987);
  REQUIRE(std::set<std::string>(task->facts().label_names.begin(), task->facts().label_names.end()).size() ==
          987);
  std::set<int> strings, lengths;
  for (std::uint64_t index = 0; index < 400; ++index) {
    const Example e = sample_of(*task, 0, index, 950);
    int bars = 0, length = 0;
    for (std::size_t t = 0; t < 950; ++t) {
      if (e.input[t] >= 1 && e.input[t] <= 18) {
        ++length;
        continue;
      }
      if (length > 0) lengths.insert(length);
      length = 0;
      bars += e.input[t] == 19;
      REQUIRE((e.input[t] == 19 || e.target[t] == kUnscored));
    }
    strings.insert(bars + 1);
  }
  REQUIRE((*strings.begin() == 10 && *strings.rbegin() == 19));
  REQUIRE((*lengths.begin() == 1 && *lengths.rbegin() == 49));
}

TEST_CASE("regbench: a third and a little more of the positions have one letter that may follow",
          "[tasks][sequences][quick]") {
  const auto task = make_task("regbench[mode=next-set]");
  const double wanted = 18 * task->facts().chance;
  double one = 0, all = 0, square = 0;
  for (std::uint64_t index = 0; index < 4000; ++index) {
    double one_here = 0, all_here = 0;
    for (const auto label : sample_of(*task, 6, index, 950).target) {
      one_here += label >= 0 && label < 18;
      all_here += label >= 0;
    }
    one += one_here;
    all += all_here;
    square += (one_here - wanted * all_here) * (one_here - wanted * all_here);
  }
  CAPTURE(one / all, std::sqrt(square) / all);
  REQUIRE(std::abs(one / all - wanted) < 4 * std::sqrt(square) / all);
}

TEST_CASE("regbench: a text does not depend on where it is cut", "[tasks][sequences][quick]") {
  for (const auto* id : {"regbench[mode=lm]", "regbench[mode=next-set]"}) {
    const auto task = make_task(id);
    const Example whole = sample_of(*task, 0, 3, 600);
    for (const int cut : {1, 2, 50, 333}) {
      const Example part = sample_of(*task, 0, 3, cut);
      REQUIRE(std::equal(part.input.begin(), part.input.end(), whole.input.begin()));
      REQUIRE(std::equal(part.target.begin(), part.target.end(), whole.target.begin()));
    }
  }
}

TEST_CASE("matrix products: states, chance and groups are those of SL(3, m)", "[tasks][sequences][quick]") {
  struct Known {
    int m;
    int rows;            // m^3 prod (1 - p^-3)
    std::int64_t order;  // of SL(3, m)
  };
  const Known known = GENERATE(Known{2, 7, 168}, Known{3, 26, 5616}, Known{4, 56, 43008},
                               Known{5, 124, 372000}, Known{6, 182, 943488});
  const auto task = make_task(fmt::format("matrix_product[m={}]", known.m));
  CAPTURE(known.m);
  REQUIRE(task->machine().num_states == known.rows);
  REQUIRE(automata::minimize(task->machine()).num_states == known.rows);
  REQUIRE(task->facts().group_order == known.order);
  // Rows that begin with a given unit: m^2 of all.
  REQUIRE(task->facts().chance == Approx(static_cast<double>(known.m * known.m) / known.rows));
  REQUIRE(task->uniform_letters());
}

TEST_CASE("matrix products: the whole product has a label for every matrix", "[tasks][sequences][quick]") {
  const auto task = make_task("matrix_product[m=2,label=product]");
  REQUIRE(task->facts().num_labels == 168);
  REQUIRE(task->facts().chance == 1.0 / 168);
  REQUIRE(make_task("matrix_product[m=3,label=product]")->facts().num_labels == 5616);
}

TEST_CASE("matrix products: (I + e12)(I + e21) has the entries 2, 1, 1, 1", "[tasks][sequences][quick]") {
  // Tokens: e12 e13 e21 e23 e31 e32.
  const std::vector<std::pair<std::string, int>> entries = {{"11", 2}, {"12", 1}, {"21", 1},
                                                            {"22", 1}, {"33", 1}, {"13", 0}};
  for (const auto& [entry, value] : entries) {
    const auto task = make_task(fmt::format("matrix_product[m=5,label={}]", entry));
    const auto& machine = task->machine();
    const auto q = machine.step(machine.step(machine.start, 0), 2);
    CAPTURE(entry);
    REQUIRE(machine.label[static_cast<std::size_t>(q)] == value);
  }
}

TEST_CASE("permutation tracking: without hidden swaps every question is scored; with them some are not",
          "[tasks][sequences][quick]") {
  const auto share = [](const std::string& id, int length) {
    const auto task = make_task(id);
    double scored = 0, asked = 0;
    for (std::uint64_t index = 0; index < 200; ++index) {
      const Example e = sample_of(*task, 0, index, length);
      for (std::size_t t = 0; t < e.input.size(); ++t) {
        asked += task->facts().token_names[static_cast<std::size_t>(e.input[t])].back() == '?';
        scored += e.target[t] != kUnscored;
      }
    }
    return scored / asked;
  };
  REQUIRE(share("permutation_tracking[p=0]", 240) == 1);
  const double usual = share("permutation_tracking", 240);
  CAPTURE(usual);
  REQUIRE((usual > 0.3 && usual < 0.95));
}

TEST_CASE("state recall: addresses differ, and the answer follows pointer 1", "[tasks][sequences][quick]") {
  const auto task = make_task("state_recall[n=2,M=2]");
  for (std::uint64_t index = 0; index < 50; ++index) {
    const Example e = sample_of(*task, 0, index, 20);
    REQUIRE(e.input[2] != e.input[3]);
    int first = e.input[2] - 2;
    for (std::size_t t = 4; t < 20; ++t) {
      if (e.input[t] == 5) first = 1 - first;  // 4 is the identity
      REQUIRE(e.target[t] == e.input[static_cast<std::size_t>(first)]);
    }
  }
}
