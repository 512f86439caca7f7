// Runs the chunked CUDA programs (kernels/cuda/device) on a problem of the case table, block by block on the
// host.
#pragma once

#include <string>
#include <vector>

#include "kernels/cuda/device/chunk_backward.h"
#include "kernels/recurrence_head.h"
#include "tests/support/emulated_block.h"
#include "tests/support/recurrence_compare.h"

namespace anser::tests {

/// How a problem is run on emulated blocks.
struct EmulatedRun {
  std::int64_t checkpoint_interval = 64;
  std::uint64_t seed = 1;     // order of the warps
  int left_out_barrier = -1;  // of the backward pass
  bool backward = true;
};

using ChunkResults = RecurrenceResults<kernels::Bf16>;

namespace emulated_chunk_detail {

inline const kernels::cuda::Bits16* bits(const kernels::Bf16* x) {
  return reinterpret_cast<const kernels::cuda::Bits16*>(x);
}
inline kernels::cuda::Bits16* bits(kernels::Bf16* x) {
  return reinterpret_cast<kernels::cuda::Bits16*>(x);
}

inline kernels::cuda::ChunkForwardHead forward_head(const RecurrenceProblem& p, const kernels::HeadPlace& at,
                                                    const RecurrenceArrays<kernels::Bf16>& arrays,
                                                    ChunkResults& out, const EmulatedRun& run,
                                                    std::vector<float>& checkpoints) {
  const auto in = at.inputs(arrays.inputs());
  return {.in = {at.time, at.key_stride, at.w_stride, bits(in.r), bits(in.w), bits(in.k), bits(in.v),
                 bits(in.a), bits(in.b)},
          .mode = {p.mode.decay, p.mode.decay_per_head, p.mode.read == kernels::Read::before},
          .s0 = in.s0,
          .y = bits(out.y.data() + at.value_first),
          .sT = out.sT.data() + at.state,
          .checkpoints = checkpoints.data(),
          .checkpoint_interval = run.checkpoint_interval,
          .checkpoint_stride = p.keys * p.values};
}

inline kernels::cuda::ChunkBackwardHead backward_head(const kernels::cuda::ChunkForwardHead& forward,
                                                      const kernels::HeadPlace& at,
                                                      const RecurrenceArrays<kernels::Bf16>& arrays,
                                                      ChunkResults& out, std::vector<float>& workspace) {
  const auto grads = at.gradients(out.gradients());
  return {.in = forward.in,
          .mode = forward.mode,
          .checkpoints = forward.checkpoints,
          .checkpoint_interval = forward.checkpoint_interval,
          .checkpoint_stride = forward.checkpoint_stride,
          .dy = bits(arrays.dy.data() + at.value_first),
          .dsT = arrays.dsT.empty() ? nullptr : arrays.dsT.data() + at.state,
          .dr = bits(grads.dr),
          .dw = bits(grads.dw),
          .dk = bits(grads.dk),
          .dv = bits(grads.dv),
          .da = bits(grads.da),
          .db = bits(grads.db),
          .ds0 = grads.ds0,
          .workspace = workspace.data()};
}

template <int N, bool kLowRank, class Context>
std::string run_heads(const RecurrenceProblem& p, ChunkResults& out, const EmulatedRun& run) {
  using namespace kernels::cuda;
  const RecurrenceArrays<kernels::Bf16> arrays(p, kernels::to_bf16);
  EmulatedBlock block(N / 16, sizeof(ChunkBackwardTiles<N>), run.seed);
  for (std::int64_t index = 0; index < p.sequences * p.heads; ++index) {
    const kernels::HeadPlace at(p.shape(), p.mode, index / p.heads, index % p.heads);
    std::vector<float> checkpoints((at.time / run.checkpoint_interval + 1) * N * N, NAN);
    std::vector<float> workspace(run.checkpoint_interval / 16 * N * N, NAN);
    const ChunkForwardHead forward = forward_head(p, at, arrays, out, run, checkpoints);
    std::string fault = block.run([&](EmulatedContext& ctx) {
      Context own(ctx);
      chunk_forward<N, kLowRank>(own, forward);
    });
    if (!fault.empty()) return "forward: " + fault;
    if (!run.backward) continue;
    const ChunkBackwardHead backward = backward_head(forward, at, arrays, out, workspace);
    block.leave_out_barrier(run.left_out_barrier);
    fault = block.run([&](EmulatedContext& ctx) {
      Context own(ctx);
      chunk_backward<N, kLowRank>(own, backward);
    });
    block.leave_out_barrier(-1);
    if (!fault.empty()) return "backward: " + fault;
  }
  return {};
}

}  // namespace emulated_chunk_detail

/// K = V in {16, 32, 64, 128}, inputs exact in bf16. Returns the first fault or an empty text.
template <class Context = EmulatedContext>
std::string run_emulated_chunks(const RecurrenceProblem& p, ChunkResults& out, const EmulatedRun& run = {}) {
  using namespace emulated_chunk_detail;
  const bool low = p.mode.low_rank;
  switch (p.keys) {
    case 16:
      return low ? run_heads<16, true, Context>(p, out, run) : run_heads<16, false, Context>(p, out, run);
    case 32:
      return low ? run_heads<32, true, Context>(p, out, run) : run_heads<32, false, Context>(p, out, run);
    case 64:
      return low ? run_heads<64, true, Context>(p, out, run) : run_heads<64, false, Context>(p, out, run);
    default:
      return low ? run_heads<128, true, Context>(p, out, run) : run_heads<128, false, Context>(p, out, run);
  }
}

}  // namespace anser::tests
