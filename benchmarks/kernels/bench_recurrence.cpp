// Speed of the generalised recurrence on the CPU: head sizes, modes, types, decode, two threads; the
// machine's peak of multiply-adds beside. `per_element` is seconds per token and state number K * V,
// `per_token_head` seconds per token and head.
//
//     bench_recurrence --benchmark_enable_random_interleaving=true --benchmark_repetitions=20
//     bench_recurrence --benchmark_filter=/d64          head sizes, the best instruction set and AVX2
//     bench_recurrence --benchmark_filter=decode        state_bytes: read and written a second
//     bench_recurrence --benchmark_filter=two_threads   kernel and probe, 20 interleaved pairs
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "experiments/bench/workers.h"
#include "kernels/cpu/probe.h"
#include "kernels/recurrence.h"
#include "kernels/wkv7.h"
#include "tests/support/recurrence_compare.h"

// Arrays begin at cache lines, as those of tensor libraries do: a row of 16 numbers is one line.
[[gnu::noinline]] void* operator new(std::size_t size) {
  constexpr std::size_t kLine = 64;
  if (void* memory = std::aligned_alloc(kLine, (size + kLine - 1) / kLine * kLine)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace anser::benchmarks {
namespace {

using kernels::Decay;
using kernels::Read;
using kernels::RecurrenceMode;
using tests::RecurrenceArrays;
using tests::RecurrenceProblem;
using tests::RecurrenceResults;

struct Sizes {
  std::int64_t sequences, time, heads, keys, values;
};

/// Inputs of the case table in another shape.
RecurrenceProblem problem_of(const Sizes& sizes, const RecurrenceMode& mode) {
  RecurrenceProblem p{.sequences = sizes.sequences,
                      .time = sizes.time,
                      .heads = sizes.heads,
                      .keys = sizes.keys,
                      .values = sizes.values,
                      .mode = mode};
  const std::int64_t rows = p.tokens() * p.heads;
  tests::Wkv7Draw draw(1);
  p.r = draw.normals(rows * p.keys), p.v = draw.normals(rows * p.values),
  p.dy = draw.normals(rows * p.values);
  p.w = draw.normals(rows * p.decays());
  if (mode.decay != Decay::logit)
    for (float& x : p.w) x = -std::abs(x) * .1f;
  tests::draw_recurrence_keys({.name = ""}, 0, draw, p);
  return p;
}

template <typename Real>
Real convert(float x) {
  if constexpr (std::is_same_v<Real, float>) return x;
  if constexpr (!std::is_same_v<Real, float>) return kernels::to_bf16(x);
}

/// A problem, its outputs and the buffers of its backward pass.
template <typename Real>
struct Bench {
  RecurrenceProblem p;
  RecurrenceArrays<Real> in;
  RecurrenceResults<Real> out;
  std::vector<float> checkpoints, workspace;

  explicit Bench(RecurrenceProblem problem)
      : p(std::move(problem)),
        in(p, convert<Real>),
        out(p, convert<Real>(0), 0),
        checkpoints(kernels::recurrence_checkpoint_size(p.shape())),
        workspace(kernels::recurrence_workspace_size(p.shape(), 2)) {}

  void forward(bool keep, const kernels::Executor& executor = {}) {
    tests::expect_ok(kernels::cpu::recurrence_forward<Real>(
        p.shape(), p.mode, in.inputs(),
        {.y = out.y.data(), .checkpoints = keep ? checkpoints.data() : nullptr}, executor));
  }
  void backward(int threads = 1, const kernels::Executor& executor = {}) {
    tests::expect_ok(kernels::cpu::recurrence_backward<Real>(
        p.shape(), p.mode, in.inputs(), checkpoints.data(), in.dy.data(), nullptr, out.gradients(),
        workspace.data(), threads, executor));
  }
  void decode() {
    tests::expect_ok(
        kernels::cpu::recurrence_decode<Real>(p.shape(), p.mode, in.inputs(), out.sT.data(), out.y.data()));
  }
  void report(benchmark::State& state) const {
    using benchmark::Counter;
    const auto inverse_rate = Counter::kIsIterationInvariantRate | Counter::kInvert;
    const auto token_heads = static_cast<double>(p.tokens() * p.heads);
    state.counters["per_token_head"] = Counter(token_heads, inverse_rate);
    state.counters["per_element"] =
        Counter(token_heads * static_cast<double>(p.keys * p.values), inverse_rate);
  }
};

/// `target` is the instruction set, "" the best one.
template <typename Real>
void add(const std::string& name, const Sizes& sizes, const RecurrenceMode& mode,
         const std::string& target = "") {
  const auto bench = [=](void (*run)(Bench<Real>&)) {
    return [=](benchmark::State& state) {
      if (!kernels::cpu::wkv7_force_target(target.c_str())) return state.SkipWithError("no such target here");
      Bench<Real> b(problem_of(sizes, mode));
      b.forward(true);
      for (auto _ : state) run(b);
      b.report(state);
      kernels::cpu::wkv7_force_target("");
    };
  };
  const auto put = [&](const char* what, auto run) {
    benchmark::RegisterBenchmark((name + "/" + what).c_str(), run)->Unit(benchmark::kMillisecond);
  };
  put("forward", bench([](Bench<Real>& b) { b.forward(false); }));
  put("backward", bench([](Bench<Real>& b) { b.backward(); }));
}

void decode(benchmark::State& state, Sizes sizes) {
  Bench<float> b(problem_of(sizes, {}));
  std::fill(b.out.sT.begin(), b.out.sT.end(), 0.0f);
  for (auto _ : state) b.decode();
  b.report(state);
  state.counters["state_bytes"] = benchmark::Counter(static_cast<double>(b.out.sT.size() * 8),
                                                     benchmark::Counter::kIsIterationInvariantRate);
}

double seconds(auto run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + x.size() / 2, x.end());
  return x[x.size() / 2];
}

/// How much faster two threads are than one: the kernel (`calls` times forward and backward) and the
/// multiply-add probe, interleaved, medians of 20 pairs.
void two_threads(benchmark::State& state, Sizes sizes, int calls) {
  Bench<float> b(problem_of(sizes, {}));
  bench::Workers workers(2);
  struct Probe {
    static void run(void*, int) {
      float sum = 0;
      kernels::cpu::probe_multiply_add(100000, &sum);
      benchmark::DoNotOptimize(sum);
    }
  };
  const auto probe = [](const kernels::Executor& executor) { executor(8, Probe::run, nullptr); };
  const auto pass = [&](int threads, const kernels::Executor& executor) {
    for (int call = 0; call < calls; ++call) b.forward(true, executor), b.backward(threads, executor);
  };
  std::vector<double> kernel, machine, part;
  for (auto _ : state)
    for (int pair = 0; pair < 20; ++pair) {
      const double one = seconds([&] { pass(1, {}); });
      const double probe_one = seconds([&] { probe({}); });
      const double two = seconds([&] { pass(2, workers.executor()); });
      const double probe_two = seconds([&] { probe(workers.executor()); });
      kernel.push_back(one / two), machine.push_back(probe_one / probe_two);
      part.push_back(kernel.back() / machine.back());
    }
  state.counters["kernel"] = median(kernel);
  state.counters["probe"] = median(machine);
  state.counters["part_of_probe"] = median(part);
}

/// The least a decode must do to memory: read and write every state, here 256 MiB in place.
void memory_peak(benchmark::State& state) {
  std::vector<float> x(std::size_t{64} << 20);
  for (auto _ : state) {
    for (float& number : x) number += 1;
    benchmark::ClobberMemory();
  }
  state.counters["state_bytes"] =
      benchmark::Counter(static_cast<double>(x.size() * 8), benchmark::Counter::kIsIterationInvariantRate);
}

void fma_peak(benchmark::State& state) {
  float sum = 0;
  std::int64_t operations = 0;
  for (auto _ : state) {
    operations = kernels::cpu::probe_multiply_add(1000, &sum);
    benchmark::DoNotOptimize(sum);
  }
  state.counters["flops"] =
      benchmark::Counter(static_cast<double>(operations), benchmark::Counter::kIsIterationInvariantRate);
}

void register_all() {
  // H N = 64, and the same heads 3 KiB apart (D = 768).
  for (const std::int64_t n : {64, 32, 16}) {
    const std::string name = "n" + std::to_string(n);
    const Sizes narrow{16, 128, 64 / n, n, n};
    add<float>(name + "/d64", narrow, {});
    add<float>(name + "/d64_avx2", narrow, {}, "AVX2");
    add<float>(name + "/d768", {1, 128, 768 / n, n, n}, {});
  }
  const Sizes common{4, 256, 2, 64, 64};
  add<float>("mode/rwkv7", common, {});
  add<kernels::Bf16>("mode/rwkv7_bf16", common, {});
  add<float>("mode/deltanet", common, {.decay = Decay::none});
  add<float>("mode/gated_deltanet", common, {.decay = Decay::log, .decay_per_head = true});
  add<float>("mode/gla", common, {.decay = Decay::log, .low_rank = false});
  add<float>("mode/rwkv6", common, {.decay = Decay::log, .low_rank = false, .read = Read::before});
  add<float>("mode/direct", common, {.decay = Decay::direct, .low_rank = false});
  for (const std::int64_t heads : {16, 1024, 16384})
    benchmark::RegisterBenchmark(("decode/heads" + std::to_string(heads)).c_str(), [=](benchmark::State& s) {
      decode(s, {heads / 16, 1, 16, 64, 64});
    })->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("decode/memory_peak", memory_peak)->Unit(benchmark::kMicrosecond);
  const auto add_threads = [](const char* name, Sizes sizes, int calls) {
    benchmark::RegisterBenchmark(name, [=](benchmark::State& s) { two_threads(s, sizes, calls); })
        ->Iterations(1)
        ->UseRealTime();
  };
  add_threads("two_threads/cached", {8, 32, 2, 64, 64}, 16);
  add_threads("two_threads/training", {64, 32, 2, 32, 32}, 6);
  add_threads("two_threads/memory", {8, 256, 8, 64, 64}, 1);
  benchmark::RegisterBenchmark("fma_peak", fma_peak);
}

}  // namespace
}  // namespace anser::benchmarks

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  anser::benchmarks::register_all();
  benchmark::RunSpecifiedBenchmarks();
}
