#include "kernels/fused/squared_relu.h"

namespace anser::kernels::fused::reference {

template <typename Real>
void squared_relu_forward(std::int64_t n, const Real* x, Real* out) {
  for (std::int64_t i = 0; i < n; ++i) {
    const Real positive = x[i] < Real(0) ? Real(0) : x[i];
    out[i] = positive * positive;
  }
}

template <typename Real>
void squared_relu_backward(std::int64_t n, const Real* x, const Real* dout, Real* dx) {
  for (std::int64_t i = 0; i < n; ++i) {
    const Real positive = x[i] < Real(0) ? Real(0) : x[i];
    dx[i] = Real(2) * positive * dout[i];
  }
}

template void squared_relu_forward(std::int64_t, const float*, float*);
template void squared_relu_forward(std::int64_t, const double*, double*);
template void squared_relu_backward(std::int64_t, const float*, const float*, float*);
template void squared_relu_backward(std::int64_t, const double*, const double*, double*);

}  // namespace anser::kernels::fused::reference
