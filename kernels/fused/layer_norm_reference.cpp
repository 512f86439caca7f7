#include <algorithm>
#include <cmath>

#include "kernels/fused/layer_norm.h"

namespace anser::kernels::fused::reference {
namespace {

template <typename Real>
struct Moments {
  Real mean = 0;
  Real deviation = 0;  // sqrt(var + epsilon)
};

template <typename Real>
Moments<Real> moments(std::int64_t width, const Real* x) {
  Real mean = 0;
  for (std::int64_t d = 0; d < width; ++d) mean += x[d];
  mean /= Real(width);
  Real variance = 0;
  for (std::int64_t d = 0; d < width; ++d) variance += (x[d] - mean) * (x[d] - mean);
  variance /= Real(width);
  return {mean, std::sqrt(variance + Real(kLayerNormEpsilon))};
}

template <typename Real>
void row_backward(std::int64_t width, const Real* x, const Real* weight, const Real* dout, Real* dx,
                  Real* dweight, Real* dbias) {
  const auto [mean, deviation] = moments(width, x);
  Real sum = 0;        // of dnormed
  Real sum_along = 0;  // of dnormed * normed
  for (std::int64_t d = 0; d < width; ++d) {
    const Real normed = (x[d] - mean) / deviation;
    sum += dout[d] * weight[d];
    sum_along += dout[d] * weight[d] * normed;
    dweight[d] += dout[d] * normed;
    dbias[d] += dout[d];
  }
  for (std::int64_t d = 0; d < width; ++d) {
    const Real normed = (x[d] - mean) / deviation;
    dx[d] = (dout[d] * weight[d] - sum / Real(width) - normed * (sum_along / Real(width))) / deviation;
  }
}

}  // namespace

template <typename Real>
void layer_norm_forward(std::int64_t rows, std::int64_t width, const Real* x, const Real* weight,
                        const Real* bias, Real* out) {
  for (std::int64_t row = 0; row < rows; ++row, x += width, out += width) {
    const auto [mean, deviation] = moments(width, x);
    for (std::int64_t d = 0; d < width; ++d) out[d] = (x[d] - mean) / deviation * weight[d] + bias[d];
  }
}

template <typename Real>
void layer_norm_backward(std::int64_t rows, std::int64_t width, const Real* x, const Real* weight,
                         const Real* dout, const Real* residual, Real* dx, Real* dweight, Real* dbias) {
  for (std::int64_t row = 0; row < rows; ++row)
    row_backward(width, x + row * width, weight, dout + row * width, dx + row * width, dweight, dbias);
  if (residual == nullptr) return;
  for (std::int64_t i = 0; i < rows * width; ++i) dx[i] += residual[i];
}

template void layer_norm_forward(std::int64_t, std::int64_t, const float*, const float*, const float*,
                                 float*);
template void layer_norm_forward(std::int64_t, std::int64_t, const double*, const double*, const double*,
                                 double*);
template void layer_norm_backward(std::int64_t, std::int64_t, const float*, const float*, const float*,
                                  const float*, float*, float*, float*);
template void layer_norm_backward(std::int64_t, std::int64_t, const double*, const double*, const double*,
                                  const double*, double*, double*, double*);

}  // namespace anser::kernels::fused::reference
