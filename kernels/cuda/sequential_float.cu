#include "kernels/cuda/sequential_kernels.cuh"

namespace anser::kernels::cuda {

int launch(const SequentialCall<float>& call, const LaunchSize& size, void* stream) {
  return launch_sequential(call, size, stream);
}
int launch(const SequentialBackwardCall<float>& call, const LaunchSize& size, void* stream) {
  return launch_sequential(call, size, stream);
}
int prepare_sequential_float(int block_memory) {
  return prepare_sequential<float>(block_memory);
}

}  // namespace anser::kernels::cuda
