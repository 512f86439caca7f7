// Compiled automata through the ordinary model.

#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

#include "analysis/certify/word_scores.h"
#include "analysis/construct/compile.h"
#include "analysis/construct/layer_weights.h"
#include "analysis/construct/letter_steps.h"
#include "analysis/construct/one_layer.h"
#include "automata/random_dfa.h"
#include "automata/transition_map.h"
#include "core/base/rng.h"
#include "tests/support/catch.h"
#include "tests/support/scratch.h"
#include "tests/support/throws.h"
#include "tests/support/words.h"

using namespace anser;
using construct::Code;
using construct::CompileOptions;
using construct::Mode;
using construct::OneLayer;
using construct::ReadOut;

namespace {

TensorFile compiled(const std::string& task, CompileOptions options) {
  return construct::compile_task(*tasks::make_task(task), options).file;
}

/// Saved and read again, as a user would.
TensorFile through_file(const TensorFile& file) {
  const tests::Scratch scratch;
  write_safetensors(scratch.path() / "m.safetensors", file);
  return read_safetensors(scratch.path() / "m.safetensors");
}

/// Share of right answers over the sealed words of a task.
certify::WordScores score(const TensorFile& file, const tasks::Task& task, std::int64_t words,
                          std::int64_t length, nn::Precision precision) {
  certify::WordReader reader(file, "test", {.precision = precision});
  for (std::int64_t i = 0; i < words; ++i) {
    std::vector<std::int32_t> input(length), target(length);
    task.sample(0, tasks::Split::sealed, i, input, target);
    reader.add({{input.begin(), input.end()}, {target.begin(), target.end()}});
  }
  return reader.finish();
}

nn::Precision any_precision() {
  return GENERATE(nn::Precision::fp32, nn::Precision::bf16);
}

}  // namespace

TEST_CASE("S5 by letters answers 100,000 tokens without an error, in fp32 and bf16", "[analysis][quick]") {
  const auto precision = any_precision();
  const auto task = tasks::make_task("s5[tokens=swaps+id]");
  const auto file = through_file(construct::compile_task(*task, {}).file);
  const auto many = score(file, *task, 100, 500, precision);
  const auto one = score(file, *task, 1, 50000, precision);
  REQUIRE(many.tokens + one.tokens == 100000);
  REQUIRE(many.correct + one.correct == 100000);
  REQUIRE(many.by_position().size() == 500);
}

TEST_CASE("a whole sequence and its steps give the same bits", "[analysis][quick]") {
  const auto precision = any_precision();
  const auto file = compiled("s5[tokens=swaps+id]", {});
  const auto model = nn::load_model(file, "test");
  model->set_precision(precision);
  const auto task = tasks::make_task("s5[tokens=swaps+id]");
  std::vector<std::int32_t> input(200), target(200);
  task->sample(1, tasks::Split::train, 0, input, target);
  std::vector<std::int64_t> word{11};
  word.insert(word.end(), input.begin(), input.end());
  const at::NoGradGuard no_gradients;
  const auto tokens = at::tensor(word, at::kLong).view({1, -1});
  nn::ModelState whole_state, state;
  const auto whole = model->forward(tokens, &whole_state);
  for (std::int64_t t = 0; t < tokens.size(1); ++t)
    REQUIRE(at::equal(model->forward(tokens.narrow(1, t, 1), &state), whole.narrow(1, t, 1)));
  for (std::size_t i = 0; i < state.tensors.size(); ++i)
    REQUIRE(at::equal(state.tensors[i], whole_state.tensors[i]));
}

TEST_CASE("random automata by micro-steps hold exactly the code of their state", "[analysis][quick]") {
  const auto precision = any_precision();
  const int states = GENERATE(8, 16, 32);
  const automata::Dfa dfa = automata::random_dfa({.num_states = states, .num_letters = 2}, Rng(states));
  const CompileOptions options{.mode = Mode::microsteps};
  const auto file = through_file(construct::compile_dfa(dfa, options).file);
  const auto program = construct::plan_machine(automata::to_moore(dfa), options);
  const OneLayer model(file, "test", precision);
  at::Tensor wkv = model.step(std::vector{*model.letters().bos}, model.fresh()).wkv;
  automata::State q = dfa.start;
  Rng rng(7);
  std::int64_t tokens = 0, wrong = 0;
  std::vector<double> psi = construct::run_steps(program, program.heads[0].code, {});
  std::vector<int> code = program.heads[0].code;
  while (tokens < 10000) {
    const auto letter = static_cast<automata::Letter>(rng.below(2));
    const auto& word = model.letters().tokens[letter];
    const auto answer = construct::read_letters(model, {word}, wkv);
    wkv = answer.wkv;
    q = dfa.step(q, letter);
    tokens += static_cast<std::int64_t>(word.size());
    psi = construct::run_steps(program, code, word);
    code.assign(psi.begin(), psi.begin() + program.points);
    wrong += !(construct::margin(construct::logits_row(answer, 0), dfa.accept[q]) > 0);
  }
  REQUIRE(wrong == 0);
  const float* row = wkv.const_data_ptr<float>();
  for (std::size_t j = 0; j < psi.size(); ++j) REQUIRE(row[j] == float(construct::kWriteScale * psi[j]));
  REQUIRE(std::count(code.begin(), code.end(), 1) == 1);
  REQUIRE(std::count(code.begin(), code.end(), 0) == program.points - 1);
}

TEST_CASE("small automata, dead states included, answer every short word", "[analysis][quick]") {
  const int seed = GENERATE(range(0, 12));
  const int states = 1 + seed % 4, letters = 1 + seed % 3;
  automata::Dfa dfa = automata::random_dfa({.num_states = states, .num_letters = letters}, Rng(seed));
  if (states > 1)
    for (int s = 0; s < letters; ++s) dfa.next[(states - 1) * letters + s] = states - 1;
  CAPTURE(seed);
  certify::WordReader reader(construct::compile_dfa(dfa, {.mode = Mode::microsteps}).file, "test",
                             {.precision = nn::Precision::bf16});
  for (const auto& word : tests::all_words_up_to(letters, letters == 1 ? 12 : 5))
    reader.add(certify::letters_word(reader.letters(), word, automata::accepts(dfa, word)));
  const auto scores = reader.finish();
  REQUIRE(scores.correct == scores.tokens);
}

TEST_CASE("the tasks in the list compile by micro-steps and answer without an error", "[analysis][quick]") {
  const std::string id = GENERATE(as<std::string>{}, "parity", "mod[n=5]", "z2", "s3", "a5[tokens=gens]",
                                  "a4_x_z5[tokens=gens]", "s4[tokens=gens]", "z60[tokens=gens]", "mod[n=1]");
  CAPTURE(id);
  const auto task = tasks::make_task(id);
  const auto compiled = construct::compile_task(*task, {.mode = Mode::microsteps});
  certify::WordReader reader(compiled.file, "test");
  const OneLayer model(compiled.file, "test", nn::Precision::bf16);
  const auto words = construct::match_letters(model, task->machine(), "test");
  at::Tensor wkv = model.step(std::vector{*model.letters().bos}, model.fresh()).wkv;
  std::vector<std::int32_t> input(60), target(60);
  task->sample(0, tasks::Split::train, 0, input, target);
  for (std::size_t t = 0; t < input.size(); ++t) {
    const auto answer = construct::read_letters(model, {words[input[t]]}, wkv);
    wkv = answer.wkv;
    REQUIRE(construct::margin(construct::logits_row(answer, 0), target[t]) > 0);
  }
}

TEST_CASE("letters mode names the letter that needs more than one step", "[analysis][quick]") {
  const auto message = tests::message_of(
      [] { construct::compile_task(*tasks::make_task("a5[tokens=gens]"), {.mode = Mode::letters}); });
  REQUIRE(tests::contains(message, "(1 2 3)"));
  REQUIRE(tests::contains(message, "2 steps"));
  REQUIRE(tests::contains(message, "--mode microsteps"));
}
