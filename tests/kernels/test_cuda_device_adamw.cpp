// The optimiser on a device: a captured step, replayed, against kernels/fused/adamw.h.
#include <cmath>
#include <random>

#include "kernels/cuda/adamw.h"
#include "kernels/fused/adamw.h"
#include "kernels/recurrence.h"
#include "tests/support/catch.h"
#include "tests/support/device_array.h"
#include "tests/support/recurrence_compare.h"

namespace anser::tests {
namespace {

using namespace kernels::cuda;
namespace fused = kernels::fused;

std::vector<float> normal(std::size_t n, unsigned seed, float scale) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> distribution(0, scale);
  std::vector<float> x(n);
  for (float& number : x) number = distribution(generator);
  return x;
}

double difference(const std::vector<float>& x, const std::vector<float>& y) {
  HeadNorm norm;
  for (std::size_t e = 0; e < x.size(); ++e) norm.add(x[e], y[e]);
  return norm.error();
}

TEST_CASE("on a device replays of a captured optimiser step are the definition's steps",
          "[kernels][cuda][quick]") {
  if (device_count() == 0) {
    WARN("skipped: no CUDA device");
    return;
  }
  constexpr std::int64_t kModels = 3, kSize = 70001, kSteps = 5;
  AdamWPlan plan{.models = kModels, .size = kSize, .clip = 1, .segment_count = 2, .segments = {}};
  plan.segments[0] = {.end = 30000, .lr_scale = 2, .weight_decay = 0};
  plan.segments[1] = {.end = kSize, .lr_scale = 1, .weight_decay = 0.01};
  const std::vector<float> gradients = normal(kModels * kSize, 1, 0.01F);
  std::vector<float> parameters = normal(kModels * kSize, 2, 1);
  std::vector<float> m(parameters.size(), 0.0F), v = m;
  DeviceArray<float> gradient(gradients), parameter(parameters), device_m(m), device_v(v);
  DeviceArray<double> lr(std::vector<double>{4e-3}), norm(kModels),
      workspace(adamw_workspace_size(kModels, kSize));
  DeviceArray<std::int64_t> step(std::vector<std::int64_t>{0});

  expect_ok(kernels::cuda::prepare());
  cudaStream_t stream = nullptr;
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t program = nullptr;
  expect_cuda(cudaStreamCreate(&stream));
  expect_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  expect_ok(adamw_step(plan,
                       {gradient.data(), parameter.data(), device_m.data(), device_v.data(), lr.data(),
                        step.data(), norm.data(), workspace.data()},
                       stream));
  expect_cuda(cudaStreamEndCapture(stream, &graph));
  expect_cuda(cudaGraphInstantiate(&program, graph, 0));
  for (int turn = 0; turn < kSteps; ++turn) expect_cuda(cudaGraphLaunch(program, stream));
  expect_cuda(cudaStreamSynchronize(stream));

  std::vector<double> norms;
  std::vector<std::int64_t> steps;
  norm.copy_to(norms), step.copy_to(steps);
  CHECK(steps[0] == kSteps);
  for (std::int64_t model = 0; model < kModels; ++model) {
    const float* const g = gradients.data() + model * kSize;
    const double wanted = std::sqrt(fused::sum_of_squares(kSize, g));
    CHECK(std::abs(norms[model] - wanted) <= 1e-13 * wanted);
    for (std::int64_t turn = 1; turn <= kSteps; ++turn)
      for (int s = 0; s < 2; ++s) {
        const std::int64_t begin = s == 0 ? 0 : plan.segments[0].end, at = model * kSize + begin;
        const fused::AdamWOptions options{.lr = 4e-3 * plan.segments[s].lr_scale,
                                          .weight_decay = plan.segments[s].weight_decay};
        fused::adamw_step(plan.segments[s].end - begin, options, turn,
                          std::min(1.0, 1 / (norms[model] + 1e-6)), g + begin, parameters.data() + at,
                          m.data() + at, v.data() + at);
      }
  }
  std::vector<float> got;
  // The same bits, where the device's pow has those of the host's.
  parameter.copy_to(got);
  CHECK(difference(got, parameters) <= 2e-7);
  device_m.copy_to(got);
  CHECK(difference(got, m) <= 2e-7);
  device_v.copy_to(got);
  CHECK(difference(got, v) <= 2e-7);
  cudaGraphExecDestroy(program), cudaGraphDestroy(graph), cudaStreamDestroy(stream);
}

}  // namespace
}  // namespace anser::tests
