// The case of RWKV-7, forwarded to the generalised recurrence.
#include "kernels/wkv7.h"

#include "kernels/wkv7_check.h"

namespace anser::kernels {
namespace {

RecurrenceShape general(const Wkv7Shape& shape) {
  return {shape.batch, shape.time, shape.heads, shape.size, shape.size};
}

}  // namespace

std::int64_t wkv7_checkpoint_size(const Wkv7Shape& shape) {
  return recurrence_checkpoint_size(general(shape));
}

std::int64_t wkv7_workspace_size(const Wkv7Shape& shape, int threads) {
  return recurrence_workspace_size(general(shape), threads);
}

namespace cpu {

Status wkv7_forward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<float>& in, float* y, float* sT,
                    float* checkpoints, const Executor& executor) {
  constexpr const char* kFunction = "kernels::cpu::wkv7_forward";
  if (Status s = check_wkv7_inputs(kFunction, shape, decay, in); !s.ok()) return s;
  if (Status s = check_wkv7_array(kFunction, shape, "y", y); !s.ok()) return s;
  return recurrence_forward<float>(general(shape), {.decay = decay}, in,
                                   {.y = y, .sT = sT, .checkpoints = checkpoints}, executor);
}

Status wkv7_backward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<float>& in,
                     const float* checkpoints, const float* dy, const float* dsT,
                     const Wkv7Gradients<float>& grads, float* workspace, int threads,
                     const Executor& executor) {
  constexpr const char* kFunction = "kernels::cpu::wkv7_backward";
  if (Status s = check_wkv7_backward(kFunction, shape, decay, in, checkpoints, dy, grads, workspace); !s.ok())
    return s;
  return recurrence_backward<float>(general(shape), {.decay = decay}, in, checkpoints, dy, dsT, grads,
                                    workspace, threads, executor);
}

}  // namespace cpu

namespace reference {

template <typename Real>
Status wkv7_forward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<Real>& in, Real* y, Real* sT,
                    Real* states) {
  constexpr const char* kFunction = "kernels::reference::wkv7_forward";
  if (Status s = check_wkv7_inputs(kFunction, shape, decay, in); !s.ok()) return s;
  if (Status s = check_wkv7_array(kFunction, shape, "y", y); !s.ok()) return s;
  return recurrence_forward<Real>(general(shape), {.decay = decay}, in,
                                  {.y = y, .sT = sT, .snapshots = states, .snapshot_interval = 1});
}

template <typename Real>
Status wkv7_backward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<Real>& in, const Real* dy,
                     const Real* dsT, const Wkv7Gradients<Real>& grads, Real* workspace) {
  constexpr const char* kFunction = "kernels::reference::wkv7_backward";
  if (Status s = check_wkv7_backward(kFunction, shape, decay, in, dy, dy, grads, workspace); !s.ok())
    return s;
  return recurrence_backward<Real>(general(shape), {.decay = decay}, in, dy, dsT, grads, workspace);
}

template Status wkv7_forward<float>(const Wkv7Shape&, Decay, const Wkv7Inputs<float>&, float*, float*,
                                    float*);
template Status wkv7_forward<double>(const Wkv7Shape&, Decay, const Wkv7Inputs<double>&, double*, double*,
                                     double*);
template Status wkv7_backward<float>(const Wkv7Shape&, Decay, const Wkv7Inputs<float>&, const float*,
                                     const float*, const Wkv7Gradients<float>&, float*);
template Status wkv7_backward<double>(const Wkv7Shape&, Decay, const Wkv7Inputs<double>&, const double*,
                                      const double*, const Wkv7Gradients<double>&, double*);

}  // namespace reference

}  // namespace anser::kernels
