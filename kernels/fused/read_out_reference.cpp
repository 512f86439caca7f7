#include <algorithm>
#include <cmath>

#include "kernels/fused/read_out.h"

namespace anser::kernels::fused::reference {
namespace {

// What a head's N channels share: the moments of y and the bonus's dot product.
template <typename Real>
struct HeadSums {
  Real mean = 0;
  Real deviation = 0;  // sqrt(var + epsilon)
  Real bonus = 0;      // sum_j r k_tilde r_k
};

template <typename Real>
HeadSums<Real> head_sums(const ReadOutInputs<Real>& in, std::int64_t size, std::int64_t at, std::int64_t h) {
  HeadSums<Real> sums;
  Real variance = 0;
  for (std::int64_t j = 0; j < size; ++j) {
    sums.mean += in.y[at + j];
    sums.bonus += in.r[at + j] * in.k_tilde[at + j] * in.r_k[h + j];
  }
  sums.mean /= Real(size);
  for (std::int64_t j = 0; j < size; ++j) variance += (in.y[at + j] - sums.mean) * (in.y[at + j] - sums.mean);
  sums.deviation = std::sqrt(variance / Real(size) + Real(kGroupNormEpsilon));
  return sums;
}

template <typename Real>
void head_backward(const ReadOutInputs<Real>& in, const Real* dout, const ReadOutGradients<Real>& grads,
                   std::int64_t size, std::int64_t at, std::int64_t h) {
  const HeadSums<Real> sums = head_sums(in, size, at, h);
  Real sum = 0;        // of dnormed
  Real sum_along = 0;  // of dnormed * normed
  Real dbonus = 0;
  for (std::int64_t j = 0; j < size; ++j) {
    const std::int64_t i = at + j;
    const Real normed = (in.y[i] - sums.mean) / sums.deviation;
    const Real dsum = dout[i] * in.gate[i];  // of p + u
    grads.dgate[i] = dout[i] * (normed * in.norm_weight[h + j] + in.norm_bias[h + j] + sums.bonus * in.v[i]);
    grads.dv[i] = dsum * sums.bonus;
    grads.dnorm_weight[h + j] += dsum * normed;
    grads.dnorm_bias[h + j] += dsum;
    sum += dsum * in.norm_weight[h + j];
    sum_along += dsum * in.norm_weight[h + j] * normed;
    dbonus += dsum * in.v[i];
  }
  for (std::int64_t j = 0; j < size; ++j) {
    const std::int64_t i = at + j;
    const Real normed = (in.y[i] - sums.mean) / sums.deviation;
    const Real dnormed = dout[i] * in.gate[i] * in.norm_weight[h + j];
    grads.dy[i] = (dnormed - sum / Real(size) - normed * (sum_along / Real(size))) / sums.deviation;
    grads.dr[i] = dbonus * in.k_tilde[i] * in.r_k[h + j];
    grads.dk_tilde[i] = dbonus * in.r[i] * in.r_k[h + j];
    grads.dr_k[h + j] += dbonus * in.r[i] * in.k_tilde[i];
  }
}

}  // namespace

template <typename Real>
void read_out_forward(const ReadOutShape& s, const ReadOutInputs<Real>& in, Real* out) {
  for (std::int64_t row = 0; row < s.rows; ++row)
    for (std::int64_t h = 0; h < s.heads * s.size; h += s.size) {
      const std::int64_t at = row * s.heads * s.size + h;
      const HeadSums<Real> sums = head_sums(in, s.size, at, h);
      for (std::int64_t j = 0; j < s.size; ++j) {
        const Real normed = (in.y[at + j] - sums.mean) / sums.deviation;
        const Real p = normed * in.norm_weight[h + j] + in.norm_bias[h + j];
        out[at + j] = (p + sums.bonus * in.v[at + j]) * in.gate[at + j];
      }
    }
}

template <typename Real>
void read_out_backward(const ReadOutShape& s, const ReadOutInputs<Real>& in, const Real* dout,
                       const ReadOutGradients<Real>& grads) {
  for (std::int64_t row = 0; row < s.rows; ++row)
    for (std::int64_t h = 0; h < s.heads * s.size; h += s.size)
      head_backward(in, dout, grads, s.size, row * s.heads * s.size + h, h);
}

template void read_out_forward(const ReadOutShape&, const ReadOutInputs<float>&, float*);
template void read_out_forward(const ReadOutShape&, const ReadOutInputs<double>&, double*);
template void read_out_backward(const ReadOutShape&, const ReadOutInputs<float>&, const float*,
                                const ReadOutGradients<float>&);
template void read_out_backward(const ReadOutShape&, const ReadOutInputs<double>&, const double*,
                                const ReadOutGradients<double>&);

}  // namespace anser::kernels::fused::reference
