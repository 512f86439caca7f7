// One launch: every kernel takes one call and finds its part of it by its block's number.
#pragma once

#include <cuda_runtime.h>

#include "kernels/cuda/device/gpu_context.cuh"
#include "kernels/cuda/launch.h"

namespace anser::kernels::cuda {

/// Blocks of a chunked kernel that an SM is to hold: what bounds its registers.
inline constexpr int chunk_blocks(int n) {
  return n <= 32 ? 4 : n == 64 ? 2 : 1;
}

template <typename Call>
int launch_kernel(void (*kernel)(Call), const Call& call, const LaunchSize& size, void* stream) {
  void* arguments[] = {const_cast<Call*>(&call)};
  return cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3(static_cast<unsigned>(size.blocks)),
                          dim3(static_cast<unsigned>(size.threads)), arguments,
                          static_cast<std::size_t>(size.block_memory), static_cast<cudaStream_t>(stream));
}

template <typename Call>
int prepare_kernel(void (*kernel)(Call), int block_memory) {
  return cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                              cudaFuncAttributeMaxDynamicSharedMemorySize, block_memory);
}

}  // namespace anser::kernels::cuda
