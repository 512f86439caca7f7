// Speed of the WKV-7 recurrence on one thread: ours on every instruction set of this machine, the row-major
// SIMD scheme, scalar loops, and the machine's peak of multiply-adds. `ns_th` is nanoseconds per token and
// head.
//
//     bench_wkv7 --benchmark_filter=n64      B=1 T=512 H=12 N=64
//     bench_wkv7 --benchmark_filter=one_head T=512 H=1 N=64, contiguous tokens
//     bench_wkv7 --benchmark_filter=n32      B=64 T=32 H=2 N=32, the small heads of the S5 experiment
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "benchmarks/kernels/wkv7_baselines.h"
#include "kernels/cpu/probe.h"
#include "kernels/recurrence_math.h"
#include "kernels/wkv7.h"
#include "tests/support/wkv7_compare.h"

namespace anser::benchmarks {
namespace {

using kernels::Wkv7Shape;
using tests::Wkv7Outputs;
using tests::Wkv7Problem;

Wkv7Problem problem_of(const Wkv7Shape& shape) {
  return tests::make_wkv7_problem({&tests::wkv7_regimes()[0], shape, false});
}

void report(benchmark::State& state, const Wkv7Shape& shape) {
  const auto token_heads = static_cast<double>(shape.batch * shape.time * shape.heads);
  // Printed as a time: seconds of this thread per token and head.
  state.counters["per_token_head"] = benchmark::Counter(
      token_heads, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void forward(benchmark::State& state, Wkv7Shape shape, const std::string& target) {
  kernels::cpu::wkv7_force_target(target.c_str());
  const Wkv7Problem p = problem_of(shape);
  Wkv7Outputs<float> out(p);
  for (auto _ : state)
    tests::expect_ok(
        kernels::cpu::wkv7_forward(shape, p.decay, tests::wkv7_inputs(p), out.y.data(), nullptr, nullptr));
  report(state, shape);
  kernels::cpu::wkv7_force_target("");
}

/// The backward pass, with the forward pass that leaves checkpoints when `both`.
void backward(benchmark::State& state, Wkv7Shape shape, const std::string& target, bool both) {
  kernels::cpu::wkv7_force_target(target.c_str());
  const Wkv7Problem p = problem_of(shape);
  Wkv7Outputs<float> out(p);
  std::vector<float> checkpoints(kernels::wkv7_checkpoint_size(shape));
  std::vector<float> workspace(kernels::wkv7_workspace_size(shape, 1));
  const auto run_forward = [&] {
    tests::expect_ok(kernels::cpu::wkv7_forward(shape, p.decay, tests::wkv7_inputs(p), out.y.data(), nullptr,
                                                checkpoints.data()));
  };
  run_forward();
  for (auto _ : state) {
    if (both) run_forward();
    tests::expect_ok(kernels::cpu::wkv7_backward(shape, p.decay, tests::wkv7_inputs(p), checkpoints.data(),
                                                 p.dy.data(), nullptr, out.gradients(), workspace.data()));
  }
  report(state, shape);
  kernels::cpu::wkv7_force_target("");
}

/// Runs `kernel` on every head of the problem.
template <typename Kernel>
void for_each_head(const Wkv7Shape& shape, Kernel kernel) {
  for (std::int64_t b = 0; b < shape.batch; ++b)
    for (std::int64_t h = 0; h < shape.heads; ++h) kernel((b * shape.time * shape.heads + h) * shape.size);
}

BaselineHead baseline(const Wkv7Problem& p, const std::vector<float>& w, Wkv7Outputs<float>& out, float* S,
                      std::int64_t at) {
  const auto n = static_cast<std::size_t>(p.shape.size);
  std::fill(S, S + n * n, 0.0f);
  return {static_cast<std::size_t>(p.shape.time),
          n,
          p.shape.heads * n,
          p.r.data() + at,
          w.data() + at,
          p.k.data() + at,
          p.v.data() + at,
          p.a.data() + at,
          p.b.data() + at,
          out.y.data() + at,
          S};
}

/// The decays themselves, which the baselines are given ready.
std::vector<float> decays(const Wkv7Problem& p) {
  std::vector<float> w(p.w);
  for (float& x : w) x = 1 + kernels::decay_factors(p.decay, x).shrink;
  return w;
}

void forward_baseline(benchmark::State& state, Wkv7Shape shape, const std::string& target,
                      void (*kernel)(const BaselineHead&)) {
  kernels::cpu::wkv7_force_target(target.c_str());
  const Wkv7Problem p = problem_of(shape);
  const std::vector<float> w = decays(p);
  Wkv7Outputs<float> out(p);
  std::vector<float> S(shape.size * shape.size);
  for (auto _ : state)
    for_each_head(shape, [&](std::int64_t at) { kernel(baseline(p, w, out, S.data(), at)); });
  report(state, shape);
  kernels::cpu::wkv7_force_target("");
}

void backward_scalar(benchmark::State& state, Wkv7Shape shape) {
  const Wkv7Problem p = problem_of(shape);
  const std::vector<float> w = decays(p);
  Wkv7Outputs<float> out(p);
  const std::size_t square = shape.size * shape.size;
  std::vector<float> S(square), D(square), states((shape.time + 1) * square, 0.01f);
  for (auto _ : state)
    for_each_head(shape, [&](std::int64_t at) {
      std::fill(D.begin(), D.end(), 0.0f);
      scalar_backward(baseline(p, w, out, S.data(), at),
                      {p.dy.data() + at, states.data(), D.data(), out.dr.data() + at, out.dw.data() + at,
                       out.dk.data() + at, out.dv.data() + at, out.da.data() + at, out.db.data() + at});
    });
  report(state, shape);
}

void fma_peak(benchmark::State& state, const std::string& target) {
  kernels::cpu::wkv7_force_target(target.c_str());
  float sum = 0;
  std::int64_t operations = 0;
  for (auto _ : state) {
    operations = kernels::cpu::probe_multiply_add(1000, &sum);
    benchmark::DoNotOptimize(sum);
  }
  state.counters["gflops"] = benchmark::Counter(static_cast<double>(operations) * 1e-9,
                                                benchmark::Counter::kIsIterationInvariantRate);
  kernels::cpu::wkv7_force_target("");
}

void register_shape(const std::string& name, const Wkv7Shape& shape, const std::string& target) {
  const auto full = [&](const char* what) { return name + "/" + what + "/" + target; };
  const auto add = [](const std::string& title, auto run) {
    benchmark::RegisterBenchmark(title.c_str(), run)->Unit(benchmark::kMillisecond);
  };
  add(full("forward"), [=](benchmark::State& s) { forward(s, shape, target); });
  add(full("backward"), [=](benchmark::State& s) { backward(s, shape, target, false); });
  add(full("forward+backward"), [=](benchmark::State& s) { backward(s, shape, target, true); });
  add(full("row_major_forward"),
      [=](benchmark::State& s) { forward_baseline(s, shape, target, row_major_forward); });
}

void register_all() {
  const std::pair<const char*, Wkv7Shape> shapes[] = {
      {"n64", {1, 512, 12, 64}}, {"one_head", {1, 512, 1, 64}}, {"n32", {64, 32, 2, 32}}};
  for (const char* target : {"AVX3", "AVX2", "SSE4"}) {
    if (!kernels::cpu::wkv7_force_target(target)) continue;
    for (const auto& [name, shape] : shapes) register_shape(name, shape, target);
    benchmark::RegisterBenchmark((std::string("fma_peak/") + target).c_str(),
                                 [=](benchmark::State& s) { fma_peak(s, target); });
  }
  kernels::cpu::wkv7_force_target("");
  for (const auto& [name, shape] : shapes) {
    const Wkv7Shape sized = shape;
    benchmark::RegisterBenchmark((std::string(name) + "/scalar_forward").c_str(), [=](benchmark::State& s) {
      forward_baseline(s, sized, "", scalar_forward);
    })->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark((std::string(name) + "/scalar_backward").c_str(), [=](benchmark::State& s) {
      backward_scalar(s, sized);
    })->Unit(benchmark::kMillisecond);
  }
}

}  // namespace
}  // namespace anser::benchmarks

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  anser::benchmarks::register_all();
  benchmark::RunSpecifiedBenchmarks();
}
