#include "kernels/cuda/sequential_kernels.cuh"

namespace anser::kernels::cuda {

int launch(const SequentialCall<Bf16>& call, const LaunchSize& size, void* stream) {
  return launch_sequential(call, size, stream);
}
int launch(const SequentialBackwardCall<Bf16>& call, const LaunchSize& size, void* stream) {
  return launch_sequential(call, size, stream);
}
int prepare_sequential_bf16(int block_memory) {
  return prepare_sequential<Bf16>(block_memory);
}

}  // namespace anser::kernels::cuda
