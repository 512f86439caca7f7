// Squared ReLU of the channel mix:  out = max(x, 0)^2  (arXiv 2503.14456 eq. 24).   n numbers, any shape.
#pragma once

#include <cstdint>

namespace anser::kernels::fused {

void squared_relu_forward(std::int64_t n, const float* x, float* out);
/// dx = 2 max(x, 0) dout.
void squared_relu_backward(std::int64_t n, const float* x, const float* dout, float* dx);

namespace reference {
template <typename Real>
void squared_relu_forward(std::int64_t n, const Real* x, Real* out);
template <typename Real>
void squared_relu_backward(std::int64_t n, const Real* x, const Real* dout, Real* dx);
}  // namespace reference

}  // namespace anser::kernels::fused
