// What holds for every task of the registry: true and complete facts, targets that equal an independent
// computation, streams that are pure and disjoint, the exact chance level.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include "automata/moore.h"
#include "core/base/error.h"
#include "tasks/group_word_problem.h"
#include "tasks/language_task.h"
#include "tasks/registry.h"
#include "tests/support/catch.h"
#include "tests/support/scratch.h"
#include "tests/tasks/conformance/oracle.h"

using namespace anser;
using namespace anser::tasks;
using tests::Oracle;
using tests::SampleName;

namespace {

constexpr Split kSplits[] = {Split::train, Split::validation, Split::sealed};

std::vector<Oracle> all_oracles() {
  std::vector<Oracle> all;
  for (const auto& list :
       {tests::group_oracles(), tests::basic_oracles(), tests::language_oracles(), tests::sequence_oracles()})
    all.insert(all.end(), list.begin(), list.end());
  return all;
}

/// Families that no oracle, or more than one, is for.
std::vector<std::string> families_without_one_oracle(const std::vector<Oracle>& oracles) {
  std::vector<std::string> missing;
  for (const Family& family : families()) {
    const auto own = [&](const Oracle& oracle) { return oracle.family == family.name; };
    if (std::count_if(oracles.begin(), oracles.end(), own) != 1) missing.push_back(family.name);
  }
  return missing;
}

/// The ids of the registry, those of files with small files of their own.
class Ids {
 public:
  Ids() {
    std::ofstream(files_ / "a.json")
        << R"({"states":3,"alphabet":["a","b"],"start":0,"accept":[1],"delta":[[0,1],[2,1],[0,2]]})";
    // Over a, b, c: no c before an a; arcs that are absent reject.
    std::ofstream(files_ / "a.att") << "0 1 a a\n0 0 b b\n1 0 b b\n1 1 c c\n0\n1\n";
    for (const std::string& text : known_tasks()) {
      Id id = parse_id(text);
      for (auto& [key, value] : id.parameters)
        if (key == "file") value = files_ / (value.ends_with(".att") ? "a.att" : "a.json");
      ids_.push_back(print_id(id));
    }
  }
  const std::vector<std::string>& list() const { return ids_; }

 private:
  tests::Scratch files_;
  std::vector<std::string> ids_;
};

const std::vector<std::string>& ids() {
  static const Ids all;
  return all.list();
}

std::string family_of(const TaskFacts& facts) {
  const std::string name = parse_id(facts.id).name;
  return GroupWordProblem::matches(name) ? "s5" : name;
}

const Oracle& oracle_of(const TaskFacts& facts) {
  static const std::vector<Oracle> oracles = all_oracles();
  const auto own = [&](const Oracle& oracle) { return oracle.family == family_of(facts); };
  const auto place = std::find_if(oracles.begin(), oracles.end(), own);
  REQUIRE(place != oracles.end());
  return *place;
}

Example draw(const Task& task, const SampleName& name, int length) {
  Example example;
  example.input.resize(static_cast<std::size_t>(length));
  example.target.resize(example.input.size());
  task.sample(name.seed, name.split, name.index, example.input, example.target);
  return example;
}

bool all_distinct(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

/// Calls check(task) for every id, with the id in the message of a failure.
template <typename Check>
void for_every_task(const Check& check) {
  for (const std::string& id : ids()) {
    INFO("task " << id);
    check(*make_task(id));
  }
}

/// Words of lengths from the least on, and a few long ones.
std::vector<std::pair<SampleName, int>> words_of(const Task& task, int count) {
  const LengthRule& rule = task.facts().lengths;
  std::vector<std::pair<SampleName, int>> words;
  for (int i = 0; i < count; ++i) {
    const int length = i % 50 == 49 ? rule.at_least(rule.least + 120) : rule.least + rule.step * (i % 40);
    words.push_back({{.seed = static_cast<std::uint64_t>(i % 3),
                      .split = kSplits[i % 3],
                      .index = static_cast<std::uint64_t>(i)},
                     length});
  }
  return words;
}

}  // namespace

TEST_CASE("every family has exactly one oracle, and one without it would be found", "[tasks][quick]") {
  std::vector<Oracle> oracles = all_oracles();
  REQUIRE(families_without_one_oracle(oracles).empty());
  REQUIRE(oracles.size() == families().size());
  const std::string dropped = oracles.back().family;
  oracles.pop_back();
  REQUIRE(families_without_one_oracle(oracles) == std::vector<std::string>{dropped});
}

TEST_CASE("facts are complete, and the canonical id names the same task", "[tasks][quick]") {
  for_every_task([](const Task& task) {
    const TaskFacts& facts = task.facts();
    for (const std::string* text :
         {&facts.id, &facts.title, &facts.hardness, &facts.token_set, &facts.citation, &facts.source})
      CHECK_FALSE(text->empty());
    CHECK(std::find(facts.modes.begin(), facts.modes.end(), facts.supervision) != facts.modes.end());
    CHECK(facts.num_tokens >= 1);
    CHECK(facts.num_labels >= 1);
    CHECK(facts.num_tokens == std::ssize(facts.token_names));
    CHECK(facts.num_labels == std::ssize(facts.label_names));
    CHECK(all_distinct(facts.token_names));
    CHECK(all_distinct(facts.label_names));
    CHECK(facts.chance > 0);
    CHECK(facts.chance <= 1);
    CHECK((facts.group_order > 0) == !facts.group.empty());
    CHECK(facts.lengths.at_least(facts.train_lengths.lo) <= facts.train_lengths.hi);
    CHECK(facts.lengths.at_least(facts.test_lengths.lo) <= facts.test_lengths.hi);
    for (const SpecialToken& token : facts.special_tokens)
      CHECK(std::count(facts.token_names.begin(), facts.token_names.end(), token.name) == 1);
    const auto again = make_task(facts.id);
    CHECK(again->facts().id == facts.id);
    const int length = facts.lengths.at_least(20);
    CHECK(draw(*again, {}, length) == draw(task, {}, length));
  });
}

TEST_CASE("targets equal the oracle's, tokens and labels are in range", "[tasks][quick]") {
  for_every_task([](const Task& task) {
    const TaskFacts& facts = task.facts();
    const Oracle& oracle = oracle_of(facts);
    const Id id = parse_id(facts.id);
    for (const auto& [name, length] : words_of(task, 200)) {
      const Example word = draw(task, name, length);
      CAPTURE(name.seed, split_name(name.split), name.index, length, word.input);
      for (const auto token : word.input) REQUIRE((token >= 0 && token < facts.num_tokens));
      for (const auto label : word.target) REQUIRE((label >= kUnscored && label < facts.num_labels));
      REQUIRE(oracle.targets(id, facts, word.input, name) == word.target);
    }
  });
}

TEST_CASE("where a task has a machine, its labels are the targets", "[tasks][quick]") {
  for_every_task([](const Task& task) {
    if (!task.has_machine()) {
      CHECK_THROWS_AS(task.machine(), InputError);
      return;
    }
    const automata::Moore& machine = task.machine();
    automata::check(machine);
    CHECK(machine.num_letters == task.facts().num_tokens);
    if (task.facts().supervision == Supervision::language_model) return;
    CHECK(machine.num_labels == task.facts().num_labels);
    for (const auto& [name, length] : words_of(task, 60)) {
      const Example word = draw(task, name, length);
      automata::State q = machine.start;
      for (std::size_t t = 0; t < word.input.size(); ++t) {
        q = machine.step(q, word.input[t]);
        if (word.target[t] != kUnscored)
          REQUIRE(word.target[t] == machine.label[static_cast<std::size_t>(q)]);
      }
    }
  });
}

TEST_CASE("a sample is a function of its name alone: not of order, task object or other samples",
          "[tasks][quick]") {
  for_every_task([](const Task& task) {
    const auto words = words_of(task, 24);
    std::vector<Example> forward;
    for (const auto& [name, length] : words) forward.push_back(draw(task, name, length));
    const auto other = make_task(task.facts().id);
    for (std::size_t i = words.size(); i-- > 0;)
      REQUIRE(draw(*other, words[i].first, words[i].second) == forward[i]);
  });
}

// Where one stream alone does not repeat a word of that length, the word space is large.
TEST_CASE("splits and seeds share no word where the word space is large", "[tasks][quick]") {
  int large = 0;
  for_every_task([&](const Task& task) {
    const int length = task.facts().lengths.at_least(150);
    const auto words = [&](std::uint64_t seed, Split split) {
      std::set<std::vector<std::int32_t>> set;
      for (std::uint64_t i = 0; i < 20; ++i)
        set.insert(draw(task, {.seed = seed, .split = split, .index = i}, length).input);
      return set;
    };
    if (words(0, Split::train).size() < 20) return;
    ++large;
    std::set<std::vector<std::int32_t>> all;
    for (const std::uint64_t seed : {0, 1})
      for (const Split split : kSplits) all.merge(words(seed, split));
    CHECK(all.size() == 120);
  });
  REQUIRE(large >= static_cast<int>(ids().size() * 3 / 4));
}

namespace {

/// The length at which chance is asked, and whether only the second half of long words counts there: where
/// chance is a limit, words begin unlike it.
struct ChanceLaw {
  int length = 0;
  bool second_half = false;
};

ChanceLaw chance_law(const Task& task) {
  if (const auto* language = dynamic_cast<const LanguageTask*>(&task))
    return {language->chance_length(), false};
  return {task.facts().lengths.at_least(kChanceLength), task.has_machine()};
}

struct Measured {
  double mean = 0;   // of the share of a label among the scored positions of each word
  double sigma = 0;  // of the mean, seen between words and at least as for independent positions
};

/// Share of a label among the scored positions of each word.
std::vector<double> shares(const std::vector<Example>& words, std::int32_t label, bool second_half) {
  std::vector<double> result;
  for (const Example& word : words) {
    std::int64_t scored = 0, hits = 0;
    for (std::size_t t = second_half ? word.target.size() / 2 : 0; t < word.target.size(); ++t) {
      scored += word.target[t] != kUnscored;
      hits += word.target[t] == label;
    }
    if (scored > 0) result.push_back(static_cast<double>(hits) / static_cast<double>(scored));
  }
  return result;
}

std::int64_t scored_positions(const std::vector<Example>& words) {
  std::int64_t scored = 0;
  for (const Example& word : words)
    scored += std::count_if(word.target.begin(), word.target.end(), [](auto t) { return t != kUnscored; });
  return scored;
}

Measured measure(const std::vector<Example>& words, std::int32_t label, bool second_half, double chance) {
  const auto share = shares(words, label, second_half);
  const auto count = static_cast<double>(share.size());
  Measured result;
  for (const double x : share) result.mean += x / count;
  double squares = 0;
  for (const double x : share) squares += (x - result.mean) * (x - result.mean);
  const double independent = std::sqrt(chance * (1 - chance) / static_cast<double>(scored_positions(words)));
  result.sigma = std::max(std::sqrt(squares) / count, independent);
  return result;
}

std::int32_t commonest_label(const std::vector<Example>& words, bool second_half) {
  std::map<std::int32_t, std::int64_t> counts;
  for (const Example& word : words)
    for (std::size_t t = second_half ? word.target.size() / 2 : 0; t < word.target.size(); ++t)
      if (word.target[t] != kUnscored) ++counts[word.target[t]];
  REQUIRE_FALSE(counts.empty());
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& x, const auto& y) { return x.second < y.second; })
      ->first;
}

}  // namespace

// The best constant is chosen on one stream and measured on another, so that choosing does not flatter it.
TEST_CASE("chance is the accuracy of the best constant", "[tasks][slow]") {
  for_every_task([](const Task& task) {
    const auto [length, second_half] = chance_law(task);
    const int count = task.facts().supervision == Supervision::final ? 3000 : 400;
    std::vector<Example> choose, words;
    for (int i = 0; i < count; ++i) {
      const auto index = static_cast<std::uint64_t>(i);
      choose.push_back(draw(task, {.split = Split::train, .index = index}, length));
      words.push_back(draw(task, {.split = Split::validation, .index = index}, length));
    }
    const double chance = task.facts().chance;
    const auto [mean, sigma] = measure(words, commonest_label(choose, second_half), second_half, chance);
    // A limit is reached within a period of the machine over the length.
    const double slack = second_half ? 2.0 / length : 1e-9;
    CAPTURE(length, chance, mean, sigma);
    CHECK(std::abs(mean - chance) <= 5 * sigma + slack);
  });
}
