#include <algorithm>
#include <cmath>

#include "kernels/fused/cross_entropy.h"

namespace anser::kernels::fused::reference {

template <typename Real>
double cross_entropy(std::int64_t rows, std::int64_t vocabulary, const Real* logits,
                     const std::int64_t* target, double l2wrap, Real* dlogits) {
  const std::int64_t scored = rows - std::count(target, target + rows, std::int64_t{-1});
  if (dlogits != nullptr) std::fill_n(dlogits, rows * vocabulary, Real(0));
  if (scored == 0) return 0;
  double loss = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const Real* x = logits + row * vocabulary;
    const std::int64_t best = std::max_element(x, x + vocabulary) - x;
    Real sum = 0;
    for (std::int64_t i = 0; i < vocabulary; ++i) sum += std::exp(x[i] - x[best]);
    const bool is_scored = target[row] != -1;
    if (is_scored) loss += std::log(double(sum)) + double(x[best]) - double(x[target[row]]);
    if (dlogits == nullptr) continue;
    Real* dx = dlogits + row * vocabulary;
    for (std::int64_t i = 0; is_scored && i < vocabulary; ++i)
      dx[i] = (std::exp(x[i] - x[best]) / sum - Real(i == target[row])) / Real(scored);
    dx[best] += Real(l2wrap / double(rows)) * x[best];
  }
  return loss / double(scored);
}

template double cross_entropy(std::int64_t, std::int64_t, const float*, const std::int64_t*, double, float*);
template double cross_entropy(std::int64_t, std::int64_t, const double*, const std::int64_t*, double,
                              double*);

}  // namespace anser::kernels::fused::reference
