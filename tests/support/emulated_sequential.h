// Runs the exact CUDA programs (kernels/cuda/device/sequential*.h) on a problem, block by block on the host:
// the calls, sizes and block numbers of the kernels.
#pragma once

#include <string>
#include <vector>

#include "kernels/cuda/device/sequential_backward.h"
#include "kernels/cuda/launch_size.h"
#include "tests/support/emulated_chunk.h"

namespace anser::tests {

/// Forward, and backward where run.backward; `snapshots` (null: none) every `interval` tokens. Returns the
/// first fault or an empty text.
template <typename Io>
std::string run_emulated_sequential(const RecurrenceProblem& p, const RecurrenceArrays<Io>& in,
                                    RecurrenceResults<Io>& out, const EmulatedRun& run = {},
                                    typename kernels::StateOf<Io>::Type* snapshots = nullptr,
                                    std::int64_t interval = 0) {
  using namespace kernels::cuda;
  using Real = typename kernels::StateOf<Io>::Type;
  constexpr CudaKernel kKernel = CudaKernel::sequential;
  std::vector<Real> checkpoints(recurrence_checkpoint_size(p.shape(), kKernel), NAN);
  std::vector<Real> workspace(recurrence_workspace_size(p.shape(), kKernel), NAN);
  const SequentialCall<Io> forward{p.shape(),          p.mode,    in.inputs(), out.y.data(), out.sT.data(),
                                   checkpoints.data(), snapshots, interval};
  const SequentialBackwardCall<Io> backward{p.shape(),          p.mode,          in.inputs(),
                                            checkpoints.data(), in.dy.data(),    in.or_null(in.dsT),
                                            out.gradients(),    workspace.data()};
  return with_lanes(p.keys, [&](auto lanes) -> std::string {
    std::string fault = run_emulated_blocks(
        sequential_launch_size(p.shape(), sizeof(Real), false), run.forward(),
        [&](EmulatedContext& ctx, std::int64_t block) { sequential_forward<lanes()>(ctx, forward, block); });
    if (!fault.empty() || !run.backward) return fault.empty() ? fault : "forward: " + fault;
    fault = run_emulated_blocks(sequential_launch_size(p.shape(), sizeof(Real), true), run,
                                [&](EmulatedContext& ctx, std::int64_t block) {
                                  sequential_backward<lanes()>(ctx, backward, block);
                                });
    return fault.empty() ? fault : "backward: " + fault;
  });
}

}  // namespace anser::tests
