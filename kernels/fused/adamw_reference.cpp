#include <cmath>

#include "kernels/fused/adamw.h"

namespace anser::kernels::fused::reference {

template <typename Real>
void adamw_step(std::int64_t n, const AdamWOptions& options, std::int64_t step, double gradient_scale,
                const Real* gradient, Real* parameter, Real* m, Real* v) {
  const double correction1 = 1 - std::pow(options.beta1, double(step));
  const double correction2 = 1 - std::pow(options.beta2, double(step));
  const Real keep = Real(1 - options.lr * options.weight_decay);
  const Real step_size = Real(-(options.lr / correction1));
  const Real root2 = Real(std::sqrt(correction2));
  for (std::int64_t i = 0; i < n; ++i) {
    const Real g = gradient[i] * Real(gradient_scale);
    m[i] = m[i] + Real(1 - options.beta1) * (g - m[i]);
    v[i] = v[i] * Real(options.beta2) + Real(1 - options.beta2) * g * g;
    const Real denominator = std::sqrt(v[i]) / root2 + Real(options.epsilon);
    parameter[i] = parameter[i] * keep + step_size * m[i] / denominator;
  }
}

template void adamw_step(std::int64_t, const AdamWOptions&, std::int64_t, double, const float*, float*,
                         float*, float*);
template void adamw_step(std::int64_t, const AdamWOptions&, std::int64_t, double, const double*, double*,
                         double*, double*);

}  // namespace anser::kernels::fused::reference
