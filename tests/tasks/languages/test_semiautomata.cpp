#include <set>

#include "automata/minimize.h"
#include "tasks/machine_task.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/tasks/languages/read_word.h"

using namespace anser;
using namespace anser::tasks;
using tests::label_after;
using tests::label_name_after;

namespace {

std::string complaint(const std::string& id) {
  return tests::message_of([&] { make_task(id); });
}

std::string liu(const std::string& rest) {
  return fmt::format("liu[automaton={}]", rest);
}

}  // namespace

TEST_CASE("Liu's semiautomata answer as their definitions", "[tasks][quick]") {
  REQUIRE(label_after(*make_task(liu("gridworld,n=4")), "left right right right right left") == 2);
  REQUIRE(label_after(*make_task(liu("abab")), "0 1 0 1 0") == 0);
  REQUIRE(label_after(*make_task(liu("abab")), "0 1 1 0 1") == 4);
  // 3 + 1 = 4, lowest bits first: 1+1, 1+0, 0+0.
  const auto add = make_task(liu("add"));
  REQUIRE(label_after(*add, "11") == 2);
  REQUIRE(label_after(*add, "11 10") == 2);
  REQUIRE(label_after(*add, "11 10 00") == 1);
  REQUIRE(label_after(*make_task(liu("cyclic,n=7,actions=4")), "3 3 2") == 1);
  // Drive, turn, drive twice: position -1, turned.
  REQUIRE(label_after(*make_task(liu("dihedral,n=4")), "drive turn drive drive") == 4 + 3);
  const auto quaternion = make_task(liu("quaternion"));
  REQUIRE(label_name_after(*quaternion, "i j") == "k");
  REQUIRE(label_name_after(*quaternion, "j i") == "-k");
  REQUIRE(label_name_after(*quaternion, "i j k") == "-1");
  REQUIRE(label_name_after(*quaternion, "k k 1 k") == "-k");
  const auto symmetric = make_task(liu("symmetric,n=3,actions=3"));
  REQUIRE(label_name_after(*symmetric, "120") == "120");
  REQUIRE(label_name_after(*symmetric, "120 102") == "210");  // the newest letter acts on places
  REQUIRE(label_name_after(*make_task(liu("alternating,n=4")), "1203 1203") == "2013");
  const auto reset = make_task(liu("permutation_reset,n=3"));
  REQUIRE(label_name_after(*reset, "201 =021 102") == "120");  // generators act on values
}

TEST_CASE("their machines are minimal, with as many states as the group has elements", "[tasks][quick]") {
  const std::vector<std::pair<std::string, int>> sizes = {{"parity", 2},
                                                          {"gridworld,n=9", 9},
                                                          {"abab", 5},
                                                          {"add", 4},
                                                          {"cyclic,n=6,actions=3", 6},
                                                          {"dihedral", 8},
                                                          {"quaternion", 8},
                                                          {"symmetric", 120},
                                                          {"alternating", 60},
                                                          {"permutation_reset", 24},
                                                          {"alternating,n=4", 12},
                                                          {"symmetric,n=4", 24}};
  for (const auto& [rest, states] : sizes) {
    CAPTURE(rest);
    const auto task = make_task(liu(rest));
    REQUIRE(automata::minimize(task->machine()).num_states == states);
    REQUIRE(task->facts().num_labels == states);
  }
  for (const auto* rest : {"symmetric", "alternating", "symmetric,actions=7", "permutation_reset,n=5"})
    REQUIRE(tests::contains(make_task(liu(rest))->facts().hardness, "NC1-complete"));
  REQUIRE_FALSE(tests::contains(make_task(liu("symmetric,n=4"))->facts().hardness, "NC1-complete"));
}

TEST_CASE("chance is that of the machine on uniform letters", "[tasks][quick]") {
  for (const auto* rest :
       {"parity", "gridworld,n=7", "add", "cyclic,n=6,actions=3", "cyclic,n=4,actions=1", "dihedral,n=3",
        "quaternion", "symmetric,n=4", "symmetric,n=4,actions=2", "alternating,n=4"}) {
    CAPTURE(rest);
    const auto task = make_task(liu(rest));
    REQUIRE(task->facts().chance == Approx(long_run_chance(task->machine())).epsilon(1e-12));
  }
  REQUIRE(make_task(liu("alternating,n=7"))->facts().chance == 1.0 / 2520);
}

TEST_CASE("more actions than three keep the swap", "[tasks][quick]") {
  const auto task = make_task(liu("symmetric,n=3,actions=6"));
  const auto& names = task->facts().token_names;
  REQUIRE(names == std::vector<std::string>{"012", "120", "102", "021", "201", "210"});
  REQUIRE(make_task(liu("symmetric,n=2,actions=2"))->facts().num_tokens == 2);
}

TEST_CASE("words of a law of their own obey it", "[tasks][quick]") {
  const auto abab = make_task(liu("abab"));
  const auto add = make_task(liu("add"));
  int positive = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    positive += abab->sample(0, Split::train, i, LengthLaw(40)).target.back() != 4;
    REQUIRE(add->sample(0, Split::train, i, LengthLaw(9)).input.back() == 0);
  }
  REQUIRE(std::abs(positive - 500) < 5 * 20);
  // A reset comes first, and distances to the next one are 1, 2, 4, 8 or 16.
  const auto reset = make_task(liu("permutation_reset,n=3"));
  std::set<std::size_t> distances;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto word = reset->sample(0, Split::train, i, LengthLaw(20)).input;
    REQUIRE(word[0] < 6);
    for (std::size_t t = 1, last = 0; t < word.size(); ++t)
      if (word[t] < 6) distances.insert(t - std::exchange(last, t));
  }
  REQUIRE(distances == std::set<std::size_t>{1, 2, 4, 8, 16});
  REQUIRE(make_task(liu("add,mode=final"))->facts().chance == 0.5);
  REQUIRE(make_task(liu("add"))->facts().chance == long_run_chance(add->machine()));
}

TEST_CASE("the three flip-flops are three tasks", "[tasks][quick]") {
  const auto monoid = make_task("flipflop_monoid");
  REQUIRE(automata::minimize(monoid->machine()).num_states == 2);
  REQUIRE(label_after(*monoid, "set noop reset set noop") == 1);
  REQUIRE(label_after(*monoid, "noop") == 0);
  const auto semiautomaton = make_task("flipflop_semiautomaton");
  REQUIRE(automata::minimize(semiautomaton->machine()).num_states == 3);
  REQUIRE(make_task(liu("flipflop"))->facts().id == "flipflop_semiautomaton[n=2,mode=tagging]");
  std::int64_t writes = 0;
  const auto word = semiautomaton->sample(0, Split::train, 0, LengthLaw(10000));
  for (const auto token : word.input) writes += token != 0;
  REQUIRE(std::abs(writes - 5000) < 250);
  const auto language = make_task("flipflop_language");
  REQUIRE(language->facts().id == "flipflop_language[p=0.8]");
  REQUIRE(automata::minimize(language->machine()).num_states == 9);
  REQUIRE(label_name_after(*language, "w 1 i 0 r") == "1");
  REQUIRE(label_name_after(*language, "w 1 i 0 r 1 w 0 r") == "0");
  REQUIRE(label_name_after(*language, "w 1 r 0 r") == "none");  // a read that lies is no word of the language
}

TEST_CASE("the flip-flop language has the shares of its paper", "[tasks][quick]") {
  for (const auto& [p, share] : std::vector<std::pair<std::string, double>>{
           {"0.8", 0.8}, {"0.98", 0.98}, {"0.1", 0.1}, {"0", 0.0}, {"1", 1.0}, {"0.80", 0.8}}) {
    const auto task = make_task(fmt::format("flipflop_language[p={}]", p));
    std::int64_t ignored = 0, writes = 0, pairs = 0;
    for (std::uint64_t i = 0; i < 50; ++i) {
      const auto word = task->sample(0, Split::train, i, LengthLaw(512));
      REQUIRE(word.input[0] == 0);
      REQUIRE(word.input[510] == 1);
      for (std::size_t t = 2; t < 510; t += 2, ++pairs) {
        ignored += word.input[t] == 2;
        writes += word.input[t] == 0;
      }
      for (std::size_t t = 0; t < 512; ++t) REQUIRE((word.target[t] == kUnscored) == (word.input[t] != 1));
    }
    const auto near = [&](std::int64_t count, double expected) {
      const double sigma = std::sqrt(static_cast<double>(pairs) * expected * (1 - expected));
      return std::abs(static_cast<double>(count) - expected * static_cast<double>(pairs)) <= 5 * sigma;
    };
    REQUIRE(near(ignored, share));
    REQUIRE(near(writes, (1 - share) / 2));
  }
  REQUIRE(make_task("flipflop_language[p=0.80]")->facts().id == "flipflop_language[p=0.8]");
  REQUIRE(make_task("flipflop_language[p=1.0]")->facts().id == "flipflop_language[p=1]");
}

TEST_CASE("wrong parameters of semiautomata and flip-flops are one sentence", "[tasks][quick]") {
  for (const auto* p : {"1.5", "-0.1", "0.", ".8", "0.1234567", "a", "", "1.000001", "0,8"})
    REQUIRE(complaint(fmt::format("flipflop_language[p={}]", p)) != "");
  REQUIRE(tests::contains(complaint("flipflop_language[p=2]"), "not a decimal from 0 to 1"));
  REQUIRE(tests::contains(complaint(liu("gridwold")), "did you mean \"gridworld\"?"));
  REQUIRE(tests::contains(complaint(liu("symmetric,n=9")), "not an integer in 2..6"));
  REQUIRE(tests::contains(complaint(liu("symmetric,n=3,actions=7")), "not an integer in 2..6"));
  REQUIRE(tests::contains(complaint(liu("quaternion,n=4")), "unknown parameter \"n\""));
  REQUIRE(tests::contains(complaint("liu"), "needs an automaton"));
}
