// Compiled without fused multiply-adds: the bits are those of kernels/fused/adamw.cpp.
#include "kernels/cuda/device/adamw.h"

#include "kernels/cuda/launch.cuh"

namespace anser::kernels::cuda {
namespace {

__global__ void __launch_bounds__(kAdamWThreads) adamw_norm_kernel(const AdamWCall call) {
  GpuContext ctx;
  adamw_norm(ctx, call, blockIdx.x);
}

__global__ void __launch_bounds__(kAdamWThreads) adamw_update_kernel(const AdamWCall call) {
  GpuContext ctx;
  adamw_update(ctx, call, blockIdx.x);
}

}  // namespace

int launch(const AdamWCall& call, const LaunchSize& norm, const LaunchSize& update, void* stream) {
  const int error = launch_kernel(adamw_norm_kernel, call, norm, stream);
  return error != cudaSuccess ? error : launch_kernel(adamw_update_kernel, call, update, stream);
}

int prepare_adamw(int block_memory) {
  const int error = prepare_kernel(adamw_norm_kernel, block_memory);
  return error != cudaSuccess ? error : prepare_kernel(adamw_update_kernel, block_memory);
}

}  // namespace anser::kernels::cuda
