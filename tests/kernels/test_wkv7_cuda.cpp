// The block programs of the CUDA backend, run by a loop over threads on the host, and the backend's answers
// here.
#include "kernels/cuda/wkv7_block.h"
#include "tests/support/catch.h"
#include "tests/support/wkv7_compare.h"

namespace anser::tests {
namespace {

/// A thread block of n threads. Between two barriers threads run in ascending or in descending order: a
/// program whose barriers suffice gives the same bits in both.
struct HostBlock {
  std::int64_t threads;
  bool descending;
  template <class F>
  void each(F f) const {
    for (std::int64_t i = 0; i < threads; ++i) f(descending ? threads - 1 - i : i);
  }
};

void run_blocks(const Wkv7Problem& p, Wkv7Outputs<float>& out, bool descending) {
  using namespace kernels::cuda;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::int64_t n = p.shape.size;
  std::vector<float> checkpoints(kernels::wkv7_checkpoint_size(p.shape), nan);
  std::vector<float> shared(BlockMemory::numbers(n, true), nan), workspace(block_workspace_size(n), nan);
  HostBlock block{n, descending};
  const kernels::Wkv7ForwardCall forward{p.shape,      p.decay,       wkv7_inputs(p),
                                         out.y.data(), out.sT.data(), checkpoints.data()};
  const kernels::Wkv7BackwardCall backward{
      p.shape,        p.decay, wkv7_inputs(p), checkpoints.data(), p.dy.data(), data_or_null(p.dsT),
      out.gradients()};
  for (std::int64_t index = 0; index < p.shape.batch * p.shape.heads; ++index) {
    forward_block(block, forward.head(index), shared.data());
    std::fill(shared.begin(), shared.end(), nan);
    backward_block(block, backward.head(index, workspace.data()), shared.data());
  }
}

TEST_CASE("the CUDA block programs hold the tolerances of the case table", "[kernels][wkv7][quick]") {
  std::vector<Wkv7Case> cases = wkv7_short_cases();
  for (const Wkv7Case& c : wkv7_cases())
    if (c.shape.time == 1000 && c.shape.size <= 16) cases.push_back(c);
  const auto misses =
      wkv7_misses(cases, [](const Wkv7Problem& p, Wkv7Outputs<float>& out) { run_blocks(p, out, false); });
  INFO(describe(misses));
  CHECK(misses.empty());
}

TEST_CASE("the CUDA block programs do not depend on the order of threads between barriers",
          "[kernels][wkv7][quick]") {
  const Wkv7Problem p = make_wkv7_problem({&wkv7_regimes()[0], {2, 35, 2, 24}, true});
  Wkv7Outputs<float> ascending(p), descending(p);
  run_blocks(p, ascending, false);
  run_blocks(p, descending, true);
  CHECK(ascending == descending);
}

TEST_CASE("a program with CUDA kernels starts without a driver and says what it has",
          "[kernels][wkv7][quick]") {
  CHECK(kernels::cuda::device_count() >= 0);
  if (kernels::cuda::built()) return;
  CHECK(kernels::cuda::device_count() == 0);
  const auto status =
      kernels::cuda::wkv7_forward({}, kernels::Decay::logit, {}, nullptr, nullptr, nullptr, nullptr);
  CHECK(status.code == kernels::StatusCode::not_built);
  CHECK(std::string(status.wanted) == "ON");
}

}  // namespace
}  // namespace anser::tests
