// A training step of the S5 model (B64 T32 D64 H1 N64, one layer, fp32) on a CUDA device, batch copied and
// optimiser included: operator by operator (step/eager), and as a captured graph that is replayed
// (step/captured). A row is the mean of 300 steps, waited for once at their end. Counters: us,
// steps_per_second. benchmarks/rivals_step.py times the same step in PyTorch. Without a device: one sentence,
// and no rows.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

#include "core/base/rng.h"
#include "core/nn/model.h"
#include "core/train/device_graph.h"
#include "core/train/trainer.h"
#include "kernels/recurrence.h"

namespace {

using namespace anser;

constexpr const char* kModel = "rwkv7[L=1,D=64,N=64,c=2,ranks=16]";
constexpr const char* kShape = "B64_T32_D64_H1_N64";
constexpr std::int64_t kBatch = 64, kTime = 32, kVocabulary = 11, kLabels = 120;
constexpr int kSteps = 300, kRepetitions = 9;

at::Tensor random_ids(std::int64_t n, Rng rng) {
  at::Tensor ids = at::empty({kBatch, kTime}, at::kLong);
  auto* data = ids.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < ids.numel(); ++i) data[i] = rng.below(static_cast<std::uint32_t>(n));
  return ids;
}

void time_step(benchmark::State& state, bool capture) {
  using Clock = std::chrono::steady_clock;
  train::Trainer trainer(nn::make_model(kModel, kVocabulary, kLabels, Rng(1)),
                         {.schedule = {.warmup = 0, .steps = 1 << 30},
                          .optimizer = {},
                          .device = at::kCUDA,
                          .graph = capture ? train::make_cuda_graph() : nullptr});
  const at::Tensor input = random_ids(kVocabulary, Rng(2)), target = random_ids(kLabels, Rng(3));
  const auto steps = [&](int count) {
    for (int i = 0; i < count; ++i) trainer.advance(input, target);
    return trainer.last().loss;
  };
  steps(kSteps / 10);
  for (auto _ : state) {
    const auto start = Clock::now();
    state.counters["loss"] = steps(kSteps);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count() / kSteps;
    state.SetIterationTime(seconds);
    state.counters["us"] = seconds * 1e6;
    state.counters["steps_per_second"] = 1 / seconds;
  }
}

/// A row that fails says why and is skipped.
void add(const std::string& name, bool capture) {
  benchmark::RegisterBenchmark(("step/" + name + "/" + kShape).c_str(),
                               [capture](benchmark::State& state) {
                                 try {
                                   time_step(state, capture);
                                 } catch (const std::exception& failure) {
                                   state.SkipWithError(failure.what());
                                 }
                               })
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond)
      ->Iterations(1)
      ->Repetitions(kRepetitions)
      ->ReportAggregatesOnly();
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (kernels::cuda::device_count() == 0) {
    std::puts("bench_step: no CUDA device");
    return 0;
  }
  at::set_num_threads(1);
  try {
    train::require_cuda();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench_step: %s\n", failure.what());
    return 2;
  }
  add("eager", false);
  add("captured", true);
  benchmark::RunSpecifiedBenchmarks();
}
