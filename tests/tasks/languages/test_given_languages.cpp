#include <fstream>

#include "automata/near_miss.h"
#include "automata/random_class.h"
#include "tasks/language_task.h"
#include "tests/support/catch.h"
#include "tests/support/scratch.h"
#include "tests/support/throws.h"
#include "tests/tasks/languages/read_word.h"

using namespace anser;
using namespace anser::tasks;

namespace {

std::string complaint(const std::string& id) {
  return tests::message_of([&] { make_task(id); });
}

/// No b b in a row, as MLRegTest writes acceptors.
class AttFile {
 public:
  AttFile() { std::ofstream(files_ / "no_bb.att") << "0 0 a a\n0 1 b b\n1 0 a a\n0\n1\n"; }
  std::string id(const std::string& test) const {
    return fmt::format("mlregtest[file={},test={}]", files_ / "no_bb.att", test);
  }

 private:
  tests::Scratch files_;
};

}  // namespace

TEST_CASE("a random language has the class that was asked, and the seed decides it", "[tasks][quick]") {
  for (const auto* name : {"aperiodic", "r-trivial", "j-trivial", "ac0", "acc0", "nc1-complete"}) {
    CAPTURE(name);
    const auto task = make_task(fmt::format("random_language[class={},n=7,k=2,seed=5]", name));
    const auto* language = dynamic_cast<const LanguageTask*>(task.get());
    REQUIRE(language != nullptr);
    REQUIRE(language->dfa().num_states == 7);
    REQUIRE(automata::has_class(language->dfa(), automata::parse_random_class(name)) == true);
  }
  const auto one = make_task("random_language[class=acc0,seed=1]");
  REQUIRE(one->facts().id == "random_language[class=acc0,n=8,k=2,seed=1,mode=tagging]");
  REQUIRE(one->machine().next != make_task("random_language[class=acc0,seed=2]")->machine().next);
  REQUIRE(
      tests::contains(make_task("random_language[class=nc1-complete]")->facts().hardness, "NC1-complete"));
}

TEST_CASE("a random language that cannot be is refused", "[tasks][quick]") {
  REQUIRE(tests::contains(complaint("random_language"), "needs a class"));
  REQUIRE(tests::contains(complaint("random_language[class=np]"), "np"));
  REQUIRE(complaint("random_language[class=nc1-complete,n=3]") != "");
}

TEST_CASE("MLRegTest's four tests: random and adversarial words", "[tasks][quick]") {
  const AttFile file;
  for (const std::string test : {"SR", "SA", "LR", "LA"}) {
    const auto task = make_task(file.id(test));
    const auto* language = dynamic_cast<const LanguageTask*>(task.get());
    REQUIRE(language != nullptr);
    REQUIRE(task->facts().test_lengths == (test[0] == 'L' ? LengthLaw(31, 50) : LengthLaw(20, 29)));
    REQUIRE(task->facts().train_lengths == LengthLaw(20, 29));
    REQUIRE(task->facts().num_tokens == 2);
    int accepted = 0, far = 0;
    for (std::uint64_t i = 0; i < 300; ++i) {
      const Example word = task->sample(0, Split::sealed, i, task->facts().test_lengths);
      accepted += word.target.back();
      if (word.target.back() == 1) continue;
      far += automata::edit_distance_to_language(language->dfa(), word.input) != 1;
    }
    REQUIRE(std::abs(accepted - 150) < 5 * 9);
    REQUIRE((far == 0) == (test[1] == 'A'));
  }
  REQUIRE(tests::contains(
      tests::message_of([&] { make_task(file.id("SR"))->sample(0, Split::train, 0, LengthLaw(19)); }),
      "no words of length 19"));
}

TEST_CASE("MLRegTest without a file, with a wrong test or a broken file is refused", "[tasks][quick]") {
  const AttFile file;
  REQUIRE(tests::contains(complaint("mlregtest"), "needs a file"));
  REQUIRE(tests::contains(complaint("mlregtest[file=/no/such.att]"), "/no/such.att"));
  REQUIRE(tests::contains(complaint(file.id("SX")), "unknown test \"SX\""));
}

TEST_CASE("state prediction asks the state after every letter of an accepted word", "[tasks][quick]") {
  const auto task = make_task("state_prediction[regex=\"a{2}b*\"]");
  REQUIRE(task->facts().id == "state_prediction[regex=a{2}b*]");
  REQUIRE(task->facts().label_names == std::vector<std::string>{"q0", "q1", "q2", "q3"});
  const Example word = task->sample(0, Split::train, 0, LengthLaw(5));
  REQUIRE(word.input == std::vector<std::int32_t>{0, 0, 1, 1, 1});
  REQUIRE(word.target == std::vector<std::int32_t>{1, 3, 3, 3, 3});
  REQUIRE(task->facts().chance == Approx(0.999));
  REQUIRE(make_task("state_prediction[regex=.*ab,alphabet=a b c]")->facts().num_tokens == 3);
  REQUIRE(make_task("state_prediction[regex=\"(a,b)*\"]")->facts().num_tokens == 3);
}

TEST_CASE("state prediction refuses finite languages and broken expressions", "[tasks][quick]") {
  REQUIRE(tests::contains(complaint("state_prediction"), "needs an expression"));
  REQUIRE(tests::contains(complaint("state_prediction[regex=ab|c]"), "is finite"));
  REQUIRE(complaint("state_prediction[regex=(ab]") != "");
}

TEST_CASE("the streams of every family give the words they always gave", "[tasks][quick]") {
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"chomsky[task=modular_arithmetic,dialect=xlstm]", "9 3 5 2 9 1 6 4 -> -1 -1 -1 -1 -1 -1 -1 7"},
      {"cycle_walker", "2 1 2 3 2 1 1 3 -> -1 -1 -1 -1 -1 -1 -1 5"},
      {"flare[language=dyck-2-3]", "2 3 0 1 0 1 0 3 -> -1 -1 -1 -1 -1 -1 -1 0"},
      {"tomita[n=4,negatives=near-miss]", "0 1 0 1 0 0 0 1 -> -1 -1 -1 -1 -1 -1 -1 0"},
      {"tomita[n=5,mode=tagging]", "1 1 1 0 1 0 0 1 -> 0 1 0 0 0 1 0 0"},
      {"tomita[n=7,mode=lm]", "0 0 0 1 1 1 1 1 -> 0 0 1 1 1 1 1 2"},
      {"bhattamishra[language=d2]", "0 0 1 0 1 0 1 1 -> 1 3 1 3 1 3 1 0"},
      {"liu[automaton=symmetric]", "0 2 2 1 0 0 2 2 -> 0 24 0 33 33 33 57 33"},
      {"liu[automaton=permutation_reset]", "0 25 25 24 6 18 25 7 -> 0 18 16 17 6 18 16 7"},
      {"flipflop_monoid", "0 1 2 0 2 2 0 1 -> 0 1 0 0 0 0 0 1"},
      {"flipflop_semiautomaton", "0 2 2 0 0 0 1 2 -> 0 2 2 2 2 2 1 2"},
      {"flipflop_language", "0 3 2 4 2 4 1 3 -> -1 -1 -1 -1 -1 -1 0 -1"},
      {"state_prediction[regex=(a|b)*abb]", "0 0 1 1 1 0 1 1 -> 1 1 2 3 0 1 2 3"}};
  for (const auto& [id, line] : lines) {
    CAPTURE(id);
    CHECK(tests::sample_line(id) == line);
  }
}
