// A training step of the S5 model (B64 T32 D64 H1 N64, one layer, fp32) on a CUDA device, batch copied and
// optimiser included: operator by operator (step/eager), and as a captured graph that is replayed
// (step/captured), also of several models at once (step/captured_M_models). A row is the mean of 300 steps,
// waited for once at their end. Counters: us, of a step of all models; steps_per_second, of all of them
// together. benchmarks/rivals_step.py times the same step in PyTorch. Without a device: one sentence, and no
// rows.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/device_row.h"
#include "core/base/rng.h"
#include "core/nn/model.h"
#include "core/ops/cuda_library.h"
#include "core/train/device_graph.h"
#include "core/train/stacked_trainer.h"
#include "core/train/trainer.h"
#include "kernels/recurrence.h"

namespace {

using namespace anser;

constexpr const char* kModel = "rwkv7[L=1,D=64,N=64,c=2,ranks=16]";
constexpr const char* kShape = "B64_T32_D64_H1_N64";
constexpr std::int64_t kBatch = 64, kTime = 32, kVocabulary = 11, kLabels = 120;
constexpr int kSteps = 300;

at::Tensor random_ids(at::IntArrayRef shape, std::int64_t n, Rng rng) {
  at::Tensor ids = at::empty(shape, at::kLong);
  auto* data = ids.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < ids.numel(); ++i) data[i] = rng.below(static_cast<std::uint32_t>(n));
  return ids;
}

std::unique_ptr<nn::Model> model_of_seed(std::uint64_t seed) {
  return nn::make_model(kModel, kVocabulary, kLabels, Rng(seed));
}

train::TrainerOptions options(bool capture) {
  return {.schedule = {.warmup = 0, .steps = 1 << 30},
          .optimizer = {},
          .device = at::kCUDA,
          .graph = capture ? train::make_cuda_graph() : nullptr};
}

/// The trainer's steps on one random batch, of `models` models.
template <typename AnyTrainer>
void time_steps(benchmark::State& state, AnyTrainer& trainer, at::IntArrayRef shape, std::int64_t models) {
  using Clock = std::chrono::steady_clock;
  const at::Tensor input = random_ids(shape, kVocabulary, Rng(2)),
                   target = random_ids(shape, kLabels, Rng(3));
  const auto steps = [&](int count) {
    for (int i = 0; i < count; ++i) trainer.advance(input, target);
    benchmark::DoNotOptimize(trainer.last());
  };
  steps(kSteps / 10);
  for (auto _ : state) {
    const auto start = Clock::now();
    steps(kSteps);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count() / kSteps;
    state.SetIterationTime(seconds);
    state.counters["us"] = seconds * 1e6;
    state.counters["steps_per_second"] = static_cast<double>(models) / seconds;
  }
}

void time_one(benchmark::State& state, bool capture) {
  train::Trainer trainer(model_of_seed(1), options(capture));
  time_steps(state, trainer, {kBatch, kTime}, 1);
}

void time_stacked(benchmark::State& state, std::int64_t models) {
  std::vector<std::unique_ptr<nn::Model>> seeds;
  for (std::int64_t m = 0; m < models; ++m) seeds.push_back(model_of_seed(static_cast<std::uint64_t>(m)));
  train::StackedTrainer trainer(std::move(seeds), options(true));
  time_steps(state, trainer, {models, kBatch, kTime}, models);
}

template <typename Function>
void add(const std::string& name, Function run) {
  benchmarks::add_device_row("step/" + name + "/" + kShape, run);
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
    ops::require_cuda("bench_step");
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench_step: %s\n", failure.what());
    return 2;
  }
  add("eager", [](benchmark::State& state) { time_one(state, false); });
  add("captured", [](benchmark::State& state) { time_one(state, true); });
  for (const std::int64_t models : {8, 64})
    add("captured_" + std::to_string(models) + "_models",
        [models](benchmark::State& state) { time_stacked(state, models); });
  benchmark::RunSpecifiedBenchmarks();
}
