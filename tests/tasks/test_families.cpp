#include "automata/dfa.h"
#include "automata/permutation_group.h"
#include "automata/random_dfa.h"
#include "automata/random_walk.h"
#include "core/base/files.h"
#include "tasks/group_word_problem.h"
#include "tasks/registry.h"
#include "tests/support/catch.h"
#include "tests/support/scratch.h"
#include "tests/support/throws.h"

using namespace anser;
using namespace anser::tasks;

namespace {

std::string complaint(const std::string& id) {
  return tests::message_of([&] { make_task(id); });
}

/// A dfa.json of its own: words over a, b that end in b.
class DfaFile {
 public:
  DfaFile() {
    write_file(path(), R"({"states":2,"alphabet":["a","b"],"start":0,"accept":[1],"delta":[[0,1],[0,1]]})");
  }
  std::string id() const { return fmt::format("dfa[file={}]", path()); }

 private:
  std::string path() const { return (scratch_.path() / "ends_in_b.json").string(); }
  tests::Scratch scratch_;
};

/// Ids of every family whose letters are uniform, and of every kind of token set; the others are in
/// conformance/test_task_conformance.cpp.
std::vector<std::string> example_ids() {
  std::vector<std::string> ids;
  for (const auto& id : known_tasks())
    if (id.find("file=") == std::string::npos && make_task(id)->uniform_letters()) ids.push_back(id);
  ids.insert(ids.end(),
             {"s5", "s5[tokens=swaps]", "s5[tokens=gens]", "s5[tokens=limit3]", "a5[tokens=gens]", "z1", "s1",
              "z60[tokens=gens]", "mod[n=1]", "random_dfa[n=1,k=1,seed=3]", "random_dfa[n=32,k=3,seed=7]"});
  return ids;
}

}  // namespace

TEST_CASE("the facts of every family are complete and true of its machine", "[tasks][quick]") {
  const std::string id = GENERATE(from_range(example_ids()));
  CAPTURE(id);
  const auto task = make_task(id);
  const TaskFacts& facts = task->facts();
  automata::check(task->machine());
  REQUIRE_FALSE(facts.title.empty());
  REQUIRE_FALSE(facts.hardness.empty());
  REQUIRE_FALSE(facts.token_set.empty());
  REQUIRE_FALSE(facts.citation.empty());
  REQUIRE(facts.num_tokens == task->machine().num_letters);
  REQUIRE(facts.num_labels == task->machine().num_labels);
  const auto labels = label_distribution(task->machine(), long_run_distribution(task->machine()));
  REQUIRE(facts.chance == Approx(*std::max_element(labels.begin(), labels.end())).epsilon(1e-12));
  // The canonical id names the same task, and itself.
  const auto again = make_task(facts.id);
  REQUIRE(again->facts().id == facts.id);
  REQUIRE(again->machine().next == task->machine().next);
}

TEST_CASE(
    "ids of groups ignore case, a bare name means all tokens, and the canonical id says only what differs",
    "[tasks][quick]") {
  REQUIRE(make_task("S5")->facts().id == "s5");
  REQUIRE(make_task("s5[tokens=all]")->facts().id == "s5");
  REQUIRE(make_task("S5[tokens=swaps+id]")->facts().id == "s5[tokens=swaps+id]");
  REQUIRE(make_task("A4_x_Z5")->facts().id == "a4_x_z5");
  REQUIRE(make_task("mod")->facts().id == "mod[n=5]");
  REQUIRE(make_task("random_dfa[seed=4]")->facts().id == "random_dfa[n=8,k=2,seed=4]");
  REQUIRE(make_task("s5")->facts().num_tokens == 120);
}

TEST_CASE("the facts of S5 with swaps are those of the claim", "[tasks][quick]") {
  const auto task = make_task("s5[tokens=swaps+id]");
  const TaskFacts& facts = task->facts();
  REQUIRE(facts.group == "S5");
  REQUIRE(facts.group_order == 120);
  REQUIRE(facts.num_tokens == 11);
  REQUIRE(facts.num_labels == 120);
  REQUIRE(facts.chance == 1.0 / 120);
  REQUIRE(tests::contains(facts.hardness, "NC1-complete (Barrington 1989)"));
  REQUIRE(task->machine().letter_names[0] == "id");
  REQUIRE(task->machine().letter_names[1] == "(4 5)");
  REQUIRE(task->machine().letter_names[10] == "(1 5)");
  REQUIRE(as_group(*task) != nullptr);
  REQUIRE(as_group(*task)->tokens().size() == 11);
  REQUIRE(as_group(*make_task("parity")) == nullptr);
}

TEST_CASE("hardness follows solvability", "[tasks][quick]") {
  for (const auto* id : {"s5", "a5", "s6", "a5_x_z2"})
    REQUIRE(make_task(id)->facts().hardness.starts_with("NC1-complete"));
  for (const auto* id : {"s4", "a4", "z60", "a4_x_z5", "s3", "parity", "mod[n=5]"})
    REQUIRE(make_task(id)->facts().hardness.starts_with("in ACC0, so in TC0"));
}

TEST_CASE("the label of a group word is x1 . x2 ... xt: the newest permutation acts first",
          "[tasks][quick]") {
  const auto task =
      make_task(GENERATE("s5[tokens=swaps+id]", "a5", "s4[tokens=gens]", "a4_x_z5[tokens=gens]"));
  const auto* group = as_group(*task);
  std::vector<std::int32_t> input(40), target(40);
  task->sample(1, Split::train, 0, input, target);
  const std::int32_t points = group->group().degree();
  for (std::size_t t = 0; t < 40; ++t)
    for (std::int32_t point = 0; point < points; ++point) {
      std::int32_t moved = point;  // apply x_t first, x_1 last
      for (std::size_t s = t + 1; s-- > 0;)
        moved = group->group().element(group->tokens()[static_cast<std::size_t>(input[s])])(moved);
      REQUIRE(group->group().element(target[t])(point) == moved);
    }
}

TEST_CASE("parity and counters answer the sum of the increments so far", "[tasks][quick]") {
  const auto n = GENERATE(1, 2, 5, 7);
  const auto task = make_task(fmt::format("mod[n={}]", n));
  std::vector<std::int32_t> input(200), target(200);
  task->sample(3, Split::sealed, 1, input, target);
  for (std::int32_t t = 0, sum = 0; t < 200; ++t) {
    sum += input[static_cast<std::size_t>(t)];
    REQUIRE(target[static_cast<std::size_t>(t)] == sum % n);
  }
  REQUIRE(make_task("parity")->machine().next == make_task("mod[n=2]")->machine().next);
}

TEST_CASE("the task of a file answers membership of every prefix", "[tasks][quick]") {
  const DfaFile file;
  const auto task = make_task(file.id());
  REQUIRE(task->facts().id == file.id());
  REQUIRE(task->facts().chance == 0.5);
  std::vector<std::int32_t> input(50), target(50);
  task->sample(0, Split::train, 0, input, target);
  REQUIRE(target == input);  // ends in b
}

TEST_CASE("a random automaton's task is the automaton of that seed", "[tasks][quick]") {
  const auto task = make_task("random_dfa[n=12,k=3,seed=9]");
  const auto dfa = automata::random_dfa({.num_states = 12, .num_letters = 3}, Rng(9));
  REQUIRE(task->machine().next == dfa.next);
  REQUIRE(task->machine().next != make_task("random_dfa[n=12,k=3,seed=10]")->machine().next);
}

TEST_CASE("a wrong id is one sentence with the nearest known name", "[tasks][quick]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"s5[tokens=swap]", "did you mean \"swaps\"?"},
      {"a5[tokens=swaps]", "A5 has no token set \"swaps\""},
      {"s5[token=swaps]", "did you mean \"tokens\"?"},
      {"partiy", "did you mean \"parity\"?"},
      {"randomdfa", "did you mean \"random_dfa\"?"},
      {"s8", "more than 5040 elements"},
      {"s0", "at least 1 point"},
      {"mod[n=0]", "n=0 is not an integer in 1..4096"},
      {"mod[n=five]", "n=five is not an integer"},
      {"random_dfa[n=2000]", "not an integer in 1..1024"},
      {"random_dfa[seed=-1]", "seed=-1"},
      {"parity[n=2]", "it takes none"},
      {"dfa", "dfa needs a file"},
      {"dfa[file=/no/such.json]", "/no/such.json"},
      {"", "does not begin with a name"},
      {"s5[tokens", "wanted name[key=value,...]"}};
  for (const auto& [id, part] : cases) {
    CAPTURE(id, complaint(id));
    REQUIRE(tests::contains(complaint(id), part));
    REQUIRE_FALSE(tests::contains(complaint(id), "\n"));
  }
}

TEST_CASE("every family has a summary and an example of its own name", "[tasks][quick]") {
  for (const Family& family : families()) {
    REQUIRE_FALSE(family.summary.empty());
    REQUIRE_FALSE(family.examples.empty());
    REQUIRE(parse_id(family.examples.front()).name == family.name);
  }
}
