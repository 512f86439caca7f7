// Stands in for the .cu files of kernels/cuda in a build without CUDA: nothing is built, so nothing is
// launched.
#include "kernels/cuda/launch.h"

namespace anser::kernels::cuda {
namespace {

constexpr int kNotSupported = 801;  // cudaErrorNotSupported

}  // namespace

bool built() {
  return false;
}

int device_count() {
  return 0;
}

std::int64_t device_block_memory() {
  return 0;
}

int prepare_device() {
  return kNotSupported;
}

int launch(const SequentialCall<float>&, const LaunchSize&, void*) {
  return kNotSupported;
}
int launch(const SequentialCall<double>&, const LaunchSize&, void*) {
  return kNotSupported;
}
int launch(const SequentialCall<Bf16>&, const LaunchSize&, void*) {
  return kNotSupported;
}
int launch(const SequentialBackwardCall<float>&, const LaunchSize&, void*) {
  return kNotSupported;
}
int launch(const SequentialBackwardCall<double>&, const LaunchSize&, void*) {
  return kNotSupported;
}
int launch(const SequentialBackwardCall<Bf16>&, const LaunchSize&, void*) {
  return kNotSupported;
}
int launch(const ChunkForwardCall&, const LaunchSize&, void*) {
  return kNotSupported;
}
int launch(const ChunkBackwardCall&, const LaunchSize&, void*) {
  return kNotSupported;
}
int launch(const AdamWCall&, const LaunchSize&, const LaunchSize&, void*) {
  return kNotSupported;
}

}  // namespace anser::kernels::cuda
