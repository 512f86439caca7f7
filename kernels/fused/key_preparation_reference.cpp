#include <algorithm>
#include <cmath>

#include "kernels/fused/key_preparation.h"

namespace anser::kernels::fused::reference {
namespace {

constexpr double kInvSqrtE = 0.60653065971263342;  // exp(-1/2)
constexpr double kMinNorm = 1e-12;

template <typename Real>
Real sigmoid(Real x) {
  return Real(1) / (Real(1) + std::exp(-x));
}

template <typename Real>
Real decay(Real logit) {
  return std::exp(-Real(kInvSqrtE) * sigmoid(logit));
}

template <typename Real>
Real multiplier(Multiplier c, const Real* decay_logit, std::int64_t i) {
  if (c == Multiplier::one_plus_decay) return Real(1) + decay(decay_logit[i]);
  return c == Multiplier::two ? Real(2) : Real(1);
}

// |k * k_k|_2 of one head that starts at `at` in the rows and at `h` in the parameters.
template <typename Real>
Real key_norm(const KeyPreparationInputs<Real>& in, std::int64_t size, std::int64_t at, std::int64_t h) {
  Real sum = 0;
  for (std::int64_t j = 0; j < size; ++j) {
    const Real kappa = in.k[at + j] * in.k_k[h + j];
    sum += kappa * kappa;
  }
  return std::sqrt(sum);
}

template <typename Real>
void head_backward(Multiplier c, const KeyPreparationInputs<Real>& in,
                   const KeyPreparationOutputs<const Real>& douts, const KeyPreparationGradients<Real>& grads,
                   std::int64_t size, std::int64_t at, std::int64_t h) {
  const Real norm = key_norm(in, size, at, h);
  const Real scale = std::max(norm, Real(kMinNorm));
  Real along = 0;  // kappa_hat . dkappa_hat; below the least norm the scale is a constant
  for (std::int64_t j = 0; j < size; ++j) {
    const std::int64_t i = at + j;
    const Real alpha = sigmoid(in.icl_logit[i]);
    const Real dkappa_hat = douts.b[i] * multiplier(c, in.decay_logit, i) * alpha - douts.a[i];
    if (norm >= Real(kMinNorm)) along += in.k[i] * in.k_k[h + j] / scale * dkappa_hat;
  }
  for (std::int64_t j = 0; j < size; ++j) {
    const std::int64_t i = at + j;
    const Real alpha = sigmoid(in.icl_logit[i]);
    const Real multiple = multiplier(c, in.decay_logit, i);
    const Real kappa_hat = in.k[i] * in.k_k[h + j] / scale;
    const Real dkappa_hat = douts.b[i] * multiple * alpha - douts.a[i];
    const Real dkappa = (dkappa_hat - kappa_hat * along) / scale;
    const Real dalpha = douts.k_tilde[i] * in.k[i] * in.k_a[h + j] + douts.b[i] * multiple * kappa_hat;
    grads.dk[i] = douts.k_tilde[i] * (Real(1) + (alpha - Real(1)) * in.k_a[h + j]) + dkappa * in.k_k[h + j];
    grads.dicl_logit[i] = dalpha * alpha * sigmoid(-in.icl_logit[i]);
    grads.dk_k[h + j] += dkappa * in.k[i];
    grads.dk_a[h + j] += douts.k_tilde[i] * in.k[i] * (alpha - Real(1));
    if (grads.ddecay_logit == nullptr) continue;
    grads.ddecay_logit[i] = 0;
    if (c != Multiplier::one_plus_decay) continue;
    const Real d = in.decay_logit[i];
    const Real ddecay = douts.b[i] * kappa_hat * alpha;
    grads.ddecay_logit[i] = -ddecay * decay(d) * Real(kInvSqrtE) * sigmoid(d) * sigmoid(-d);
  }
}

}  // namespace

template <typename Real>
void key_preparation_forward(const KeyPreparationShape& s, Multiplier c, const KeyPreparationInputs<Real>& in,
                             const KeyPreparationOutputs<Real>& out) {
  for (std::int64_t row = 0; row < s.rows; ++row)
    for (std::int64_t h = 0; h < s.heads * s.size; h += s.size) {
      const std::int64_t at = row * s.heads * s.size + h;
      const Real scale = std::max(key_norm(in, s.size, at, h), Real(kMinNorm));
      for (std::int64_t j = 0; j < s.size; ++j) {
        const std::int64_t i = at + j;
        const Real alpha = sigmoid(in.icl_logit[i]);
        const Real kappa_hat = in.k[i] * in.k_k[h + j] / scale;
        out.k_tilde[i] = in.k[i] * (Real(1) + (alpha - Real(1)) * in.k_a[h + j]);
        out.a[i] = -kappa_hat;
        out.b[i] = multiplier(c, in.decay_logit, i) * kappa_hat * alpha;
      }
    }
}

template <typename Real>
void key_preparation_backward(const KeyPreparationShape& s, Multiplier c,
                              const KeyPreparationInputs<Real>& in,
                              const KeyPreparationOutputs<const Real>& douts,
                              const KeyPreparationGradients<Real>& grads) {
  for (std::int64_t row = 0; row < s.rows; ++row)
    for (std::int64_t h = 0; h < s.heads * s.size; h += s.size)
      head_backward(c, in, douts, grads, s.size, row * s.heads * s.size + h, h);
}

template void key_preparation_forward(const KeyPreparationShape&, Multiplier,
                                      const KeyPreparationInputs<float>&,
                                      const KeyPreparationOutputs<float>&);
template void key_preparation_forward(const KeyPreparationShape&, Multiplier,
                                      const KeyPreparationInputs<double>&,
                                      const KeyPreparationOutputs<double>&);
template void key_preparation_backward(const KeyPreparationShape&, Multiplier,
                                       const KeyPreparationInputs<float>&,
                                       const KeyPreparationOutputs<const float>&,
                                       const KeyPreparationGradients<float>&);
template void key_preparation_backward(const KeyPreparationShape&, Multiplier,
                                       const KeyPreparationInputs<double>&,
                                       const KeyPreparationOutputs<const double>&,
                                       const KeyPreparationGradients<double>&);

}  // namespace anser::kernels::fused::reference
