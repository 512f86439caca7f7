#include "tasks/language_task.h"

#include <map>
#include <set>
#include <thread>

#include "automata/near_miss.h"
#include "automata/regex.h"
#include "tasks/label_shares.h"
#include "tasks/language_lengths.h"
#include "tasks/next_set_machine.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/support/words.h"
#include "tests/tasks/languages/read_word.h"

using namespace anser;
using namespace anser::tasks;
using automata::Side;

namespace {

automata::Dfa language(const std::string& regex) {
  return automata::compile_regex(regex, {.alphabet = {"a", "b"}});
}

TaskFacts named(const std::string& id) {
  TaskFacts facts;
  facts.id = id;
  return facts;
}

LanguageTask make(const std::string& regex, const LanguageTaskOptions& options) {
  return LanguageTask(named("test"), language(regex), options);
}

bool in_language(const automata::Dfa& dfa, const std::vector<std::int32_t>& word) {
  return automata::accepts(dfa, word);
}

Example draw(const Task& task, std::uint64_t index, int length) {
  return task.sample(1, Split::train, index, LengthLaw(length));
}

std::vector<std::vector<std::int32_t>> words_of_length(std::size_t length) {
  auto words = tests::all_words_up_to(2, static_cast<int>(length));
  std::erase_if(words, [&](const auto& word) { return word.size() != length; });
  return words;
}

}  // namespace

TEST_CASE("final mode: a fair coin of uniform accepted and uniform rejected words of the length",
          "[tasks][quick]") {
  const LanguageTask task = make("(a|b)*abb(a|b)*", {});
  std::map<std::vector<std::int32_t>, int> seen;
  int accepted = 0;
  constexpr int kWords = 20000;
  for (std::uint64_t i = 0; i < kWords; ++i) {
    const Example word = draw(task, i, 6);
    ++seen[word.input];
    accepted += word.target.back();
    REQUIRE(word.target.back() == (in_language(task.dfa(), word.input) ? 1 : 0));
    REQUIRE(std::count(word.target.begin(), word.target.end(), kUnscored) == 5);
  }
  REQUIRE(std::abs(accepted - kWords / 2) < 5 * 71);
  std::map<bool, double> size;
  for (const auto& word : words_of_length(6)) ++size[in_language(task.dfa(), word)];
  double chi = 0;
  for (const auto& word : words_of_length(6)) {
    const double expected = kWords / 2.0 / size[in_language(task.dfa(), word)];
    chi += (seen[word] - expected) * (seen[word] - expected) / expected;
  }
  REQUIRE(chi < 125);  // 63 degrees of freedom, 1e-6 quantile 124.4; the coin is one of them
}

TEST_CASE("tagging asks membership of every prefix", "[tasks][quick]") {
  const LanguageTask task = make("(ab)*", {.mode = Supervision::tagging});
  for (std::uint64_t i = 0; i < 50; ++i) {
    const Example word = draw(task, i, 12);
    for (std::size_t t = 0; t < 12; ++t)
      REQUIRE(word.target[t] ==
              (in_language(task.dfa(), {word.input.begin(), word.input.begin() + static_cast<long>(t) + 1})
                   ? 1
                   : 0));
  }
}

TEST_CASE("next-set labels are the letters that may follow, and end", "[tasks][quick]") {
  const LanguageTask task = make("a(ba)*|b", {.mode = Supervision::next_set});
  REQUIRE(task.facts().label_names == std::vector<std::string>{"{a,b}", "{b,end}", "{end}", "{}", "{a}"});
  REQUIRE(tests::label_name_after(task, "a b a") == "{b,end}");
  REQUIRE(tests::label_name_after(task, "a b") == "{a}");
  REQUIRE(tests::label_name_after(task, "b") == "{end}");
  REQUIRE(tests::label_name_after(task, "a a") == "{}");
  REQUIRE(task.facts().lengths.title() == "odd");
  for (std::uint64_t i = 0; i < 20; ++i) REQUIRE(in_language(task.dfa(), draw(task, i, 9).input));
}

TEST_CASE("lm mode: the target is the next letter, then end, which is never read", "[tasks][quick]") {
  const LanguageTask task = make("(ab|ba)*", {.mode = Supervision::language_model});
  REQUIRE(task.facts().label_names == std::vector<std::string>{"a", "b", "end"});
  REQUIRE(task.facts().token_names == std::vector<std::string>{"a", "b"});
  REQUIRE(task.machine().label_names == std::vector<std::string>{"reject", "accept"});
  const Example word = draw(task, 0, 10);
  REQUIRE(in_language(task.dfa(), word.input));
  for (std::size_t t = 0; t < 9; ++t) REQUIRE(word.target[t] == word.input[t + 1]);
  REQUIRE(word.target[9] == 2);
  // Half of the letters are a: in the first place of a pair by a coin, in the second by the first.
  REQUIRE(task.facts().chance == Approx(999.0 / 2000));
}

TEST_CASE("lengths are a progression on which the language has words", "[tasks][quick]") {
  const auto rule = [](const std::string& regex, int least = 0) {
    const auto lengths = lengths_of_language(language(regex), least);
    return lengths ? std::make_pair(lengths->least, lengths->step) : std::make_pair(-1, -1);
  };
  REQUIRE(rule("(a|b)*") == std::make_pair(0, 1));
  REQUIRE(rule("(ab)*") == std::make_pair(0, 2));
  REQUIRE(rule("(ab)*", 31) == std::make_pair(32, 2));
  REQUIRE(rule("(aa|bbb)*") == std::make_pair(2, 1));
  REQUIRE(rule("(aaaaa)*(bb)?") == std::make_pair(0, 5));
  REQUIRE(rule("a|(aaa)+(bbb)?") == std::make_pair(3, 3));
  REQUIRE(rule("ab|abb") == std::make_pair(-1, -1));
  REQUIRE(rule("a&b") == std::make_pair(-1, -1));
  LengthSets sets(language("(ab)*"));
  REQUIRE((sets.has(Side::accepted) && !sets.has(Side::rejected)));
  sets.advance();
  REQUIRE((!sets.has(Side::accepted) && sets.has(Side::rejected)));
}

TEST_CASE("a length that the language lacks is refused; a finite language is rejected words beyond it",
          "[tasks][quick]") {
  const LanguageTask even = make("(ab)*", {});
  REQUIRE(tests::contains(tests::message_of([&] { draw(even, 0, 7); }), "has no words of length 7"));
  const LanguageTask finite = make("ab|abb", {});
  REQUIRE(finite.facts().lengths.title() == "any");
  REQUIRE(finite.facts().chance == 1);
  std::set<std::int32_t> answers;
  for (std::uint64_t i = 0; i < 40; ++i) {
    answers.insert(draw(finite, i, 3).target.back());
    REQUIRE(draw(finite, i, 5).target.back() == 0);
  }
  REQUIRE(answers.size() == 2);
  for (const Supervision mode : {Supervision::next_set, Supervision::language_model})
    REQUIRE(tests::contains(tests::message_of([&] { make("ab|abb", {.mode = mode}); }), "is finite"));
}

TEST_CASE("where every word is accepted no rejected one is drawn, and chance is 1", "[tasks][quick]") {
  const LanguageTask all = make("(a|b)*", {});
  REQUIRE(all.facts().chance == 1);
  for (std::uint64_t i = 0; i < 20; ++i) REQUIRE(draw(all, i, 4).target.back() == 1);
}

TEST_CASE("near-miss negatives are one edit from the language, near positives one from its outside",
          "[tasks][quick]") {
  const LanguageTask task =
      make("(a|b)*aabb(a|b)*", {.negatives = Negatives::near_miss, .near_positives = true});
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Example word = draw(task, i, 14);
    REQUIRE(word.input.size() == 14);
    if (word.target.back() == 0)
      REQUIRE(automata::edit_distance_to_language(task.dfa(), word.input) == 1);
    else
      REQUIRE_FALSE(automata::crossing_edits(task.dfa(), word.input).empty());
  }
}

TEST_CASE("FLaRe's negatives are outside, of the length, and often near", "[tasks][quick]") {
  const LanguageTask task = make("(ab)*", {.negatives = Negatives::flare});
  int near = 0, rejected = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    const Example word = draw(task, i, 20);
    if (word.target.back() == 1) continue;
    ++rejected;
    REQUIRE_FALSE(in_language(task.dfa(), word.input));
    int changed = 0;
    for (std::size_t t = 0; t < 20; ++t) changed += word.input[t] != static_cast<std::int32_t>(t % 2);
    near += changed == 1;
  }
  // Half perturbed, half of those by one change (three and more may undo each other).
  REQUIRE(near > rejected / 6);
  REQUIRE(near < rejected / 3);
}

TEST_CASE("options that contradict each other are refused in one sentence", "[tasks][quick]") {
  const auto complaint = [](const std::string& id) { return tests::message_of([&] { make_task(id); }); };
  REQUIRE(tests::contains(complaint("tomita[n=4,mode=tagging,negatives=flare]"),
                          "negatives= goes with mode=final"));
  REQUIRE(tests::contains(complaint("tomita[n=4,negatives=nearmiss]"), "did you mean \"near-miss\"?"));
  REQUIRE(tests::contains(complaint("tomita[n=4,mode=tags]"), "unknown mode \"tags\""));
  REQUIRE(tests::contains(complaint("chomsky[task=parity,mode=lm]"), "mode=lm is not offered here"));
  REQUIRE(tests::contains(tests::message_of([] {
                            make("(ab)*", {.mode = Supervision::tagging, .negatives = Negatives::near_miss});
                          }),
                          "tagging goes with uniform negatives"));
}

TEST_CASE("label shares equal enumeration", "[tasks][quick]") {
  const auto regex = GENERATE("(a|b)*abb", "(ab|b)*", "a*b*a*b*", "(aa|bb|ab)*");
  const automata::Dfa dfa = language(regex);
  const automata::Moore sets = next_set_machine(dfa);
  for (const Side side : {Side::accepted, Side::rejected})
    for (const int length : {4, 7, 8}) {
      std::vector<double> expected(static_cast<std::size_t>(sets.num_labels), 0.0), successors(3, 0.0);
      double words = 0;
      for (const auto& word : words_of_length(static_cast<std::size_t>(length))) {
        if (in_language(dfa, word) != (side == Side::accepted)) continue;
        ++words;
        automata::State q = dfa.start;
        for (std::size_t t = 0; t < word.size(); ++t) {
          ++expected[static_cast<std::size_t>(
              sets.label[static_cast<std::size_t>(q = dfa.step(q, word[t]))])];
          ++successors[t + 1 < word.size() ? static_cast<std::size_t>(word[t + 1]) : 2];
        }
      }
      if (words == 0) {
        REQUIRE_THROWS_AS(label_shares(dfa, sets, side, length), InputError);
        continue;
      }
      const auto shares = label_shares(dfa, sets, side, length);
      for (std::size_t i = 0; i < shares.size(); ++i)
        REQUIRE(shares[i] == Approx(expected[i] / words / length).margin(1e-12));
      if (side == Side::rejected) continue;
      const auto next = successor_shares(dfa, length);
      for (std::size_t i = 0; i < 3; ++i)
        REQUIRE(next[i] == Approx(successors[i] / words / length).margin(1e-12));
    }
}

TEST_CASE("label shares do not underflow on long words of sparse languages", "[tasks][quick]") {
  // About a word in 2^1500 is accepted; the sink's number of rejected words is far above all others.
  const automata::Dfa dfa = language("(aab|aba)*");
  const auto shares = label_shares(dfa, automata::to_moore(dfa), Side::accepted, 3000);
  REQUIRE(shares[1] == Approx(1.0 / 3));
}

TEST_CASE("samples do not depend on which lengths came before, nor on threads", "[tasks][quick]") {
  const LanguageTask one = make("(a|b)*abb(a|b)*", {}), other = make("(a|b)*abb(a|b)*", {});
  const Example expected = draw(one, 3, 40);
  draw(other, 0, 500);
  std::vector<Example> seen(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i)
    threads.emplace_back([&, i] { seen[i] = i % 2 ? draw(other, 3, 40) : draw(other, 3, 200); });
  for (auto& thread : threads) thread.join();
  REQUIRE(seen[1] == expected);
  REQUIRE(seen[3] == expected);
  REQUIRE(seen[0] == draw(one, 3, 200));
}
