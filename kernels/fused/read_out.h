// Read-out of time mixing: group norm of the state's answer, bonus, gate.
//
//     p   = (y - mean_h(y)) / sqrt(var_h(y) + 64e-5) * norm_weight + norm_bias
//     u   = (sum_j r[h,j] * k_tilde[h,j] * r_k[h,j]) * v          bonus, arXiv 2503.14456 eq. 20
//     out = (p + u) * gate                                        eqs 21-22
//
// mean_h and var_h (biased) run over the N channels of head h.
//
// Shapes  y, r, k_tilde, v, gate, out [rows, H, N]; r_k, norm_weight, norm_bias [H, N]; contiguous. rows =
// B*T. Mean then variance (two passes over N), sums in a fixed order that is the same for every instruction
// set, IEEE division and square root.
#pragma once

#include <cstdint>

namespace anser::kernels::fused {

/// Epsilon of the per-head group norm: 1e-5 * 8^2 whatever the head size (RWKV-LM train_temp/src/model.py).
inline constexpr double kGroupNormEpsilon = 64e-5;

struct ReadOutShape {
  std::int64_t rows = 0;   // B*T
  std::int64_t heads = 0;  // H
  std::int64_t size = 0;   // N
};

template <typename Real>
struct ReadOutInputs {
  const Real* y = nullptr;
  const Real* r = nullptr;
  const Real* k_tilde = nullptr;
  const Real* v = nullptr;
  const Real* gate = nullptr;
  const Real* r_k = nullptr;
  const Real* norm_weight = nullptr;
  const Real* norm_bias = nullptr;
};

template <typename Real>
struct ReadOutGradients {
  Real* dy = nullptr;
  Real* dr = nullptr;
  Real* dk_tilde = nullptr;
  Real* dv = nullptr;
  Real* dgate = nullptr;
  Real* dr_k = nullptr;
  Real* dnorm_weight = nullptr;
  Real* dnorm_bias = nullptr;
  Real* workspace = nullptr;  // read_out_workspace_size(shape) numbers; the reference needs none
};

std::int64_t read_out_workspace_size(const ReadOutShape& shape);

void read_out_forward(const ReadOutShape& shape, const ReadOutInputs<float>& in, float* out);

/// Recomputes what it needs from the inputs. Overwrites the gradients of rows, adds to those of parameters.
void read_out_backward(const ReadOutShape& shape, const ReadOutInputs<float>& in, const float* dout,
                       const ReadOutGradients<float>& grads);

namespace reference {
template <typename Real>
void read_out_forward(const ReadOutShape& shape, const ReadOutInputs<Real>& in, Real* out);
template <typename Real>
void read_out_backward(const ReadOutShape& shape, const ReadOutInputs<Real>& in, const Real* dout,
                       const ReadOutGradients<Real>& grads);
}  // namespace reference

}  // namespace anser::kernels::fused
