// Stands in for the device's part of kernels/cuda in a build without CUDA.
#include "kernels/recurrence.h"

namespace anser::kernels::cuda {
namespace {

Status not_built(const char* function) {
  return {StatusCode::not_built, function, "ANSER_CUDA", 0, "ON"};
}

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

Status prepare() {
  return not_built("kernels::cuda::prepare");
}

template <typename Real>
Status recurrence_forward(const RecurrenceShape&, const RecurrenceMode&, const RecurrenceInputs<Real>&,
                          const RecurrenceOutputs<Real>&, const CudaLaunch&) {
  return not_built("kernels::cuda::recurrence_forward");
}

template <typename Real>
Status recurrence_backward(const RecurrenceShape&, const RecurrenceMode&, const RecurrenceInputs<Real>&,
                           const typename StateOf<Real>::Type*, const Real*,
                           const typename StateOf<Real>::Type*, const RecurrenceGradients<Real>&,
                           typename StateOf<Real>::Type*, const CudaLaunch&) {
  return not_built("kernels::cuda::recurrence_backward");
}

template <typename Real>
Status recurrence_decode(const RecurrenceShape&, const RecurrenceMode&, const RecurrenceInputs<Real>&,
                         typename StateOf<Real>::Type*, Real*, void*) {
  return not_built("kernels::cuda::recurrence_decode");
}

#define ANSER_INSTANTIATE(Real)                                                                              \
  template Status recurrence_forward(const RecurrenceShape&, const RecurrenceMode&,                          \
                                     const RecurrenceInputs<Real>&, const RecurrenceOutputs<Real>&,          \
                                     const CudaLaunch&);                                                     \
  template Status recurrence_backward<Real>(                                                                 \
      const RecurrenceShape&, const RecurrenceMode&, const RecurrenceInputs<Real>&,                          \
      const StateOf<Real>::Type*, const Real*, const StateOf<Real>::Type*, const RecurrenceGradients<Real>&, \
      StateOf<Real>::Type*, const CudaLaunch&);                                                              \
  template Status recurrence_decode<Real>(const RecurrenceShape&, const RecurrenceMode&,                     \
                                          const RecurrenceInputs<Real>&, StateOf<Real>::Type*, Real*,        \
                                          void*);
ANSER_INSTANTIATE(float)
ANSER_INSTANTIATE(double)
ANSER_INSTANTIATE(Bf16)
#undef ANSER_INSTANTIATE

}  // namespace anser::kernels::cuda
