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
  if (facts.lengths.least > 0) REQUIRE_THROWS_AS(sample_of(*task, 1, 0, facts.lengths.least - 1), InputError);
  if (facts.lengths.step > 1) REQUIRE_THROWS_AS(sample_of(*task, 1, 0, facts.lengths.least + 1), InputError);
}

TEST_CASE("chance is the share of the most frequent label", "[tasks][sequences]") {
  // Long words where chance is a limit; elsewhere any length will do.
  const std::map<std::string, int> long_words = {
      {"matrix_product[m=3,tokens=elementary+id,label=product]", 20000},
      {"mad[task=in_context_recall,V=17,mode=lm]", 2001},
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
  const auto words = static_cast<std::uint64_t>(std::clamp(2'000'000 / length, 100, 20'000));
  std::vector<double> count(static_cast<std::size_t>(task->facts().num_labels), 0);
  double scored = 0;
  const auto targets = [&](std::uint64_t index) { return sample_of(*task, 11, index, length).target; };
  for (std::uint64_t index = 0; index < words; ++index)
    for (const auto label : targets(index)) {
      if (label == kUnscored) continue;
      ++count[static_cast<std::size_t>(label)];
      ++scored;
    }
  REQUIRE(scored > 0);
  const auto best = std::max_element(count.begin(), count.end());
  const auto label = static_cast<std::int32_t>(best - count.begin());
  const double chance = task->facts().chance, share = *best / scored;
  // Labels of one word hang together: the error comes from how much words differ.
  double square = 0;
  for (std::uint64_t index = 0; index < words; ++index) {
    const auto word = targets(index);
    const auto here =
        static_cast<double>(std::count_if(word.begin(), word.end(), [](auto t) { return t >= 0; }));
    const double excess = static_cast<double>(std::count(word.begin(), word.end(), label)) - share * here;
    square += excess * excess;
  }
  const double error = std::sqrt(square) / scored;
  CAPTURE(chance, share, error, scored);
  REQUIRE(share > chance - 5 * error);
  // The most frequent of L labels that are alike lies above each of them.
  REQUIRE(share < chance + (4 + std::sqrt(2 * std::log(count.size()))) * error);
}

TEST_CASE("the streams give the words they always gave", "[tasks][sequences][quick]") {
  const auto line = [](const std::string& id, int length) {
    const auto task = make_task(id);
    const Example e = sample_of(*task, 0, 0, length, Split::sealed);
    return fmt::format("{} -> {}", fmt::join(e.input, " "), fmt::join(e.target, " "));
  };
  const std::vector<std::pair<std::string, std::string>> pinned = {
      {"mqar[V=8192,K=4,a=0.01]",
       "1869 6490 1597 6178 1450 4491 964 7159 1597 1172 1869 4595 1450 5940 964 3930"
       " -> -1 -1 -1 -1 -1 -1 -1 -1 6178 -1 6490 -1 4491 -1 7159 -1"},
      {"mqar[variant=stacked,V=16,K=5]",
       "40 1 61 23 28 1 23 28 61 40 71 67 66 64 69"
       " -> -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 5 4 7 1 0"},
      {"mad[task=in_context_recall,V=16]",
       "6 15 5 13 7 13 1 14 3 9 0 15 0"
       " -> -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 15"},
      {"mad[task=noisy_recall,V=32,noise=16,p=0.2]",
       "24 21 2 9 4 8 2 9 31 30 4 8 2"
       " -> -1 -1 -1 -1 -1 -1 9 -1 -1 -1 8 -1 9"},
      {"mad[task=fuzzy_recall,V=16,motif=3]",
       "15 15 15 15 15 15 1 4 2 9 1 4 2"
       " -> -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 9"},
      {"mad[task=fuzzy_recall,V=16,motif=3,mode=lm]",
       "15 15 15 15 1 2 6 9 13 1 2 6 9"
       " -> 15 15 15 1 2 6 9 13 1 2 6 9 13"},
      {"mad[task=memorization,V=256]",
       "57 255 122 255 28 255 120 255 90 255 53 255"
       " -> -1 192 -1 147 -1 141 -1 140 -1 177 -1 253"},
      {"reversal[digits=1..3,mode=lm]",
       "3 10 3 11 11 11 11 11 11 11 11 11"
       " -> 10 3 11 -1 -1 -1 -1 -1 -1 -1 -1 -1"},
      {"regbench[mode=lm]",
       "13 2 14 4 2 6 1 14 3 4 14 4"
       " -> 2 14 4 2 6 1 14 3 4 14 4 2"},
      {"regbench[mode=next-set]",
       "16 18 10 13 14 13 6 3 16 10 14 18"
       " -> 201 9 752 100 752 100 201 140 9 752 201 9"},
      {"matrix_product[m=2,tokens=elementary,label=11]",
       "0 4 3 5 1 2 1 1 4 3 1 4"
       " -> 1 1 1 1 1 1 1 1 1 1 1 0"},
      {"matrix_product[m=6,tokens=random,r=3,seed=1,label=32]",
       "0 2 1 2 2 1 1 0 2 1 0 0"
       " -> 0 4 2 2 0 3 5 5 1 5 5 2"},
      {"permutation_tracking[n=5,r=6,p=0.1,hide=one]",
       "5 1 4 0 18 21 9 9 6 8 16 24"
       " -> -1 -1 -1 -1 1 -1 -1 -1 -1 -1 4 -1"},
      {"permutation_tracking[n=4,r=5,p=0.3,hide=both]",
       "2 3 1 9 14 1 6 1 9 14 6 6"
       " -> -1 -1 -1 3 -1 -1 -1 -1 -1 -1 -1 -1"},
      {"n_back_recall[K=3,V=4,n=3]",
       "2 4 0 5 0 5 2 6 1 4 1 5 0 4 2 6 1 6 7 2"
       " -> -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 1"}};
  for (const auto& [id, wanted] : pinned) {
    CAPTURE(id);
    const LengthRule lengths = make_task(id)->facts().lengths;
    int length = std::max(lengths.least, 12);
    while (!lengths.allows(length)) ++length;
    REQUIRE(line(id, length) == wanted);
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
      {"matrix_product[m=4,label=product]", "43008 labels"},
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
