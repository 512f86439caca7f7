// The exact kernels of one type of tokens; each sequential_*.cu holds those of one.
#pragma once

#include "kernels/cuda/launch.cuh"

namespace anser::kernels::cuda {

/// Threads that a block may have: those of one head of 128 values, or 128.
inline constexpr int sequential_threads(int lanes) {
  return lanes < 4 ? 128 : lanes * 32;
}

template <int kLanes, typename Io>
__global__ void __launch_bounds__(sequential_threads(kLanes), 1)
    sequential_forward_kernel(const SequentialCall<Io> call) {
  GpuContext ctx;
  sequential_forward<kLanes>(ctx, call, blockIdx.x);
}

template <int kLanes, typename Io>
__global__ void __launch_bounds__(sequential_threads(kLanes), 1)
    sequential_backward_kernel(const SequentialBackwardCall<Io> call) {
  GpuContext ctx;
  sequential_backward<kLanes>(ctx, call, blockIdx.x);
}

template <typename Io>
int launch_sequential(const SequentialCall<Io>& call, const LaunchSize& size, void* stream) {
  return with_lanes(call.shape.keys, [&](auto lanes) {
    return launch_kernel(sequential_forward_kernel<lanes(), Io>, call, size, stream);
  });
}
template <typename Io>
int launch_sequential(const SequentialBackwardCall<Io>& call, const LaunchSize& size, void* stream) {
  return with_lanes(call.shape.keys, [&](auto lanes) {
    return launch_kernel(sequential_backward_kernel<lanes(), Io>, call, size, stream);
  });
}

template <typename Io>
int prepare_sequential(int block_memory) {
  for (const std::int64_t keys : {8, 16, 32, 64, 128}) {
    const int error = with_lanes(keys, [&](auto lanes) {
      const int forward = prepare_kernel(sequential_forward_kernel<lanes(), Io>, block_memory);
      return forward != cudaSuccess ? forward
                                    : prepare_kernel(sequential_backward_kernel<lanes(), Io>, block_memory);
    });
    if (error != cudaSuccess) return error;
  }
  return cudaSuccess;
}

}  // namespace anser::kernels::cuda
