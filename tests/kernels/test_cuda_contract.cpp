// Which CUDA kernel is chosen, what it takes, and what a call that it cannot run is answered.
#include "kernels/cuda/launch_size.h"
#include "tests/support/catch.h"
#include "tests/support/recurrence_compare.h"

namespace anser::tests {
namespace {

using namespace kernels::cuda;
using kernels::Bf16;
using kernels::Decay;
using kernels::RecurrenceMode;
using kernels::RecurrenceShape;

/// Shared memory that a block may have: compute capability 8.6, 8.9 and 12.0; 8.0; 9.0.
constexpr std::int64_t kSmall = 99 * 1024, kAmpere = 163 * 1024, kHopper = 227 * 1024;

TEST_CASE("the chunked kernel is chosen for bf16 tokens, square heads, bounded decay and 16 tokens or more",
          "[kernels][quick]") {
  const RecurrenceShape shape{2, 16, 3, 64, 64};
  const auto chunked = [](const RecurrenceShape& s, const RecurrenceMode& mode, bool bf16 = true,
                          bool snapshots = false, std::int64_t memory = kHopper) {
    return choose_kernel(s, mode, bf16, snapshots, memory) == CudaKernel::chunked;
  };
  CHECK(chunked(shape, {}));
  CHECK(chunked(shape, {.decay = Decay::none, .low_rank = false}));
  CHECK(chunked(shape, {.read = kernels::Read::before}));
  CHECK_FALSE(chunked(shape, {}, false));
  CHECK_FALSE(chunked(shape, {}, true, true));
  CHECK_FALSE(chunked(shape, {.decay = Decay::log}));
  CHECK_FALSE(chunked(shape, {.decay = Decay::direct}));
  CHECK_FALSE(chunked({2, 15, 3, 64, 64}, {}));
  CHECK_FALSE(chunked({2, 16, 3, 64, 32}, {}));
  CHECK_FALSE(chunked({2, 16, 3, 24, 24}, {}));
  const std::int64_t offsets[] = {0, 3, 32};
  CHECK(chunked({2, 32, 3, 64, 64, offsets}, {}));
  CHECK_FALSE(chunked({2, 31, 3, 64, 64, offsets}, {}));
}

TEST_CASE("what does not fit into a device's shared memory is not chosen", "[kernels][quick]") {
  for (const std::int64_t n : {16, 32, 64, 128}) {
    const RecurrenceShape shape{1, 64, 1, n, n};
    CAPTURE(n, chunk_launch_size(shape, true).block_memory);
    const auto chosen = [&](std::int64_t memory) { return choose_kernel(shape, {}, true, false, memory); };
    CHECK(chosen(0) == CudaKernel::sequential);
    CHECK(chosen(kSmall) == (n <= 64 ? CudaKernel::chunked : CudaKernel::sequential));
    CHECK(chosen(kAmpere) == (n <= 64 ? CudaKernel::chunked : CudaKernel::sequential));
    CHECK(chosen(kHopper) == CudaKernel::chunked);
    CHECK(chunk_launch_size(shape, false).block_memory <= kSmall);
  }
  CHECK(2 * chunk_launch_size({1, 64, 1, 64, 64}, true).block_memory + 2048 <= kAmpere);
}

TEST_CASE("the exact kernel fits into every device in fp32, and up to 64 keys in fp64", "[kernels][quick]") {
  for (std::int64_t keys = 8; keys <= 128; keys += 8)
    for (std::int64_t values = 8; values <= 128; values += 8) {
      const RecurrenceShape shape{3, 10, 5, keys, values};
      CAPTURE(keys, values);
      for (const bool backward : {false, true}) {
        CHECK(sequential_launch_size(shape, 4, backward).block_memory <= kSmall);
        CHECK(sequential_launch_size(shape, 8, backward).block_memory <= (keys <= 64 ? kSmall : kAmpere));
      }
      const LaunchSize size = sequential_launch_size(shape, 4, true);
      CHECK(size.threads % 32 == 0);
      CHECK(size.threads <= std::max<std::int64_t>(128, keys > 64 ? 512 : 256));
      CHECK(size.blocks * size.threads * 32 >= 15 * keys * values);
    }
}

TEST_CASE("sizes of checkpoints and workspace follow the kernel's interval", "[kernels][quick]") {
  CHECK(checkpoint_interval(CudaKernel::sequential) == 16);
  CHECK(checkpoint_interval(CudaKernel::chunked) == 64);
  CHECK(std::string(kernel_name(CudaKernel::sequential)) == "sequential");
  CHECK(std::string(kernel_name(CudaKernel::chunked)) == "chunked");
  const RecurrenceShape shape{2, 65, 3, 16, 16};
  CHECK(recurrence_checkpoint_size(shape, CudaKernel::sequential) == 2 * 5 * 3 * 256);
  CHECK(recurrence_checkpoint_size(shape, CudaKernel::chunked) == 2 * 2 * 3 * 256);
  CHECK(recurrence_workspace_size(shape, CudaKernel::chunked) == 2 * 3 * 3 * 256);
  const std::int64_t offsets[] = {0, 0, 65};
  const RecurrenceShape packed{2, 65, 3, 16, 16, offsets};
  CHECK(recurrence_checkpoint_size(packed, CudaKernel::chunked) == (1 + 2) * 3 * 256);
}

/// A call with the given kernel on arrays that no kernel would be launched on.
template <typename Real>
kernels::Status answer(RecurrenceShape shape, RecurrenceMode mode, const CudaLaunch& launch,
                       std::int64_t snapshots = 0, std::size_t past = 0) {
  alignas(16) static Real array[64];
  using State = typename kernels::StateOf<Real>::Type;
  static State state[64];
  Real* const x = array + past;
  return recurrence_forward<Real>(
      shape, mode, {x, x, x, x, x, x},
      {.y = x, .snapshots = snapshots > 0 ? state : nullptr, .snapshot_interval = snapshots}, launch);
}

TEST_CASE("a call that the named kernel cannot run is refused in one sentence", "[kernels][quick]") {
  if (!kernels::cuda::built()) {
    CHECK(answer<float>({1, 1, 1, 8, 8}, {}, {}).code == kernels::StatusCode::not_built);
    return;
  }
  const CudaLaunch chunked{.kernel = CudaKernel::chunked};
  const auto refused = [](const kernels::Status& s, const char* argument) {
    CAPTURE(s.argument, s.wanted);
    CHECK(s.code == kernels::StatusCode::bad_argument);
    CHECK(std::string(s.argument) == argument);
  };
  const RecurrenceShape shape{1, 16, 1, 64, 64};
  refused(answer<float>(shape, {}, chunked), "kernel");
  refused(answer<double>(shape, {}, chunked), "kernel");
  refused(answer<Bf16>({1, 16, 1, 24, 24}, {}, chunked), "shape.keys");
  refused(answer<Bf16>({1, 16, 1, 64, 32}, {}, chunked), "shape.values");
  refused(answer<Bf16>(shape, {.decay = Decay::direct}, chunked), "kernel");
  refused(answer<Bf16>(shape, {}, chunked, 4), "kernel");
  refused(answer<Bf16>(shape, {}, chunked, 0, 1), "r");
  refused(answer<float>(shape, {.check = true}, {}), "mode.check");
  refused(answer<float>(shape, {}, {.kernel = static_cast<CudaKernel>(2)}), "kernel");
  const std::int64_t offsets[] = {0, 16};
  refused(answer<float>({1, 16, 1, 64, 64, offsets}, {}, {}), "launch.cu_seqlens");
  refused(answer<float>({1, 16, 1, 7, 64}, {}, {}), "shape.keys");
}

TEST_CASE("whether a kernel can run a case is told without a device and without arrays", "[kernels][quick]") {
  const auto can = [](CudaKernel kernel, const RecurrenceShape& shape, const RecurrenceMode& mode, bool bf16,
                      bool snapshots = false) {
    return check_kernel("test", kernel, shape, mode, bf16, snapshots).ok();
  };
  const RecurrenceShape shape{.keys = 64, .values = 64};
  CHECK(can(CudaKernel::chunked, shape, {}, true));
  CHECK(can(CudaKernel::chunked, shape, {.decay = Decay::log}, true));  // the caller vouches for its bound
  CHECK_FALSE(can(CudaKernel::chunked, shape, {}, false));
  CHECK_FALSE(can(CudaKernel::chunked, shape, {}, true, true));
  CHECK_FALSE(can(CudaKernel::chunked, shape, {.decay = Decay::direct}, true));
  CHECK_FALSE(can(CudaKernel::chunked, {.keys = 24, .values = 24}, {}, true));
  CHECK_FALSE(can(CudaKernel::chunked, {.keys = 64, .values = 32}, {}, true));
  CHECK(can(CudaKernel::sequential, {.keys = 24, .values = 32}, {.decay = Decay::direct}, false, true));
}

TEST_CASE("the check of every call does not read numbers that lie on a device", "[kernels][quick]") {
  if (!kernels::cuda::built() || kernels::cuda::device_count() > 0) return;
  const auto nowhere = reinterpret_cast<float*>(std::uintptr_t{4096});
  kernels::set_recurrence_check(true);
  const kernels::Status status = recurrence_forward<float>(
      {1, 16, 1, 64, 64}, {}, {nowhere, nowhere, nowhere, nowhere, nowhere, nowhere}, {.y = nowhere}, {});
  kernels::set_recurrence_check(false);
  CHECK(status.code == kernels::StatusCode::device_error);
}

TEST_CASE("without a device a call is answered, not run", "[kernels][quick]") {
  if (!kernels::cuda::built() || kernels::cuda::device_count() > 0) return;
  CHECK(device_block_memory() == 0);
  CHECK(answer<float>({1, 16, 1, 64, 64}, {}, {}).code == kernels::StatusCode::device_error);
  CHECK(choose_kernel({1, 16, 1, 64, 64}, {}, true) == CudaKernel::sequential);
}

}  // namespace
}  // namespace anser::tests
