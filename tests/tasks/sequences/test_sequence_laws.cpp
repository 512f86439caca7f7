// What holds for every task of recall, copying, tracking and products.
#include <algorithm>
#include <cmath>
#include <map>

#include "tasks/task.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/tasks/conformance/oracle.h"
#include "tests/tasks/sequences/sequence_ids.h"

using namespace anser;
using namespace anser::tasks;
using namespace anser::tests;

TEST_CASE("targets are those of the oracle, at the shortest, a usual and a longer length",
          "[tasks][sequences][quick]") {
  const auto& [id, usual] = GENERATE(from_range(sequence_cases()));
  const auto task = make_task(id);
  const TaskFacts& facts = task->facts();
  const Id parsed = parse_id(facts.id);
  const auto oracles = sequence_oracles();
  const auto oracle =
      std::find_if(oracles.begin(), oracles.end(), [&](const Oracle& o) { return o.family == parsed.name; });
  REQUIRE(oracle != oracles.end());
  for (const int length : {facts.lengths.least, usual, facts.lengths.least + 60 * facts.lengths.step})
    for (const Split split : {Split::train, Split::sealed})
      for (std::uint64_t index = 0; index < 20; ++index) {
        const Example example = sample_of(*task, 3, index, length, split);
        CAPTURE(id, length, index);
        REQUIRE(example.target ==
                oracle->targets(parsed, facts, example.input, {.seed = 3, .split = split, .index = index}));
      }
}

TEST_CASE("facts are complete, ids canonical, tokens and labels in range", "[tasks][sequences][quick]") {
  const auto& [id, usual] = GENERATE(from_range(sequence_cases()));
  const auto task = make_task(id);
  const TaskFacts& facts = task->facts();
  CAPTURE(id);
  REQUIRE(facts.id == id);
  for (const auto& text : {facts.title, facts.hardness, facts.token_set, facts.citation, facts.source})
    REQUIRE_FALSE(text.empty());
  REQUIRE(std::find(facts.modes.begin(), facts.modes.end(), facts.supervision) != facts.modes.end());
  REQUIRE(facts.lengths.allows(usual));
  for (const auto& special : facts.special_tokens)
    REQUIRE(std::find(facts.token_names.begin(), facts.token_names.end(), special.name) !=
            facts.token_names.end());
  for (std::uint64_t index = 0; index < 50; ++index) {
    const Example example = sample_of(*task, 1, index, usual);
    for (const auto token : example.input) REQUIRE((token >= 0 && token < facts.num_tokens));
    for (const auto label : example.target) REQUIRE((label >= kUnscored && label < facts.num_labels));
  }
  REQUIRE_THROWS_AS(sample_of(*task, 1, 0, facts.lengths.least - 1), InputError);
  if (facts.lengths.step > 1) REQUIRE_THROWS_AS(sample_of(*task, 1, 0, facts.lengths.least + 1), InputError);
}

TEST_CASE("chance is the share of the most frequent label", "[tasks][sequences]") {
  // Long words where chance is a limit; elsewhere any length will do.
  const std::map<std::string, int> long_words = {{"mad[task=in_context_recall,V=17,mode=lm]", 2001},
                                                 {"mad[task=noisy_recall,V=24,noise=16,p=0.8,mode=lm]", 2001},
                                                 {"mad[task=fuzzy_recall,V=16,motif=3,mode=lm]", 40000},
                                                 {"reversal[digits=any]", 20001},
                                                 {"regbench[mode=next-set]", 950},
                                                 {"regbench[mode=lm]", 950},
                                                 {"permutation_tracking[n=3,r=3,p=0,hide=one]", 4000},
                                                 {"permutation_tracking[n=4,r=5,p=0.3,hide=both]", 4000}};
  const auto& [id, usual] = GENERATE(from_range(sequence_cases()));
  const auto task = make_task(id);
  const auto known = long_words.find(id);
  const int length = known != long_words.end() ? known->second : task->has_machine() ? 1000 : usual;
  CAPTURE(id, length);
  const auto words = static_cast<std::uint64_t>(std::clamp(4'000'000 / length, 100, 20'000));
  std::vector<double> count(static_cast<std::size_t>(task->facts().num_labels), 0);
  double scored = 0, square = 0;
  for (std::uint64_t index = 0; index < words; ++index) {
    double here = 0;
    for (const auto label : sample_of(*task, 11, index, length).target) {
      if (label == kUnscored) continue;
      ++count[static_cast<std::size_t>(label)];
      ++here;
    }
    scored += here;
    square += here * here;
  }
  REQUIRE(scored > 0);
  const double chance = task->facts().chance;
  const double best = *std::max_element(count.begin(), count.end()) / scored;
  // Labels of one word hang together: the error is at most that of as many words with all labels equal.
  const double error = std::sqrt(chance * (1 - chance) * square) / scored;
  CAPTURE(chance, best, error, scored);
  REQUIRE(best > chance - 5 * error);
  // The best of L labels that are alike lies above each of them.
  REQUIRE(best < chance + (4 + std::sqrt(2 * std::log(count.size()))) * error);
}

TEST_CASE("the streams give the words they always gave", "[tasks][sequences][quick]") {
  const auto line = [](const std::string& id, int length) {
    const auto task = make_task(id);
    const Example e = sample_of(*task, 0, 0, length, Split::sealed);
    return fmt::format("{} -> {}", fmt::join(e.input, " "), fmt::join(e.target, " "));
  };
  const std::map<std::string, std::string> pinned = {};
  for (const auto& [id, wanted] : pinned) {
    CAPTURE(id);
    const int length = make_task(id)->facts().lengths.least;
    REQUIRE(line(id, std::max(length, 12)) == wanted);
  }
}

TEST_CASE("a wrong id of these families is one sentence", "[tasks][sequences][quick]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"mqar[variant=continuous]", "feeds vectors"},
      {"mqar[variant=stackd]", "did you mean \"stacked\"?"},
      {"mqar[V=10,K=5]", "5 different keys are wanted and V gives 4"},
      {"mqar[a=0]", "a=0 is not a number in 0.0001..10"},
      {"mqar[a=x]", "a=x is not a number"},
      {"mqar[a=nan]", "a=nan is not a number"},
      {"mqar[variant=compositional,K=5]", "K=5 is no square"},
      {"mqar[variant=stacked,V=1024]", "262144 of them"},
      {"mqar[updates=2]", "updates"},
      {"mad[task=copying]", "did you mean"},
      {"mad[task=fuzzy_recall,V=7,motif=4]", "motif=4 is more than the 3 key tokens"},
      {"mad[task=noisy_recall,V=16,noise=16]", "leaves 0 tokens"},
      {"mad[task=in_context_recall,mode=final]", "recall has no mode final"},
      {"reversal[digits=0]", "digits=0 is not in 1..1000000"},
      {"reversal[digits=9..3]", "begins above its end"},
      {"regbench[mode=tagging]", "no mode tagging"},
      {"matrix_product[m=4,label=product]", "86016 labels"},
      {"matrix_product[m=47]", "not an integer in 2..46"},
      {"matrix_product[m=2,tokens=inverses]", "its own inverse"},
      {"matrix_product[label=14]", "label=14"},
      {"matrix_product[tokens=elementary,r=3]", "r and seed belong to tokens=random"},
      {"permutation_tracking[n=7]", "not an integer in 3..6"},
      {"permutation_tracking[hide=none]", "hide=none"},
      {"state_recall[n=9,M=8]", "n=9 pointers need as many addresses"},
      {"n_back_recall[n=0]", "not an integer in 1..64"}};
  for (const auto& [id, part] : cases) {
    const std::string complaint = message_of([&id = id] { make_task(id); });
    CAPTURE(id, complaint);
    REQUIRE(contains(complaint, part));
    REQUIRE_FALSE(contains(complaint, "\n"));
  }
}
