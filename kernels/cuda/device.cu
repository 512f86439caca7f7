// What the kernels ask of the current device.
#include <cuda_runtime.h>

#include <array>
#include <atomic>

#include "kernels/cuda/launch.h"

namespace anser::kernels::cuda {

bool built() {
  return true;
}

int device_count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

std::int64_t device_block_memory() {
  int device = 0, bytes = 0;
  if (cudaGetDevice(&device) != cudaSuccess) return 0;
  const cudaError_t error = cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
  return error == cudaSuccess ? bytes : 0;
}

int prepare_device() {
  static std::array<std::atomic<bool>, 128> prepared{};  // by device
  int device = 0;
  if (const cudaError_t error = cudaGetDevice(&device); error != cudaSuccess) return error;
  const bool counted = device < static_cast<int>(prepared.size());
  if (counted && prepared[device]) return cudaSuccess;
  int bytes = 0;
  const cudaError_t error = cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
  if (error != cudaSuccess) return error;
  for (const auto prepare_file :
       {prepare_sequential_float, prepare_sequential_double, prepare_sequential_bf16, prepare_chunk_forward,
        prepare_chunk_backward, prepare_adamw})
    if (const int failed = prepare_file(bytes); failed != cudaSuccess) return failed;
  if (counted) prepared[device] = true;
  return cudaSuccess;
}

}  // namespace anser::kernels::cuda
