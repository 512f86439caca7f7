#include "kernels/fused/token_shift.h"

namespace anser::kernels::fused {

void token_shift_forward(const TokenShiftShape& shape, const float* x, const float* previous, const float* mu,
                         float* out) {
  reference::token_shift_forward(shape, x, previous, mu, out);
}

void token_shift_backward(const TokenShiftShape& shape, const float* x, const float* previous,
                          const float* mu, const float* dout, float* dx, float* dmu) {
  reference::token_shift_backward(shape, x, previous, mu, dout, dx, dmu);
}

}  // namespace anser::kernels::fused
