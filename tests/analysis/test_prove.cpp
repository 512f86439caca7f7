// Certificate C13: closure of the reachable recurrent states, its refutations, and the search that follows a
// cap.

#include <map>

#include "analysis/construct/closure.h"
#include "analysis/construct/compile.h"
#include "analysis/construct/letter_steps.h"
#include "automata/random_dfa.h"
#include "core/base/rng.h"
#include "core/nn/model.h"
#include "kernels/wkv7.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

using namespace anser;
using construct::Closure;
using construct::ClosureOptions;
using construct::Code;
using construct::CompileOptions;
using construct::Mode;
using construct::ReadOut;
using construct::Verdict;

namespace {

const std::string kS5 = "s5[tokens=swaps+id]";

Closure prove_task(const std::string& id, const CompileOptions& compile, const ClosureOptions& options) {
  const auto task = tasks::make_task(id);
  return construct::prove(construct::compile_task(*task, compile).file, "test", task->machine(), options);
}

nn::Precision any_precision() {
  return GENERATE(nn::Precision::fp32, nn::Precision::bf16);
}

/// Whether the model's answer after the last letter of a word is the machine's.
bool right_after(const construct::OneLayer& model, const automata::Moore& machine,
                 std::span<const automata::Letter> word) {
  const auto letters = construct::match_letters(model, machine, "test");
  at::Tensor wkv = model.step(std::vector{*model.letters().bos}, model.fresh()).wkv;
  automata::State q = machine.start;
  bool right = true;
  for (const automata::Letter s : word) {
    const auto answer = construct::read_letters(model, {letters[s]}, wkv);
    wkv = answer.wkv;
    q = machine.step(q, s);
    right = construct::margin(construct::logits_row(answer, 0), machine.label[q]) > 0;
  }
  return right;
}

}  // namespace

TEST_CASE("S5 has 120 recurrent states, one an element, on every instruction set", "[analysis][quick]") {
  const auto precision = any_precision();
  const char* target = GENERATE("", "AVX2", "AVX3");
  if (!kernels::cpu::wkv7_force_target(target)) {
    WARN("this machine has no " << target);
    kernels::cpu::wkv7_force_target("");
    return;
  }
  const Closure closure = prove_task(kS5, {}, {.precision = precision});
  kernels::cpu::wkv7_force_target("");
  REQUIRE(closure.verdict == Verdict::proved);
  REQUIRE(closure.states == 120);
  REQUIRE(closure.micro_states == 120);
  REQUIRE(closure.quotient_equal);
  REQUIRE(closure.margin == 2);
}

TEST_CASE("compiled automata are proved equal to their minimal machine", "[analysis][quick]") {
  const auto precision = any_precision();
  const std::string id =
      GENERATE(as<std::string>{}, "parity", "mod[n=5]", "mod[n=1]", "a5[tokens=gens]", "s4[tokens=gens]",
               "random_dfa[n=8,k=2,seed=1]", "random_dfa[n=16,k=3,seed=2]");
  CAPTURE(id);
  const Closure closure = prove_task(id, {.mode = Mode::microsteps}, {.precision = precision});
  REQUIRE(closure.verdict == Verdict::proved);
  REQUIRE(closure.quotient_equal);
}

TEST_CASE("a sabotaged S5 is refuted by a word whose proper prefixes pass", "[analysis][quick]") {
  const auto task = tasks::make_task(kS5);
  const auto file = construct::compile_task(*task, {.sabotage = "(1 3)"}).file;
  const Closure closure = construct::prove(file, "test", task->machine(), {});
  REQUIRE(closure.verdict == Verdict::refuted);
  REQUIRE(closure.failing_word);
  const auto& word = closure.failing_word->letters;
  REQUIRE(closure.failing_word->names == std::vector<std::string>{"(1 3)"});
  const construct::OneLayer model(file, "test", nn::Precision::fp32);
  for (std::size_t length = 0; length < word.size(); ++length)
    REQUIRE(right_after(model, task->machine(), std::span(word).first(length)));
  REQUIRE_FALSE(right_after(model, task->machine(), word));
}

TEST_CASE("one transition wrong deep inside an automaton is found", "[analysis][quick]") {
  const auto dfa = automata::random_dfa({.num_states = 12, .num_letters = 2}, Rng(5));
  automata::Dfa wrong = dfa;
  wrong.next[2 * 7 + 1] = (wrong.next[2 * 7 + 1] + 1) % 12;
  const auto file = construct::compile_dfa(wrong, {.mode = Mode::microsteps}).file;
  const Closure closure = construct::prove(file, "test", automata::to_moore(dfa), {});
  REQUIRE(closure.verdict == Verdict::refuted);
  const auto& word = closure.failing_word->letters;
  const auto answers_differ = [&](std::size_t length) {
    const auto prefix = std::span(word).first(length);
    return automata::accepts(dfa, prefix) != automata::accepts(wrong, prefix);
  };
  for (std::size_t length = 0; length < word.size(); ++length) REQUIRE_FALSE(answers_differ(length));
  REQUIRE(answers_differ(word.size()));
}

TEST_CASE("the single code is not closed in bf16, and a directed word breaks its thresholds",
          "[analysis][slow]") {
  const Closure closure = prove_task(kS5, {.code = Code::single, .read_out = ReadOut::threshold},
                                     {.precision = nn::Precision::bf16, .max_states = 5000});
  REQUIRE(closure.verdict == Verdict::undecided);
  REQUIRE(closure.failing_word);
  REQUIRE(closure.failing_word->letters.size() < 10000);
  const auto task = tasks::make_task(kS5);
  const construct::OneLayer model(
      construct::compile_task(*task, {.code = Code::single, .read_out = ReadOut::threshold}).file, "test",
      nn::Precision::bf16);
  REQUIRE_FALSE(right_after(model, task->machine(), closure.failing_word->letters));
}

TEST_CASE("the single code with signs reaches the cap in bf16", "[analysis][quick]") {
  const Closure closure =
      prove_task(kS5, {.code = Code::single},
                 {.precision = nn::Precision::bf16, .max_states = 3000, .search_length = 0});
  REQUIRE(closure.verdict == Verdict::undecided);
  REQUIRE(closure.states > 3000);
}

TEST_CASE("a model that reads the token shift is refused with the tensor's name", "[analysis][quick]") {
  const auto task = tasks::make_task("parity");
  const auto model = nn::make_model("rwkv7[L=1,D=16,N=8,c=2]", 2, 2, Rng(0));
  const auto message = tests::message_of(
      [&] { construct::prove(nn::save_model(*model), "m.safetensors", task->machine(), {}); });
  REQUIRE(tests::contains(message, "blocks.0.att.x_"));
  const auto deep = nn::make_model("rwkv7[L=2,D=16,N=8,c=2]", 2, 2, Rng(0));
  REQUIRE(tests::contains(tests::message_of([&] {
                            construct::prove(nn::save_model(*deep), "m.safetensors", task->machine(), {});
                          }),
                          "2 layers"));
}
