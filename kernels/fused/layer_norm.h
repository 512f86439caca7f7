// Layer norm over the last axis:  out = (x - mean) / sqrt(var + 1e-5) * weight + bias,  biased variance.
//
// Shapes  x, out [rows, D]; weight, bias [D]; contiguous.
// Two passes (mean, then variance), sums in a fixed order that is the same for every instruction set, IEEE
// division and square root: inputs of the form (x, -x), as two halves (D even) or as neighbours (D a multiple
// of 4), have mean exactly 0, so their zero channels stay exactly 0 where the bias is 0.
#pragma once

#include <cstdint>

namespace anser::kernels::fused {

inline constexpr double kLayerNormEpsilon = 1e-5;

void layer_norm_forward(std::int64_t rows, std::int64_t width, const float* x, const float* weight,
                        const float* bias, float* out);

/// Overwrites dx [rows, D], to which residual [rows, D] (or null) is added: the gradient that goes past the
/// norm. Adds to dweight and dbias [D]. Recomputes the moments. workspace: 2 D numbers.
void layer_norm_backward(std::int64_t rows, std::int64_t width, const float* x, const float* weight,
                         const float* dout, const float* residual, float* dx, float* dweight, float* dbias,
                         float* workspace);

namespace reference {
template <typename Real>
void layer_norm_forward(std::int64_t rows, std::int64_t width, const Real* x, const Real* weight,
                        const Real* bias, Real* out);
template <typename Real>
void layer_norm_backward(std::int64_t rows, std::int64_t width, const Real* x, const Real* weight,
                         const Real* dout, const Real* residual, Real* dx, Real* dweight, Real* dbias);
}  // namespace reference

}  // namespace anser::kernels::fused
