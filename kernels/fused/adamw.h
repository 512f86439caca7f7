// One AdamW step over a contiguous stretch of parameters (decoupled weight decay, bias correction), where
// g = gradient * gradient_scale:
//
//     m <- m + (1 - beta1) (g - m)
//     v <- beta2 v + (1 - beta2) g^2
//     p <- (1 - lr weight_decay) p - (lr / (1 - beta1^step)) m / (sqrt(v) / sqrt(1 - beta2^step) + epsilon)
//
// Order and rounding as in torch.optim.AdamW with fp32 parameters: scalars are formed in double and rounded
// once. epsilon may be as small as RWKV-LM's 1e-18: where m = v = 0 the quotient is 0.
#pragma once

#include <cstdint>

namespace anser::kernels::fused {

struct AdamWOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.99;
  double epsilon = 1e-18;
  double weight_decay = 0;
};

/// `step` counts from 1. Elementwise: any split of the stretch gives the same bits.
void adamw_step(std::int64_t n, const AdamWOptions& options, std::int64_t step, double gradient_scale,
                const float* gradient, float* parameter, float* m, float* v);

/// Sum of squares of n numbers, accumulated in double in a fixed order.
double sum_of_squares(std::int64_t n, const float* x);

namespace reference {
template <typename Real>
void adamw_step(std::int64_t n, const AdamWOptions& options, std::int64_t step, double gradient_scale,
                const Real* gradient, Real* parameter, Real* m, Real* v);
}  // namespace reference

}  // namespace anser::kernels::fused
