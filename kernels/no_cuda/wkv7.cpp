// Stands in for kernels/cuda in a build without CUDA.
#include "kernels/wkv7.h"

namespace anser::kernels::cuda {
namespace {

Status not_built(const char* function) {
  return {StatusCode::not_built, function, "ANSER_CUDA", 0, "ON"};
}

}  // namespace

Status wkv7_forward(const Wkv7Shape&, Decay, const Wkv7Inputs<float>&, float*, float*, float*, void*) {
  return not_built("kernels::cuda::wkv7_forward");
}

Status wkv7_backward(const Wkv7Shape&, Decay, const Wkv7Inputs<float>&, const float*, const float*,
                     const float*, const Wkv7Gradients<float>&, float*, void*) {
  return not_built("kernels::cuda::wkv7_backward");
}

std::int64_t wkv7_workspace_size(const Wkv7Shape&) {
  return 0;
}

bool built() {
  return false;
}

int device_count() {
  return 0;
}

}  // namespace anser::kernels::cuda
