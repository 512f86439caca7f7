#include <cmath>

#include "kernels/fused/gates.h"

namespace anser::kernels::fused::reference {
namespace {

template <typename Real>
Real sigma(Real x) {
  return Real(1) / (Real(1) + std::exp(-x));
}

}  // namespace

template <typename Real>
void tanh_forward(std::int64_t n, const Real* x, Real* out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = std::tanh(x[i]);
}

template <typename Real>
void tanh_backward(std::int64_t n, const Real* out, const Real* dout, Real* dx) {
  for (std::int64_t i = 0; i < n; ++i) dx[i] = (Real(1) - out[i] * out[i]) * dout[i];
}

template <typename Real>
void sigmoid_forward(std::int64_t n, const Real* x, Real* out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = sigma(x[i]);
}

template <typename Real>
void sigmoid_backward(std::int64_t n, const Real* out, const Real* dout, Real* dx) {
  for (std::int64_t i = 0; i < n; ++i) dx[i] = out[i] * (Real(1) - out[i]) * dout[i];
}

template <typename Real>
void value_mix_forward(std::int64_t n, const Real* own, const Real* first, const Real* z, Real* v) {
  for (std::int64_t i = 0; i < n; ++i) v[i] = own[i] + (first[i] - own[i]) * sigma(z[i]);
}

template <typename Real>
void value_mix_backward(std::int64_t n, const Real* own, const Real* first, const Real* z, const Real* dv,
                        Real* down, Real* dfirst, Real* dz) {
  for (std::int64_t i = 0; i < n; ++i) {
    const Real share = sigma(z[i]), g = dv[i];
    dz[i] = g * (first[i] - own[i]) * share * (Real(1) - share);
    dfirst[i] = g * share;
    down[i] = g - dfirst[i];
  }
}

#define ANSER_GATES(Real)                                                                                   \
  template void tanh_forward(std::int64_t, const Real*, Real*);                                             \
  template void tanh_backward(std::int64_t, const Real*, const Real*, Real*);                               \
  template void sigmoid_forward(std::int64_t, const Real*, Real*);                                          \
  template void sigmoid_backward(std::int64_t, const Real*, const Real*, Real*);                            \
  template void value_mix_forward(std::int64_t, const Real*, const Real*, const Real*, Real*);              \
  template void value_mix_backward(std::int64_t, const Real*, const Real*, const Real*, const Real*, Real*, \
                                   Real*, Real*);
ANSER_GATES(float)
ANSER_GATES(double)
#undef ANSER_GATES

}  // namespace anser::kernels::fused::reference
