#include "kernels/fused/gemm.h"

namespace anser::kernels::fused::reference {

template <typename Real>
void multiply(std::int64_t rows, std::int64_t inner, std::int64_t columns, Major major, const Real* x,
              const Real* b, const Real* bias, Real* y) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) {
      Real sum = bias != nullptr ? bias[j] : Real(0);
      for (std::int64_t p = 0; p < inner; ++p)
        sum += x[i * inner + p] * (major == Major::input ? b[p * columns + j] : b[j * inner + p]);
      y[i * columns + j] = sum;
    }
}

template <typename Real>
void add_outer_products(std::int64_t rows, std::int64_t height, std::int64_t columns, const Real* x,
                        const Real* y, Real* c) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t p = 0; p < height; ++p)
      for (std::int64_t j = 0; j < columns; ++j) c[p * columns + j] += x[i * height + p] * y[i * columns + j];
}

template void multiply(std::int64_t, std::int64_t, std::int64_t, Major, const float*, const float*,
                       const float*, float*);
template void multiply(std::int64_t, std::int64_t, std::int64_t, Major, const double*, const double*,
                       const double*, double*);
template void add_outer_products(std::int64_t, std::int64_t, std::int64_t, const float*, const float*,
                                 float*);
template void add_outer_products(std::int64_t, std::int64_t, std::int64_t, const double*, const double*,
                                 double*);

}  // namespace anser::kernels::fused::reference
