// The optimiser's CUDA programs on emulated blocks against kernels/fused/adamw.h: bits, clipping, segments,
// several models in one launch, and whether every barrier is needed.
#include <cmath>
#include <random>

#include "kernels/cuda/device/adamw.h"
#include "kernels/fused/adamw.h"
#include "tests/support/catch.h"
#include "tests/support/emulated_chunk.h"

namespace anser::tests {
namespace {

using namespace kernels::cuda;
namespace fused = kernels::fused;

/// The buffers of `models` models, drawn, and what the device holds beside them.
struct Models {
  std::vector<float> gradient, parameter, m, v;
  std::vector<double> norm, workspace, lr{4e-3};
  std::vector<std::int64_t> step{0};

  Models(std::int64_t models, std::int64_t size, unsigned seed)
      : m(models * size, 0.0F),
        v(models * size, 0.0F),
        norm(models, NAN),
        workspace(adamw_workspace_size(models, size), NAN) {
    std::mt19937 generator(seed);
    parameter = normal(models * size, generator, 1);
    gradient = normal(models * size, generator, 0.01F);
  }
  AdamWBuffers buffers() {
    return {gradient.data(), parameter.data(), m.data(),    v.data(),
            lr.data(),       step.data(),      norm.data(), workspace.data()};
  }
  static std::vector<float> normal(std::int64_t n, std::mt19937& generator, float scale) {
    std::normal_distribution<float> distribution(0, scale);
    std::vector<float> x(n);
    for (float& number : x) number = distribution(generator);
    return x;
  }
};

AdamWPlan plan_of(std::int64_t models, std::int64_t size, double clip) {
  AdamWPlan plan{.models = models, .size = size, .clip = clip, .segment_count = 3, .segments = {}};
  plan.segments[0] = {.end = size / 3, .lr_scale = 1, .weight_decay = 0};
  plan.segments[1] = {.end = size / 3 + size / 7, .lr_scale = 2, .weight_decay = 0};
  plan.segments[2] = {.end = size, .lr_scale = 1, .weight_decay = 0.01};
  return plan;
}

std::string run_step(const AdamWPlan& plan, Models& models, const EmulatedRun& norm = {},
                     const EmulatedRun& update = {}) {
  const AdamWCall call{plan, models.buffers()};
  std::string fault =
      run_emulated_blocks(adamw_norm_size(plan), norm,
                          [&](EmulatedContext& ctx, std::int64_t block) { adamw_norm(ctx, call, block); });
  if (!fault.empty()) return "norm: " + fault;
  fault = run_emulated_blocks(adamw_update_size(plan), update, [&](EmulatedContext& ctx, std::int64_t block) {
    adamw_update(ctx, call, block);
  });
  return fault.empty() ? fault : "update: " + fault;
}

/// The same step by the definition, for one model, with the norm that the program found.
void run_reference(const AdamWPlan& plan, std::int64_t step, double norm, double lr, const float* gradient,
                   float* parameter, float* m, float* v) {
  const double scale = plan.clip > 0 ? std::min(1.0, plan.clip / (norm + 1e-6)) : 1;
  std::int64_t begin = 0;
  for (int s = 0; s < plan.segment_count; ++s) {
    const AdamWSegment& segment = plan.segments[s];
    fused::reference::adamw_step<float>(segment.end - begin,
                                        {.lr = lr * segment.lr_scale,
                                         .beta1 = plan.beta1,
                                         .beta2 = plan.beta2,
                                         .epsilon = plan.epsilon,
                                         .weight_decay = segment.weight_decay},
                                        step, scale, gradient + begin, parameter + begin, m + begin,
                                        v + begin);
    begin = segment.end;
  }
}

TEST_CASE("the device's optimiser has the bits of the definition, step after step",
          "[kernels][emulated][quick]") {
  const std::int64_t size = GENERATE(1, 15, 1024, 2049, 5000);
  const double clip = GENERATE(0.0, 0.05, 1e6);
  const AdamWPlan plan = plan_of(1, size, clip);
  Models device(1, size, 1);
  Models wanted = device;
  std::mt19937 generator(7);
  for (std::int64_t step = 1; step <= 3; ++step) {
    device.lr[0] = 4e-3 / static_cast<double>(step);
    const std::string fault = run_step(plan, device, {.seed = 1}, {.seed = 2});
    CAPTURE(size, clip, step, fault);
    REQUIRE(fault.empty());
    REQUIRE(device.step[0] == step);
    const double norm = std::sqrt(fused::sum_of_squares(size, wanted.gradient.data()));
    REQUIRE(std::abs(device.norm[0] - norm) <= 1e-14 * norm);
    run_reference(plan, step, device.norm[0], device.lr[0], wanted.gradient.data(), wanted.parameter.data(),
                  wanted.m.data(), wanted.v.data());
    REQUIRE(device.parameter == wanted.parameter);
    REQUIRE(device.m == wanted.m);
    REQUIRE(device.v == wanted.v);
    device.gradient = wanted.gradient = Models::normal(size, generator, 0.01F);
  }
}

TEST_CASE("several models in one launch are clipped by their own norms and have the bits of each alone",
          "[kernels][emulated][quick]") {
  constexpr std::int64_t kModels = 3, kSize = 2500;
  Models all(kModels, kSize, 2);
  for (std::int64_t i = 0; i < kSize; ++i) all.gradient[kSize + i] *= 1e-3F;  // model 1: not clipped
  const Models start = all;
  REQUIRE(run_step(plan_of(kModels, kSize, 0.1), all).empty());
  REQUIRE(all.step[0] == 1);
  for (std::int64_t model = 0; model < kModels; ++model) {
    Models one(1, kSize, 0);
    const auto part = [&](const std::vector<float>& x) {
      return std::vector<float>(x.begin() + model * kSize, x.begin() + (model + 1) * kSize);
    };
    one.gradient = part(start.gradient), one.parameter = part(start.parameter);
    REQUIRE(run_step(plan_of(1, kSize, 0.1), one).empty());
    CAPTURE(model);
    CHECK(one.norm[0] == all.norm[model]);
    CHECK((one.norm[0] > 0.1) == (model != 1));
    CHECK(one.parameter == part(all.parameter));
    CHECK(one.m == part(all.m));
    CHECK(one.v == part(all.v));
  }
}

TEST_CASE("a norm of more parts than a block has threads is shared by as many",
          "[kernels][emulated][quick]") {
  constexpr std::int64_t kSize = 256 * 2048 + 77;
  const AdamWPlan plan = plan_of(1, kSize, 1);
  REQUIRE(adamw_workspace_size(1, kSize) == 256);
  Models device(1, kSize, 3);
  const AdamWCall call{plan, device.buffers()};
  REQUIRE(run_emulated_blocks(adamw_norm_size(plan), {}, [&](EmulatedContext& ctx, std::int64_t block) {
            adamw_norm(ctx, call, block);
          }).empty());
  EmulatedBlock block(kAdamWWarps, sizeof(AdamWShared));
  REQUIRE(block.run([&](EmulatedContext& ctx) { adamw_update(ctx, call, 0); }).empty());
  const double norm = std::sqrt(fused::sum_of_squares(kSize, device.gradient.data()));
  CHECK(std::abs(device.norm[0] - norm) <= 1e-13 * norm);  // the other sum has parts of 65 546
}

TEST_CASE("the optimiser's bits do not depend on the order of the warps, and it needs its barriers",
          "[kernels][emulated][quick]") {
  constexpr std::int64_t kSize = 3000;
  const AdamWPlan plan = plan_of(1, kSize, 0.1);
  Models first(1, kSize, 4);
  const Models start = first;
  REQUIRE(run_step(plan, first, {.seed = 1}, {.seed = 1}).empty());
  Models second = start;
  REQUIRE(run_step(plan, second, {.seed = 8}, {.seed = 9}).empty());
  CHECK(first.norm == second.norm);
  CHECK(first.parameter == second.parameter);
  Models broken = start;
  CHECK_FALSE(run_step(plan, broken, {.left_out_barrier = 0}).empty());
  for (const int barrier : {0, 1}) {
    broken = start;
    CAPTURE(barrier);
    CHECK_FALSE(run_step(plan, broken, {}, {.left_out_barrier = barrier}).empty());
  }
  broken = start;
  CHECK(run_step(plan, broken, {.left_out_barrier = 1}, {.left_out_barrier = 2}).empty());  // there is none
}

TEST_CASE("a mistaken call of the device's optimiser is answered by name", "[kernels][quick]") {
  if (!built()) {
    CHECK(adamw_step({}, {}, nullptr).code == kernels::StatusCode::not_built);
    return;
  }
  Models models(1, 100, 5);
  const auto wrong = [&](auto change) {
    AdamWPlan plan = plan_of(1, 100, 1);
    AdamWBuffers buffers = models.buffers();
    change(plan, buffers);
    const kernels::Status status = adamw_step(plan, buffers, nullptr);
    CHECK(status.code == kernels::StatusCode::bad_argument);
    return std::string(status.argument);
  };
  CHECK(wrong([](AdamWPlan& p, AdamWBuffers&) { p.models = 0; }) == "plan.models");
  CHECK(wrong([](AdamWPlan& p, AdamWBuffers&) { p.size = 0; }) == "plan.size");
  CHECK(wrong([](AdamWPlan& p, AdamWBuffers&) { p.segment_count = 9; }) == "plan.segment_count");
  CHECK(wrong([](AdamWPlan& p, AdamWBuffers&) { p.segments[0].end = 60; }) == "plan.segments");
  CHECK(wrong([](AdamWPlan& p, AdamWBuffers&) { p.size = 101; }) == "the end of the last segment");
  CHECK(wrong([](AdamWPlan&, AdamWBuffers& b) { b.norm = nullptr; }) == "norm");
}

}  // namespace
}  // namespace anser::tests
