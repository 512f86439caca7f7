// RWKV-7's case table on the exact CUDA program over emulated blocks, and what the backend answers here.
#include "tests/support/catch.h"
#include "tests/support/emulated_sequential.h"
#include "tests/support/wkv7_compare.h"

namespace anser::tests {
namespace {

void run_blocks(const Wkv7Problem& p, Wkv7Outputs<float>& out) {
  using namespace kernels::cuda;
  const kernels::RecurrenceShape shape{p.shape.batch, p.shape.time, p.shape.heads, p.shape.size,
                                       p.shape.size};
  const kernels::RecurrenceMode mode{.decay = p.decay};
  std::vector<float> checkpoints(kernels::wkv7_checkpoint_size(p.shape), NAN);
  std::vector<float> workspace(recurrence_workspace_size(shape, CudaKernel::sequential), NAN);
  const SequentialCall<float> forward{shape,        mode,          wkv7_inputs(p),
                                      out.y.data(), out.sT.data(), checkpoints.data()};
  const SequentialBackwardCall<float> backward{shape,           mode,
                                               wkv7_inputs(p),  checkpoints.data(),
                                               p.dy.data(),     data_or_null(p.dsT),
                                               out.gradients(), workspace.data()};
  with_lanes(shape.keys, [&](auto lanes) {
    const std::string first = run_emulated_blocks(
        sequential_launch_size(shape, sizeof(float), false), {},
        [&](EmulatedContext& ctx, std::int64_t block) { sequential_forward<lanes()>(ctx, forward, block); });
    const std::string second = run_emulated_blocks(sequential_launch_size(shape, sizeof(float), true), {},
                                                   [&](EmulatedContext& ctx, std::int64_t block) {
                                                     sequential_backward<lanes()>(ctx, backward, block);
                                                   });
    CHECK(first + second == "");
  });
}

TEST_CASE("the exact CUDA program holds the tolerances of RWKV-7's case table", "[kernels][wkv7][quick]") {
  std::vector<Wkv7Case> cases;
  for (const Wkv7Case& c : wkv7_short_cases())
    if (c.shape.size == 8 || c.shape.time <= 2) cases.push_back(c);
  const auto misses = wkv7_misses(cases, run_blocks);
  INFO(describe(misses));
  CHECK(misses.empty());
}

TEST_CASE("a program with CUDA kernels starts without a driver and says what it has",
          "[kernels][wkv7][quick]") {
  CHECK(kernels::cuda::device_count() >= 0);
  if (kernels::cuda::built()) return;
  CHECK(kernels::cuda::device_count() == 0);
  const kernels::Status status = kernels::cuda::prepare();
  CHECK(status.code == kernels::StatusCode::not_built);
  CHECK(std::string(status.wanted) == "ON");
}

}  // namespace
}  // namespace anser::tests
