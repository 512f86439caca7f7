// Token shift: M mixtures of a token with its predecessor, in one pass.
//
//     out[m, b, t, d] = x[b, t, d] + (x[b, t-1, d] - x[b, t, d]) * mu[m, d],   x[b, -1, d] = previous[b, d]
//
// arXiv 2503.14456 eq. 3; x_r, x_w, x_k, x_v, x_a, x_g (M = 6) and the channel mix's x_k (M = 1) in
// checkpoints.
//
// Shapes  x, dx [B, T, D]; previous, dprevious [B, D] or null (zeros; not wanted); mu, dmu [M, D]; out, dout
// [M, B, T, D]; contiguous. The sums over (b, t) in dmu run in a fixed order: same inputs, same bits. Where
// mu = 0, out is x bit for bit, whatever stands before (even an infinity).
#pragma once

#include <cstdint>

namespace anser::kernels::fused {

struct TokenShiftShape {
  std::int64_t batch = 0;     // B
  std::int64_t time = 0;      // T
  std::int64_t width = 0;     // D
  std::int64_t mixtures = 0;  // M, at most kMostMixtures
};
inline constexpr std::int64_t kMostMixtures = 8;

void token_shift_forward(const TokenShiftShape& shape, const float* x, const float* previous, const float* mu,
                         float* out);

/// Overwrites dx and dprevious, adds to dmu.
void token_shift_backward(const TokenShiftShape& shape, const float* x, const float* previous,
                          const float* mu, const float* dout, float* dx, float* dmu,
                          float* dprevious = nullptr);

namespace reference {
template <typename Real>
void token_shift_forward(const TokenShiftShape& shape, const Real* x, const Real* previous, const Real* mu,
                         Real* out);
template <typename Real>
void token_shift_backward(const TokenShiftShape& shape, const Real* x, const Real* previous, const Real* mu,
                          const Real* dout, Real* dx, Real* dmu, Real* dprevious = nullptr);
}  // namespace reference

}  // namespace anser::kernels::fused
