// Stands in for the device's part of kernels/cuda/adamw.h in a build without CUDA.
#include "kernels/cuda/adamw.h"

namespace anser::kernels::cuda {

Status adamw_step(const AdamWPlan&, const AdamWBuffers&, void*) {
  return {StatusCode::not_built, "kernels::cuda::adamw_step", "ANSER_CUDA", 0, "ON"};
}

}  // namespace anser::kernels::cuda
