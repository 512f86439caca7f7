// Minimisation and determinisation against OpenFst in the same run: `ratio` is OpenFst's time over ours, each
// the least of the same number of rounds on the same automaton. Input is built outside the time of both;
// numbers of states are compared.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <stdexcept>

#include "automata/dfa.h"
#include "automata/minimize.h"
#include "automata/nfa.h"
#include "benchmarks/automata/openfst_rival.h"
#include "core/base/rng.h"

namespace {

using namespace anser;
using namespace anser::automata;
using anser::benchmarks::RivalArc;
using anser::benchmarks::RivalAutomaton;

/// Random transitions and accept bits; every state but the start gets one arc from an earlier state first, so
/// all are within reach.
Dfa random_reachable(State n, Letter k, const Rng& rng) {
  Dfa dfa{.num_states = n,
          .num_letters = k,
          .next = std::vector<State>(static_cast<std::size_t>(n) * static_cast<std::size_t>(k), -1),
          .accept = {},
          .letter_names = {}};
  for (Letter s = 0; s < k; ++s) dfa.letter_names.push_back(std::string(1, static_cast<char>('a' + s)));
  Rng table = rng.split("table"), accept = rng.split("accept");
  for (State q = 1; q < n; ++q) {
    std::uint32_t slot = 0;
    do {
      slot = table.below(static_cast<std::uint32_t>(q * k));
    } while (dfa.next[slot] >= 0);
    dfa.next[slot] = q;
  }
  for (auto& to : dfa.next)
    if (to < 0) to = static_cast<State>(table.below(static_cast<std::uint32_t>(n)));
  for (State q = 0; q < n; ++q) dfa.accept.push_back(static_cast<std::uint8_t>(accept.below(2)));
  return dfa;
}

RivalAutomaton rival_of(const Dfa& dfa) {
  std::vector<RivalArc> arcs;
  for (State q = 0; q < dfa.num_states; ++q)
    for (Letter s = 0; s < dfa.num_letters; ++s) arcs.push_back({q, s, dfa.step(q, s)});
  return RivalAutomaton(dfa.num_states, arcs, dfa.accept);
}

/// Words over a, b whose k-th letter from the end is a: k + 1 states, 2^k when deterministic.
Nfa letter_from_the_end(int k) {
  Nfa nfa{.num_states = static_cast<State>(k + 1),
          .num_letters = 2,
          .starts = {0},
          .arcs = {{0, 0, 0}, {0, 1, 0}, {0, 0, 1}},
          .accept = std::vector<std::uint8_t>(static_cast<std::size_t>(k + 1)),
          .letter_names = {"a", "b"}};
  for (State q = 1; q < k; ++q)
    for (Letter s = 0; s < 2; ++s) nfa.arcs.push_back({q, s, static_cast<State>(q + 1)});
  nfa.accept.back() = 1;
  return nfa;
}

RivalAutomaton rival_of(const Nfa& nfa) {
  std::vector<RivalArc> arcs;
  for (const auto& arc : nfa.arcs) arcs.push_back({arc.from, arc.letter, arc.to});
  return RivalAutomaton(nfa.num_states, arcs, nfa.accept);
}

bool is_dead(const Dfa& dfa, State q) {
  for (Letter s = 0; s < dfa.num_letters; ++s)
    if (dfa.step(q, s) != q) return false;
  return dfa.accept[static_cast<std::size_t>(q)] == 0;
}

/// States of a minimal Dfa that reach an accepting one: what OpenFst counts.
std::int64_t live_states(const Dfa& minimal) {
  std::int64_t dead = 0;
  for (State q = 0; q < minimal.num_states; ++q) dead += is_dead(minimal, q) ? 1 : 0;
  return minimal.num_states - dead;
}

template <typename Work>
double seconds(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Alternates the two, reports ours as the benchmark's time and the ratio of the least times.
template <typename Ours, typename Theirs>
void compare(benchmark::State& state, const Ours& ours, const Theirs& theirs) {
  double best = std::numeric_limits<double>::infinity(), best_rival = best;
  std::int64_t count = 0, rival_count = 0;
  for (auto _ : state) {
    const auto [took, states] = ours();
    state.SetIterationTime(took);
    best = std::min(best, took);
    count = states;
    const auto [rival_took, rival_states] = theirs();
    best_rival = std::min(best_rival, rival_took);
    rival_count = rival_states;
  }
  if (count != rival_count) state.SkipWithError("the numbers of states differ");
  state.counters["states"] = static_cast<double>(count);
  state.counters["openfst_ms"] = 1e3 * best_rival;
  state.counters["ours_ms"] = 1e3 * best;
  state.counters["ratio"] = best_rival / best;
}

void minimize_random(benchmark::State& state) {
  const Dfa dfa = random_reachable(static_cast<State>(state.range(0)), 2, Rng(1));
  compare(
      state,
      [&] {
        Dfa minimal;
        const double took = seconds([&] { minimal = minimize(dfa); });
        return std::pair(took, live_states(minimal));
      },
      [&] {
        RivalAutomaton rival = rival_of(dfa);
        const double took = rival.minimize();
        return std::pair(took, rival.num_states());
      });
}
BENCHMARK(minimize_random)
    ->RangeMultiplier(10)
    ->Range(1000, 1'000'000)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

void determinise_letter_from_the_end(benchmark::State& state) {
  const Nfa nfa = letter_from_the_end(static_cast<int>(state.range(0)));
  compare(
      state,
      [&] {
        Dfa dfa;
        const double took = seconds([&] { dfa = determinise(nfa); });
        return std::pair(took, std::int64_t{dfa.num_states});
      },
      [&] {
        RivalAutomaton rival = rival_of(nfa);
        const double took = rival.determinize();
        return std::pair(took, rival.num_states());
      });
}
BENCHMARK(determinise_letter_from_the_end)
    ->DenseRange(10, 17)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
