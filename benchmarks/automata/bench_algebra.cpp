// How long the algebra of languages takes: the monoid T7 with all Green's relations beside a plain
// Froidure-Pin, the class verdict of T16 and of random machines of 31 states, minimisation.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "automata/green.h"
#include "automata/image_orbits.h"
#include "automata/language_profile.h"
#include "automata/minimize.h"
#include "automata/monoid.h"
#include "automata/random_dfa.h"

namespace {

using namespace anser;
using namespace anser::automata;

/// Swap of the first two points, cycle, collapse of the second onto the first: all maps of n points.
Moore full_transformations(State n) {
  Moore m{.num_states = n,
          .num_letters = 3,
          .num_labels = n,
          .start = 0,
          .next = {},
          .label = {},
          .letter_names = {"swap", "cycle", "collapse"},
          .label_names = {}};
  for (State q = 0; q < n; ++q) {
    m.next.insert(m.next.end(), {q < 2 ? 1 - q : q, (q + 1) % n, q == 1 ? 0 : q});
    m.label.push_back(q);
    m.label_names.push_back(std::to_string(q));
  }
  return m;
}

struct HashMap {
  std::size_t operator()(const std::vector<std::uint8_t>& map) const {
    std::size_t h = 0xCBF29CE484222325ULL;
    for (const auto image : map) h = (h ^ image) * 0x100000001B3ULL;
    return h;
  }
};

/// Froidure and Pin's algorithm as it is written down, on the standard containers: right and left Cayley
/// graphs.
class PlainFroidurePin {
 public:
  explicit PlainFroidurePin(const Moore& m) : k_(m.num_letters) {
    for (Letter s = 0; s < k_; ++s) {
      letters_.emplace_back();
      for (State q = 0; q < m.num_states; ++q)
        letters_.back().push_back(static_cast<std::uint8_t>(m.step(q, s)));
    }
    std::vector<std::uint8_t> identity(static_cast<std::size_t>(m.num_states));
    for (std::size_t q = 0; q < identity.size(); ++q) identity[q] = static_cast<std::uint8_t>(q);
    add(identity, -1, 0, -1, 0);
  }

  std::size_t run() {
    for (std::size_t begin = 0; begin < maps_.size();) {
      const std::size_t end = maps_.size();
      for (std::size_t x = begin; x < end; ++x)
        for (Letter s = 0; s < k_; ++s) multiply(x, s);
      for (std::size_t x = begin; x < end; ++x)
        for (Letter s = 0; s < k_; ++s)
          left_[x].push_back(x == 0 ? right_[0][at(s)]
                                    : right_[at(left_[at(prefix_[x])][at(s)])][at(last_[x])]);
      begin = end;
    }
    return maps_.size();
  }

 private:
  static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

  void add(const std::vector<std::uint8_t>& map, std::int32_t prefix, Letter last, std::int32_t suffix,
           Letter first) {
    number_.emplace(map, static_cast<std::int32_t>(maps_.size()));
    maps_.push_back(map);
    prefix_.push_back(prefix);
    last_.push_back(last);
    suffix_.push_back(suffix);
    first_.push_back(first);
    right_.emplace_back();
    left_.emplace_back();
  }

  void multiply(std::size_t x, Letter s) {
    std::int32_t suffix = 0;
    if (x != 0) {
      suffix = right_[at(suffix_[x])][at(s)];
      if (suffix == 0) return right_[x].push_back(right_[0][at(first_[x])]);
      if (prefix_[at(suffix)] != suffix_[x] || last_[at(suffix)] != s)
        return right_[x].push_back(
            right_[at(left_[at(prefix_[at(suffix)])][at(first_[x])])][at(last_[at(suffix)])]);
    }
    std::vector<std::uint8_t> map = maps_[x];
    for (auto& image : map) image = letters_[at(s)][image];
    const auto known = number_.find(map);
    if (known != number_.end()) return right_[x].push_back(known->second);
    right_[x].push_back(static_cast<std::int32_t>(maps_.size()));
    add(map, static_cast<std::int32_t>(x), s, suffix, x == 0 ? s : first_[x]);
  }

  Letter k_;
  std::vector<std::vector<std::uint8_t>> letters_, maps_;
  std::unordered_map<std::vector<std::uint8_t>, std::int32_t, HashMap> number_;
  std::vector<std::int32_t> prefix_, suffix_;
  std::vector<Letter> last_, first_;
  std::vector<std::vector<std::int32_t>> right_, left_;
};

void t7_with_all_green_relations(benchmark::State& state) {
  const Moore machine = full_transformations(7);
  for (auto _ : state) {
    const TransitionMonoid monoid = enumerate_monoid(machine);
    const GreenRelations green = green_relations(monoid);
    benchmark::DoNotOptimize(green.num_h);
    if (monoid.size() != 823'543 || green.num_j != 7) state.SkipWithError("wrong monoid");
  }
}
BENCHMARK(t7_with_all_green_relations)->Unit(benchmark::kMillisecond);

void t7_monoid_alone(benchmark::State& state) {
  const Moore machine = full_transformations(7);
  for (auto _ : state) benchmark::DoNotOptimize(enumerate_monoid(machine).size());
}
BENCHMARK(t7_monoid_alone)->Unit(benchmark::kMillisecond);

void t7_plain_froidure_pin_alone(benchmark::State& state) {
  const Moore machine = full_transformations(7);
  for (auto _ : state)
    if (PlainFroidurePin(machine).run() != 823'543) state.SkipWithError("wrong monoid");
}
BENCHMARK(t7_plain_froidure_pin_alone)->Unit(benchmark::kMillisecond);

void class_of_t(benchmark::State& state, bool verdict_only) {
  const Moore machine = full_transformations(static_cast<State>(state.range(0)));
  for (auto _ : state) {
    const auto orbits = image_orbits(machine, {.verdict_only = verdict_only});
    if (language_class(orbits) != LanguageClass::kNc1Complete) state.SkipWithError("wrong class");
  }
}
BENCHMARK_CAPTURE(class_of_t, all_images_and_groups, false)->Arg(16)->Arg(20)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(class_of_t, verdict_only, true)->Arg(16)->Arg(20)->Unit(benchmark::kMillisecond);

/// Time is for 200 machines; the mean of one is beside it.
void class_of_200_random(benchmark::State& state, bool verdict_only) {
  std::vector<Moore> machines;
  for (std::uint64_t i = 0; i < 200; ++i)
    machines.push_back(to_moore(random_dfa({.num_states = 31, .num_letters = 2}, Rng(i))));
  for (auto _ : state) {
    int hard = 0;
    for (const Moore& machine : machines)
      hard += image_orbits(machine, {.verdict_only = verdict_only}).acc0 == false ? 1 : 0;
    state.counters["nc1_complete"] = hard;
  }
  state.counters["s_each"] =
      benchmark::Counter(200, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(class_of_200_random, all_images_and_groups, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(class_of_200_random, verdict_only, true)->Unit(benchmark::kMillisecond);

void minimize_random(benchmark::State& state) {
  const Dfa dfa = random_dfa({.num_states = static_cast<State>(state.range(0)), .num_letters = 2}, Rng(1));
  for (auto _ : state) state.counters["states"] = minimize(dfa).num_states;
}
BENCHMARK(minimize_random)->RangeMultiplier(10)->Range(1'000, 1'000'000)->Unit(benchmark::kMillisecond);

/// One accepting state at the end of a chain: every state is a class of its own, found one by one.
void minimize_chain(benchmark::State& state) {
  const auto n = static_cast<State>(state.range(0));
  Dfa dfa{.num_states = n, .num_letters = 1, .start = 0, .next = {}, .accept = {}, .letter_names = {"a"}};
  for (State q = 0; q < n; ++q) {
    dfa.next.push_back(std::min(q + 1, n - 1));
    dfa.accept.push_back(q == n - 1 ? 1 : 0);
  }
  for (auto _ : state) state.counters["states"] = minimize(dfa).num_states;
}
BENCHMARK(minimize_chain)->RangeMultiplier(10)->Range(1'000, 1'000'000)->Unit(benchmark::kMillisecond);

void profile_of_small_machine(benchmark::State& state) {
  const Moore machine = full_transformations(5);
  for (auto _ : state) benchmark::DoNotOptimize(language_profile(machine).states);
}
BENCHMARK(profile_of_small_machine)->Unit(benchmark::kMillisecond);

void profile_of_t7(benchmark::State& state) {
  const Moore machine = full_transformations(7);
  for (auto _ : state) benchmark::DoNotOptimize(language_profile(machine).states);
}
BENCHMARK(profile_of_t7)->Unit(benchmark::kMillisecond);

}  // namespace
