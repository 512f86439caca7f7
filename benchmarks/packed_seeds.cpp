// Several seeds in one process: training steps of the quick S5 model (B64 T32 D64 N32 L1), one seed on one
// core against eight seeds on two, interleaved with the multiply-add probe's own scaling from one thread to
// two.
//
//     bench_packed_seeds [rounds] [steps]
//
// Prints the medians over the rounds: s = the probe's scaling, t8 / t1, and (t8 / t1) s / 2, which is 4 when
// the seeds scale as the probe does.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <vector>

#include "core/base/rng.h"
#include "core/base/thread_pool.h"
#include "core/nn/model.h"
#include "core/train/trainer.h"
#include "kernels/cpu/probe.h"

namespace {

using namespace anser;

constexpr int kSeeds = 8, kThreads = 2;
constexpr std::int64_t kBatch = 64, kTime = 32, kVocabulary = 11, kLabels = 120;

at::Tensor random_ids(std::int64_t n, Rng rng) {
  at::Tensor ids = at::empty({kBatch, kTime}, at::kLong);
  auto* data = ids.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < ids.numel(); ++i) data[i] = rng.below(static_cast<std::uint32_t>(n));
  return ids;
}

/// A model with its data and its number of steps a turn.
class Seed {
 public:
  Seed(std::uint64_t seed, int steps)
      : trainer_(nn::make_model("rwkv7[L=1,D=64,N=32,c=2,ranks=16]", kVocabulary, kLabels, Rng(seed)),
                 {.schedule = {.warmup = 0, .steps = 1 << 30}}),
        input_(random_ids(kVocabulary, Rng(seed).split("input"))),
        target_(random_ids(kLabels, Rng(seed).split("target"))),
        steps_(steps) {}

  void run() {
    for (int i = 0; i < steps_; ++i) trainer_.step(input_, target_);
  }

 private:
  train::Trainer trainer_;
  at::Tensor input_, target_;
  int steps_;
};

template <class Work>
double seconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers[numbers.size() / 2];
}

void probe(int jobs) {
  run_side_by_side(jobs, jobs, [](int) {
    float sum = 0;
    kernels::cpu::probe_multiply_add(4000000, &sum);
    if (sum == 1e30F) std::abort();
  });
}

}  // namespace

int main(int argc, char** argv) {
  at::set_num_threads(1);
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 20, steps = argc > 2 ? std::atoi(argv[2]) : 5;
  std::vector<std::unique_ptr<Seed>> seeds;
  for (int i = 0; i < kSeeds; ++i)
    seeds.push_back(std::make_unique<Seed>(static_cast<std::uint64_t>(i), steps));
  const auto all = [&] { run_side_by_side(kSeeds, kThreads, [&](int i) { seeds[std::size_t(i)]->run(); }); };
  all();
  std::vector<double> scaling, ratio, against_probe, alone;
  for (int round = 0; round < rounds; ++round) {
    const double probe1 = seconds([] { probe(1); }), one = seconds([&] { seeds[0]->run(); });
    const double probe2 = seconds([] { probe(kThreads); }), eight = seconds(all);
    const double s = kThreads * probe1 / probe2;
    scaling.push_back(s);
    ratio.push_back(eight / one);
    against_probe.push_back(eight / one * s / kThreads);
    alone.push_back(1e3 * one / steps);
  }
  fmt::print("one seed: {:.1f} ms a step; s = {:.2f}; t8 / t1 = {:.2f}; (t8 / t1) s / 2 = {:.2f}\n",
             median(alone), median(scaling), median(ratio), median(against_probe));
}
