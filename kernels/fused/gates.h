// Gates between the products of time mixing, number by number, and sums of gradients.
//
//     tanh       out = tanh(x)                            decay's low-rank path, arXiv 2503.14456 eq. 5
//     sigmoid    out = sigma(x)                           gate's low-rank path, eq. 21
//     value_mix  v   = own + (first - own) sigma(z)       value residual of the layers after the first, eq. 8
//
// n numbers, any shape. tanh(0) = 0, and both saturate at exactly their limits: tanh for |x| >= 9.1, sigma
// for x >= 17 and x < -87. The bits are the same for every instruction set.
#pragma once

#include <cstdint>

namespace anser::kernels::fused {

void tanh_forward(std::int64_t n, const float* x, float* out);
/// dx = (1 - out^2) dout; dx may be dout.
void tanh_backward(std::int64_t n, const float* out, const float* dout, float* dx);

void sigmoid_forward(std::int64_t n, const float* x, float* out);
/// dx = out (1 - out) dout; dx may be dout.
void sigmoid_backward(std::int64_t n, const float* out, const float* dout, float* dx);

void value_mix_forward(std::int64_t n, const float* own, const float* first, const float* z, float* v);
/// Overwrites down, dfirst and dz; down may be dv.
void value_mix_backward(std::int64_t n, const float* own, const float* first, const float* z, const float* dv,
                        float* down, float* dfirst, float* dz);

/// sum += x.
void add_to(std::int64_t n, const float* x, float* sum);

namespace reference {
template <typename Real>
void tanh_forward(std::int64_t n, const Real* x, Real* out);
template <typename Real>
void tanh_backward(std::int64_t n, const Real* out, const Real* dout, Real* dx);
template <typename Real>
void sigmoid_forward(std::int64_t n, const Real* x, Real* out);
template <typename Real>
void sigmoid_backward(std::int64_t n, const Real* out, const Real* dout, Real* dx);
template <typename Real>
void value_mix_forward(std::int64_t n, const Real* own, const Real* first, const Real* z, Real* v);
template <typename Real>
void value_mix_backward(std::int64_t n, const Real* own, const Real* first, const Real* z, const Real* dv,
                        Real* down, Real* dfirst, Real* dz);
}  // namespace reference

}  // namespace anser::kernels::fused
