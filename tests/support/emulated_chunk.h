// Runs the chunked CUDA programs (kernels/cuda/device) on a problem of the case table, block by block on the
// host: the calls, sizes and block numbers of the kernels.
#pragma once

#include <string>
#include <vector>

#include "kernels/cuda/device/chunk_backward.h"
#include "kernels/cuda/launch_size.h"
#include "tests/support/emulated_block.h"
#include "tests/support/recurrence_compare.h"

namespace anser::tests {

/// How a problem is run on emulated blocks.
struct EmulatedRun {
  std::uint64_t seed = 1;     // order of the warps
  int left_out_barrier = -1;  // of the last pass
  bool backward = true;       // false: the forward pass alone

  EmulatedRun forward() const { return {seed, backward ? -1 : left_out_barrier, false}; }
};

using ChunkResults = RecurrenceResults<kernels::Bf16>;

/// program(context, block number) for the blocks of a launch. Returns the first fault or an empty text.
template <class Program>
std::string run_emulated_blocks(const kernels::cuda::LaunchSize& size, const EmulatedRun& run,
                                Program program) {
  EmulatedBlock block(size.threads / 32, static_cast<std::size_t>(size.block_memory), run.seed);
  for (std::int64_t index = 0; index < size.blocks; ++index) {
    block.leave_out_barrier(run.left_out_barrier);
    const std::string fault = block.run([&](EmulatedContext& ctx) { program(ctx, index); });
    if (!fault.empty()) return fault;
  }
  return {};
}

/// Context: what the programs see of a lane, made of an EmulatedContext.
template <int N, bool kLowRank, class Context>
std::string run_emulated_chunks(const RecurrenceProblem& p, ChunkResults& out, const EmulatedRun& run) {
  using namespace kernels::cuda;
  constexpr CudaKernel kKernel = CudaKernel::chunked;
  const RecurrenceArrays<kernels::Bf16> arrays(p, kernels::to_bf16);
  std::vector<float> checkpoints(recurrence_checkpoint_size(p.shape(), kKernel), NAN);
  std::vector<float> workspace(recurrence_workspace_size(p.shape(), kKernel), NAN);
  const ChunkForwardCall forward{p.shape(),    p.mode,        arrays.inputs(),
                                 out.y.data(), out.sT.data(), checkpoints.data()};
  std::string fault = run_emulated_blocks(chunk_launch_size(p.shape(), false), run.forward(),
                                          [&](EmulatedContext& ctx, std::int64_t index) {
                                            Context own(ctx);
                                            chunk_forward<N, kLowRank>(own, forward, index);
                                          });
  if (!fault.empty() || !run.backward) return fault.empty() ? fault : "forward: " + fault;
  const ChunkBackwardCall backward{p.shape(),          p.mode,           arrays.inputs(),
                                   checkpoints.data(), arrays.dy.data(), arrays.or_null(arrays.dsT),
                                   out.gradients(),    workspace.data()};
  fault = run_emulated_blocks(chunk_launch_size(p.shape(), true), run,
                              [&](EmulatedContext& ctx, std::int64_t index) {
                                Context own(ctx);
                                chunk_backward<N, kLowRank>(own, backward, index);
                              });
  return fault.empty() ? fault : "backward: " + fault;
}

/// K = V in {16, 32, 64, 128}, inputs exact in bf16. Returns the first fault or an empty text.
template <class Context = EmulatedContext>
std::string run_emulated_chunks(const RecurrenceProblem& p, ChunkResults& out, const EmulatedRun& run = {}) {
  return kernels::cuda::with_chunk_size(p.keys, [&](auto n) {
    return p.mode.low_rank ? run_emulated_chunks<n(), true, Context>(p, out, run)
                           : run_emulated_chunks<n(), false, Context>(p, out, run);
  });
}

}  // namespace anser::tests
