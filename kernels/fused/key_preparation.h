// From the key precursor and the gates' logits to what the WKV-7 recurrence takes.
//
//     alpha   = sigmoid(icl_logit)                                     in-context learning rate, eq. 4
//     kappa   = k * k_k ;  kappa_hat = kappa / max(|kappa|_2, 1e-12)   removal key, per head, eqs 6 and 15
//     k_tilde = k * (1 + (alpha - 1) * k_a)                            replacement key, eq. 7
//     a       = -kappa_hat
//     b       = c * kappa_hat * alpha                                  c: the transition multiplier
//
// arXiv 2503.14456 section 4. c = 1 in released checkpoints, 2 in the theorems, and 1 + w (w the decay of the
// same channel, formed from decay_logit) as the stable superset of both; only 1 + w reads decay_logit.
//
// Shapes  k, icl_logit, decay_logit, k_tilde, a, b [rows, H, N]; k_k, k_a [H, N]; contiguous. rows = B*T.
// Norms are sums in a fixed order; division and square root are IEEE's; the bits are the same on every
// instruction set. Four entries of equal magnitude (above 1e-12, squares within float's range) give kappa_hat
// entries of exactly 1/2. The sigmoid is exactly 1/2 at 0, exactly 1 from 17 on, exactly 0 below -87.
#pragma once

#include <cstdint>

namespace anser::kernels::fused {

enum class Multiplier : std::uint8_t { one, two, one_plus_decay };

struct KeyPreparationShape {
  std::int64_t rows = 0;   // B*T
  std::int64_t heads = 0;  // H
  std::int64_t size = 0;   // N
};

template <typename Real>
struct KeyPreparationInputs {
  const Real* k = nullptr;
  const Real* icl_logit = nullptr;
  const Real* decay_logit = nullptr;  // read only by Multiplier::one_plus_decay
  const Real* k_k = nullptr;
  const Real* k_a = nullptr;
};

template <typename Real>
struct KeyPreparationOutputs {
  Real* k_tilde = nullptr;
  Real* a = nullptr;
  Real* b = nullptr;
};

template <typename Real>
struct KeyPreparationGradients {
  Real* dk = nullptr;
  Real* dicl_logit = nullptr;
  Real* ddecay_logit = nullptr;  // written (zeros where c does not depend on w) unless null
  Real* dk_k = nullptr;
  Real* dk_a = nullptr;
  Real* workspace = nullptr;  // key_preparation_workspace_size(shape) numbers; the reference needs none
};

std::int64_t key_preparation_workspace_size(const KeyPreparationShape& shape);

void key_preparation_forward(const KeyPreparationShape& shape, Multiplier c,
                             const KeyPreparationInputs<float>& in, const KeyPreparationOutputs<float>& out);

/// `douts` holds the gradients of k_tilde, a and b in the fields of that name. Overwrites the gradients of
/// rows, adds to those of k_k and k_a.
void key_preparation_backward(const KeyPreparationShape& shape, Multiplier c,
                              const KeyPreparationInputs<float>& in,
                              const KeyPreparationOutputs<const float>& douts,
                              const KeyPreparationGradients<float>& grads);

namespace reference {
template <typename Real>
void key_preparation_forward(const KeyPreparationShape& shape, Multiplier c,
                             const KeyPreparationInputs<Real>& in, const KeyPreparationOutputs<Real>& out);
template <typename Real>
void key_preparation_backward(const KeyPreparationShape& shape, Multiplier c,
                              const KeyPreparationInputs<Real>& in,
                              const KeyPreparationOutputs<const Real>& douts,
                              const KeyPreparationGradients<Real>& grads);
}  // namespace reference

}  // namespace anser::kernels::fused
