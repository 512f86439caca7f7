#include "kernels/cuda/sequential_kernels.cuh"

namespace anser::kernels::cuda {

int launch(const SequentialCall<double>& call, const LaunchSize& size, void* stream) {
  return launch_sequential(call, size, stream);
}
int launch(const SequentialBackwardCall<double>& call, const LaunchSize& size, void* stream) {
  return launch_sequential(call, size, stream);
}
int prepare_sequential_double(int block_memory) {
  return prepare_sequential<double>(block_memory);
}

}  // namespace anser::kernels::cuda
