#include <algorithm>

#include "kernels/fused/token_shift.h"

namespace anser::kernels::fused::reference {
namespace {

// x[b, t-1, d], previous[b, d] at t = 0, or 0.
template <typename Real>
Real predecessor(const TokenShiftShape& s, const Real* x, const Real* previous, std::int64_t b,
                 std::int64_t t, std::int64_t d) {
  if (t > 0) return x[(b * s.time + t - 1) * s.width + d];
  return previous != nullptr ? previous[b * s.width + d] : Real(0);
}

}  // namespace

template <typename Real>
void token_shift_forward(const TokenShiftShape& s, const Real* x, const Real* previous, const Real* mu,
                         Real* out) {
  for (std::int64_t m = 0; m < s.mixtures; ++m)
    for (std::int64_t b = 0; b < s.batch; ++b)
      for (std::int64_t t = 0; t < s.time; ++t)
        for (std::int64_t d = 0; d < s.width; ++d) {
          const std::int64_t row = b * s.time + t;
          const Real here = x[row * s.width + d];
          const Real weight = mu[m * s.width + d];
          const Real mixed = here + (predecessor(s, x, previous, b, t, d) - here) * weight;
          out[(m * s.batch * s.time + row) * s.width + d] = weight == Real(0) ? here : mixed;
        }
}

template <typename Real>
void token_shift_backward(const TokenShiftShape& s, const Real* x, const Real* previous, const Real* mu,
                          const Real* dout, Real* dx, Real* dmu, Real* dprevious) {
  std::fill_n(dx, s.batch * s.time * s.width, Real(0));
  if (dprevious != nullptr) std::fill_n(dprevious, s.batch * s.width, Real(0));
  for (std::int64_t m = 0; m < s.mixtures; ++m)
    for (std::int64_t b = 0; b < s.batch; ++b)
      for (std::int64_t t = 0; t < s.time; ++t)
        for (std::int64_t d = 0; d < s.width; ++d) {
          const std::int64_t row = b * s.time + t;
          const Real g = dout[(m * s.batch * s.time + row) * s.width + d];
          const Real weight = mu[m * s.width + d];
          dx[row * s.width + d] += g * (Real(1) - weight);
          if (t > 0)
            dx[(row - 1) * s.width + d] += g * weight;
          else if (dprevious != nullptr)
            dprevious[b * s.width + d] += g * weight;
          dmu[m * s.width + d] += g * (predecessor(s, x, previous, b, t, d) - x[row * s.width + d]);
        }
}

template void token_shift_forward(const TokenShiftShape&, const float*, const float*, const float*, float*);
template void token_shift_forward(const TokenShiftShape&, const double*, const double*, const double*,
                                  double*);
template void token_shift_backward(const TokenShiftShape&, const float*, const float*, const float*,
                                   const float*, float*, float*, float*);
template void token_shift_backward(const TokenShiftShape&, const double*, const double*, const double*,
                                   const double*, double*, double*, double*);

}  // namespace anser::kernels::fused::reference
