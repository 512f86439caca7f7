// The chunked backward kernels: N / 16 warps a block.
#include "kernels/cuda/launch.cuh"

namespace anser::kernels::cuda {
namespace {

template <int N, bool kLowRank>
__global__ void __launch_bounds__(N * 2, chunk_blocks(N))
    chunk_backward_kernel(const ChunkBackwardCall call) {
  GpuContext ctx;
  chunk_backward<N, kLowRank>(ctx, call, blockIdx.x);
}

}  // namespace

int launch(const ChunkBackwardCall& call, const LaunchSize& size, void* stream) {
  return with_chunk_size(call.shape.keys, [&](auto n) {
    return call.mode.low_rank ? launch_kernel(chunk_backward_kernel<n(), true>, call, size, stream)
                              : launch_kernel(chunk_backward_kernel<n(), false>, call, size, stream);
  });
}

int prepare_chunk_backward(int block_memory) {
  for (const std::int64_t size : {16, 32, 64, 128}) {
    const int error = with_chunk_size(size, [&](auto n) {
      const int low_rank = prepare_kernel(chunk_backward_kernel<n(), true>, block_memory);
      return low_rank != cudaSuccess ? low_rank
                                     : prepare_kernel(chunk_backward_kernel<n(), false>, block_memory);
    });
    if (error != cudaSuccess) return error;
  }
  return cudaSuccess;
}

}  // namespace anser::kernels::cuda
