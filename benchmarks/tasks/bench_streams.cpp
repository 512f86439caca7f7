// Tokens a second of task streams: S5 words with the label of every prefix.
#include <benchmark/benchmark.h>

#include "core/base/rng.h"
#include "tasks/group_word_problem.h"

namespace {

using namespace anser;

constexpr std::size_t kLength = 512, kWords = 2048;  // 2^20 tokens an iteration

/// Samples of a task, word after word as a trainer asks for them.
void sample_words(benchmark::State& state, const char* id) {
  const auto task = tasks::GroupWordProblem::make(parse_id(id));
  std::vector<std::int32_t> input(kLength), target(kLength);
  std::uint64_t index = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kWords; ++i) task->sample(1, tasks::Split::train, index++, input, target);
    benchmark::DoNotOptimize(target.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kLength * kWords));
}

/// The generator alone: letters of 0..119 without labels.
void draw_letters(benchmark::State& state) {
  Rng rng(1);
  std::vector<std::int32_t> input(kLength);
  for (auto _ : state) {
    for (std::size_t i = 0; i < kWords; ++i)
      for (auto& letter : input) letter = static_cast<std::int32_t>(rng.below(120));
    benchmark::DoNotOptimize(input.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kLength * kWords));
}

/// Labels alone: the machine of S5 on given letters.
void label_letters(benchmark::State& state) {
  const auto task = tasks::GroupWordProblem::make(parse_id("s5"));
  const automata::Moore& machine = task->machine();
  std::vector<std::int32_t> input(kLength), target(kLength);
  task->sample(1, tasks::Split::train, 0, input, target);
  for (auto _ : state) {
    for (std::size_t i = 0; i < kWords; ++i) {
      automata::State q = machine.start;
      for (std::size_t t = 0; t < kLength; ++t) target[t] = q = machine.step(q, input[t]);
      benchmark::DoNotOptimize(target.data());
      benchmark::ClobberMemory();
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kLength * kWords));
}

}  // namespace

BENCHMARK_CAPTURE(sample_words, s5, "s5")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(sample_words, s5_swaps_id, "s5[tokens=swaps+id]")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(sample_words, s5_repeat, "s5[repeat=2]")->Unit(benchmark::kMillisecond);
BENCHMARK(draw_letters)->Unit(benchmark::kMillisecond);
BENCHMARK(label_letters)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
