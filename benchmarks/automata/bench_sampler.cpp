// Uniform accepted words of length 500 from an automaton of 50 states: letters a second, thresholds ready.
//
//     bench_sampler            words of 2, 4 and 16 letters, and the time to make the thresholds ready

#include <benchmark/benchmark.h>

#include "automata/minimize.h"
#include "automata/random_dfa.h"
#include "automata/word_sampler.h"

namespace {

using namespace anser;
using namespace anser::automata;

constexpr State kStates = 50;
constexpr std::int64_t kLength = 500;

/// The first random automaton whose minimal form has 50 states.
Dfa minimal_dfa(Letter num_letters) {
  for (std::uint64_t seed = 0;; ++seed) {
    Dfa dfa = minimize(random_dfa({.num_states = kStates, .num_letters = num_letters}, Rng(seed)));
    if (dfa.num_states == kStates) return dfa;
  }
}

void uniform_words(benchmark::State& state) {
  const WordSampler sampler(minimal_dfa(static_cast<Letter>(state.range(0))), kLength);
  Rng rng(7);
  std::vector<Letter> word(kLength);
  for (auto _ : state) {
    sampler.sample(rng, word);
    benchmark::DoNotOptimize(word.data());
  }
  state.counters["letters/s"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * static_cast<double>(kLength), benchmark::Counter::kIsRate);
}

void preparation(benchmark::State& state) {
  const Dfa dfa = minimal_dfa(static_cast<Letter>(state.range(0)));
  for (auto _ : state) {
    const WordSampler sampler(dfa, kLength);
    benchmark::DoNotOptimize(&sampler);
  }
}

BENCHMARK(uniform_words)->ArgName("letters")->Arg(2)->Arg(4)->Arg(16);
BENCHMARK(preparation)->ArgName("letters")->Arg(2)->Arg(4)->Arg(16)->Unit(benchmark::kMillisecond);

}  // namespace
