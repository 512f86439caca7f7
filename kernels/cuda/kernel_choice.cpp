// Which kernel runs, and what it takes.
#include "kernels/cuda/device/chunk_backward.h"
#include "kernels/cuda/device/sequential_backward.h"
#include "kernels/cuda/launch_size.h"

namespace anser::kernels::cuda {
namespace {

bool has_chunk_size(std::int64_t n) {
  return n == 16 || n == 32 || n == 64 || n == 128;
}

}  // namespace

LaunchSize sequential_launch_size(const RecurrenceShape& shape, std::size_t number_bytes, bool backward) {
  return with_lanes(shape.keys, [&](auto lanes) {
    const SequentialPlan<lanes> plan(shape.values);
    const int numbers = backward ? sequential_backward_memory<lanes, float>(plan)
                                 : sequential_forward_memory<lanes, float>(plan);
    return LaunchSize{sequential_blocks<lanes>(shape), plan.warps * 32,
                      numbers * static_cast<std::int64_t>(number_bytes)};
  });
}

LaunchSize chunk_launch_size(const RecurrenceShape& shape, bool backward) {
  return with_chunk_size(shape.keys, [&](auto n) {
    const std::size_t bytes = backward ? sizeof(ChunkBackwardTiles<n>) : sizeof(ChunkTiles<n>);
    return LaunchSize{shape.sequences * shape.heads, n * 2, static_cast<std::int64_t>(bytes)};
  });
}

CudaKernel choose_kernel(const RecurrenceShape& shape, const RecurrenceMode& mode, bool bf16_tokens,
                         bool snapshots, std::int64_t block_memory) {
  const bool sized = shape.keys == shape.values && has_chunk_size(shape.keys);
  const bool bounded = mode.decay == Decay::logit || mode.decay == Decay::none;
  if (!bf16_tokens || !sized || !bounded || snapshots) return CudaKernel::sequential;
  const std::int64_t packed = shape.cu_seqlens == nullptr ? 1 : shape.sequences;
  const bool long_enough = shape.time >= kChunkTokens * packed;
  const bool fits = chunk_launch_size(shape, true).block_memory <= block_memory;
  return long_enough && fits ? CudaKernel::chunked : CudaKernel::sequential;
}

const char* kernel_rule() {
  return "chunked for bf16 tokens, K = V in {16, 32, 64, 128}, decay logit or none, 16 tokens or more, no "
         "snapshots, "
         "where a block has the shared memory (77 KiB, for K = 128 211 KiB); else sequential";
}

Status check_kernel(const char* function, CudaKernel kernel, const RecurrenceShape& shape,
                    const RecurrenceMode& mode, bool bf16_tokens, bool snapshots) {
  const std::int64_t n = shape.keys;
  if (kernel > CudaKernel::chunked)
    return bad_argument(function, "kernel", static_cast<int>(kernel), "sequential or chunked");
  if (kernel == CudaKernel::sequential) return {};
  const auto refused = [&](const char* wanted) {
    return bad_argument(function, "kernel", static_cast<int>(kernel), wanted);
  };
  if (!bf16_tokens) return refused("sequential: the chunked kernel takes bf16 tokens");
  if (!has_chunk_size(n))
    return bad_argument(function, "shape.keys", n, "16, 32, 64 or 128 for the chunked kernel");
  if (shape.values != n)
    return bad_argument(function, "shape.values", shape.values, "shape.keys for the chunked kernel");
  if (mode.decay == Decay::direct)
    return refused("sequential: the chunked kernel takes decay logit, log or none");
  if (snapshots) return refused("sequential: the chunked kernel leaves no snapshots");
  return {};
}

const char* kernel_name(CudaKernel kernel) {
  return kernel == CudaKernel::chunked ? "chunked" : "sequential";
}

std::int64_t checkpoint_interval(CudaKernel kernel) {
  return kernel == CudaKernel::chunked ? kChunkCheckpointInterval : kCheckpointInterval;
}

std::int64_t recurrence_checkpoint_size(const RecurrenceShape& shape, CudaKernel kernel) {
  return checkpoint_count(shape, checkpoint_interval(kernel)) * shape.heads * shape.keys * shape.values;
}

std::int64_t recurrence_workspace_size(const RecurrenceShape& shape, CudaKernel kernel) {
  if (kernel == CudaKernel::chunked)
    return shape.sequences * shape.heads * kKeptStates * shape.keys * shape.values;
  const LaunchSize size = sequential_launch_size(shape, sizeof(float), true);
  return size.blocks * sequential_workspace_size(size.threads);
}

}  // namespace anser::kernels::cuda
