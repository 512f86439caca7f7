#include "automata/equivalence.h"
#include "automata/minimize.h"
#include "tasks/modular_expression.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"
#include "tests/tasks/languages/read_word.h"

using namespace anser;
using namespace anser::tasks;
using tests::label_after;
using tests::label_name_after;

namespace {

automata::State minimal_states(const std::string& id) {
  return automata::minimize(make_task(id)->machine()).num_states;
}

automata::State expression_states(int modulus, bool precedence) {
  ExpressionRule rule;
  rule.modulus = modulus;
  rule.precedence = precedence;
  rule.letters = {.first_digit = 0, .plus = modulus, .minus = modulus + 1, .times = modulus + 2};
  for (int i = 0; i < modulus + 3; ++i) rule.letter_names.push_back(fmt::format("{}", i));
  for (int i = 0; i <= modulus; ++i) rule.label_names.push_back(fmt::format("{}", i));
  rule.no_value = modulus;
  return expression_machine(rule).num_states;
}

std::string complaint(const std::string& id) {
  return tests::message_of([&] { make_task(id); });
}

}  // namespace

TEST_CASE("DeepMind's dialect answers the examples of its sources", "[tasks][quick]") {
  const auto parity = make_task("chomsky[task=parity,dialect=deepmind]");
  REQUIRE(label_after(*parity, "1 1 0 1") == 1);
  const auto pairs = make_task("chomsky[task=even_pairs,dialect=deepmind]");
  REQUIRE(label_after(*pairs, "0 0 1 1 1 0") == 0);
  REQUIRE(label_after(*pairs, "0 1 0 1 0 0 1") == 1);
  const auto cycle = make_task("cycle_deepmind");
  REQUIRE(label_after(*cycle, "+1 -1 0 -1 -1") == 3);
  REQUIRE(label_after(*cycle, "+1 +1 +1 -1") == 2);
  REQUIRE(tests::tokens(*cycle, "-1 0 +1") == std::vector<std::int32_t>{0, 1, 2});
  const auto arithmetic = make_task("chomsky[task=modular_arithmetic,dialect=deepmind]");
  REQUIRE(label_after(*arithmetic, "1 + 2 * 3") == 2);
  REQUIRE(label_after(*arithmetic, "1 - 1 - 1") == 4);
  REQUIRE(label_after(*arithmetic, "0 * 1 + 4 * 3 - 2") == 0);
  REQUIRE(label_name_after(*arithmetic, "1 +") == "none");
  REQUIRE(tests::tokens(*arithmetic, "4 + - *") == std::vector<std::int32_t>{4, 5, 6, 7});
}

TEST_CASE("xlstm's and Walker's dialects: tokens from 1, answers as upstream's token ids", "[tasks][quick]") {
  const auto parity = make_task("chomsky[task=parity,dialect=xlstm]");
  REQUIRE(label_after(*parity, "1 2 2 1") == 1);
  REQUIRE(label_after(*parity, "2 1") == 2);
  for (const auto* dialect : {"xlstm", "walker"}) {
    const auto pairs = make_task(fmt::format("chomsky[task=even_pairs,dialect={}]", dialect));
    const std::string a = pairs->facts().token_names[1], b = pairs->facts().token_names[2];
    REQUIRE(label_after(*pairs, a + " " + b + " " + a) == 1);  // 1 where DeepMind says 0
    REQUIRE(label_after(*pairs, a + " " + a + " " + b) == 2);
    const auto arithmetic = make_task(fmt::format("chomsky[task=modular_arithmetic,dialect={}]", dialect));
    REQUIRE(label_after(*arithmetic, "1 + 2 * 3 =") == 5 + 2);
    REQUIRE(label_after(*arithmetic, "4 - 2 * 2 - 1 =") == 5 + 4);
    REQUIRE(tests::tokens(*arithmetic, "PAD + - * = 0 4") == std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 9});
  }
  const auto walker = make_task("cycle_walker"), xlstm = make_task("cycle_xlstm");
  REQUIRE(label_after(*walker, "stay -1 -1") == 4 + 3);
  REQUIRE(label_after(*xlstm, "stay -1 -1") == 4 + 4);  // a vocabulary of 10 makes a circle of 6
  REQUIRE(tests::tokens(*walker, "stay +1 -1") == std::vector<std::int32_t>{1, 2, 3});
  REQUIRE_FALSE(automata::find_difference(walker->machine(), make_task("cycle_xlstm[vocab=9]")->machine()));
}

TEST_CASE("machines have the sizes of the table", "[tasks][quick]") {
  for (const auto* dialect : {"deepmind", "xlstm", "walker"}) {
    REQUIRE(minimal_states(fmt::format("chomsky[task=parity,dialect={}]", dialect)) == 2);
    REQUIRE(minimal_states(fmt::format("chomsky[task=even_pairs,dialect={}]", dialect)) == 5);
    REQUIRE(minimal_states(fmt::format("cycle_{}", dialect)) == (dialect == std::string("xlstm") ? 6 : 5));
  }
  REQUIRE(minimal_states("chomsky[task=modular_arithmetic,dialect=deepmind]") == 51);
  REQUIRE(minimal_states("chomsky[task=modular_arithmetic,dialect=deepmind,mod=3]") == 19);
  // Five states more for the values after `=`.
  REQUIRE(minimal_states("chomsky[task=modular_arithmetic,dialect=xlstm]") == 56);
  REQUIRE(minimal_states("chomsky[task=modular_arithmetic,dialect=walker]") == 56);
  REQUIRE(expression_states(5, true) == 51);
  REQUIRE(expression_states(3, true) == 19);
  REQUIRE(expression_states(5, false) == 19);
  REQUIRE(expression_states(3, false) == 11);
}

TEST_CASE("answers stand where the dialect has them", "[tasks][quick]") {
  const auto word =
      make_task("chomsky[task=modular_arithmetic,dialect=walker]")->sample(0, Split::train, 0, LengthLaw(12));
  REQUIRE(word.input.back() == 4);
  REQUIRE(std::count(word.target.begin(), word.target.end(), kUnscored) == 11);
  REQUIRE(word.target.back() >= 5);
  const auto tagged = make_task("chomsky[task=modular_arithmetic,dialect=deepmind,mode=tagging]")
                          ->sample(0, Split::train, 0, LengthLaw(13));
  for (std::size_t t = 0; t < 13; ++t) REQUIRE((tagged.target[t] == kUnscored) == (t % 2 == 1));
  REQUIRE(make_task("chomsky[task=modular_arithmetic]")->facts().lengths.title() == "odd");
}

TEST_CASE("cycles and the flare dialect are tasks under ids of their own", "[tasks][quick]") {
  const auto id = [](const std::string& text) { return make_task(text)->facts().id; };
  REQUIRE(id("chomsky[task=cycle_navigation,dialect=walker]") == "cycle_walker[mode=final]");
  REQUIRE(id("chomsky[task=cycle_navigation,dialect=xlstm,mode=tagging]") ==
          "cycle_xlstm[vocab=10,mode=tagging]");
  REQUIRE(id("chomsky[task=modular_arithmetic,dialect=flare]") ==
          "flare[language=modular-arithmetic-simple,mode=final,negatives=flare]");
  REQUIRE(id("chomsky[task=even_pairs,dialect=flare,mode=lm]") == "flare[language=even-pairs,mode=lm]");
  REQUIRE(id("chomsky[task=parity]") == "chomsky[task=parity,dialect=deepmind,mode=final]");
}

TEST_CASE("what is not regular, or not there, is refused with the reason", "[tasks][quick]") {
  REQUIRE(tests::contains(complaint("chomsky[task=modular_arithmetic_brackets]"), "not regular"));
  REQUIRE(tests::contains(complaint("chomsky[task=majority]"), "not regular"));
  REQUIRE(tests::contains(complaint("chomsky[task=pairty]"), "did you mean \"parity\"?"));
  REQUIRE(tests::contains(complaint("chomsky[task=parity,dialect=google]"), "unknown dialect \"google\""));
  REQUIRE(tests::contains(complaint("chomsky[task=parity,mod=3]"), "mod= goes with task=modular_arithmetic"));
  REQUIRE(tests::contains(complaint("chomsky[task=modular_arithmetic,mod=1]"), "not an integer in 2..16"));
  REQUIRE(
      tests::contains(complaint("chomsky[task=modular_arithmetic,dialect=flare,mod=3]"), "modulo 5 alone"));
  REQUIRE(tests::contains(complaint("chomsky"), "needs a task"));
  REQUIRE(tests::contains(complaint("cycle_xlstm[vocab=5]"), "not an integer in 6..1024"));
}
