// Calls of kernels/wkv7.h on a CUDA device: one block of N threads per head runs the programs of
// wkv7_block.h.
#include <cuda_runtime.h>

#include "kernels/cuda/wkv7_block.h"
#include "kernels/wkv7_check.h"

namespace anser::kernels::cuda {
namespace {

struct ThreadBlock {
  template <class F>
  __device__ void each(F f) const {
    f(static_cast<std::int64_t>(threadIdx.x));
    __syncthreads();
  }
};

extern __shared__ float block_memory[];

__global__ void __launch_bounds__(128) forward_kernel(Wkv7ForwardCall call) {
  ThreadBlock block;
  forward_block(block, call.head(blockIdx.x), block_memory);
}

__global__ void __launch_bounds__(128) backward_kernel(Wkv7BackwardCall call, float* workspace) {
  ThreadBlock block;
  const std::int64_t index = blockIdx.x;
  backward_block(block, call.head(index, workspace + index * block_workspace_size(call.shape.size)),
                 block_memory);
}

Status device_status(const char* function, cudaError_t error) {
  if (error == cudaSuccess) return {};
  return {StatusCode::device_error, function, "CUDA", static_cast<std::int64_t>(error), "cudaSuccess"};
}

/// Launches `kernel` with one block per head.
template <typename... Args>
Status launch(const char* function, void (*kernel)(Args...), const Wkv7Shape& shape, bool backward,
              void* stream, Args... args) {
  const std::int64_t heads = shape.batch * shape.heads;
  if (heads == 0) return {};
  const auto bytes = static_cast<unsigned>(BlockMemory::numbers(shape.size, backward) * sizeof(float));
  const cudaError_t error =
      cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), cudaFuncAttributeMaxDynamicSharedMemorySize,
                           static_cast<int>(bytes));
  if (error != cudaSuccess) return device_status(function, error);
  kernel<<<static_cast<unsigned>(heads), static_cast<unsigned>(shape.size), bytes,
           static_cast<cudaStream_t>(stream)>>>(args...);
  return device_status(function, cudaGetLastError());
}

}  // namespace

Status wkv7_forward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<float>& in, float* y, float* sT,
                    float* checkpoints, void* stream) {
  constexpr const char* kFunction = "kernels::cuda::wkv7_forward";
  if (Status s = check_wkv7_inputs(kFunction, shape, decay, in); !s.ok()) return s;
  if (Status s = check_wkv7_array(kFunction, shape, "y", y); !s.ok()) return s;
  const Wkv7ForwardCall call{shape, decay, in, y, sT, checkpoints};
  return launch(kFunction, forward_kernel, shape, false, stream, call);
}

Status wkv7_backward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<float>& in,
                     const float* checkpoints, const float* dy, const float* dsT,
                     const Wkv7Gradients<float>& grads, float* workspace, void* stream) {
  constexpr const char* kFunction = "kernels::cuda::wkv7_backward";
  if (Status s = check_wkv7_backward(kFunction, shape, decay, in, checkpoints, dy, grads, workspace); !s.ok())
    return s;
  const Wkv7BackwardCall call{shape, decay, in, checkpoints, dy, dsT, grads};
  return launch(kFunction, backward_kernel, shape, true, stream, call, workspace);
}

std::int64_t wkv7_workspace_size(const Wkv7Shape& shape) {
  return shape.batch * shape.heads * block_workspace_size(shape.size);
}

bool built() {
  return true;
}

int device_count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

}  // namespace anser::kernels::cuda
