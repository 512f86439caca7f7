#include "kernels/fused/adamw.h"

namespace anser::kernels::fused {

void adamw_step(std::int64_t n, const AdamWOptions& options, std::int64_t step, double gradient_scale,
                const float* gradient, float* parameter, float* m, float* v) {
  reference::adamw_step(n, options, step, gradient_scale, gradient, parameter, m, v);
}

double sum_of_squares(std::int64_t n, const float* x) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += double(x[i]) * double(x[i]);
  return sum;
}

}  // namespace anser::kernels::fused
