#include "core/nn/orthogonal.h"

#include <algorithm>
#include <cmath>

namespace anser::nn {
namespace {

double dot(const double* x, const double* y, std::int64_t n) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += x[i] * y[i];
  return sum;
}

/// Makes row `index` orthogonal to the rows above it and of length 1. `rows` has `n` numbers a row.
void orthonormalise(std::vector<double>& rows, std::int64_t index, std::int64_t n) {
  double* x = rows.data() + index * n;
  for (int pass = 0; pass < 2; ++pass)
    for (std::int64_t j = 0; j < index; ++j) {
      const double* q = rows.data() + j * n;
      const double projection = dot(q, x, n);
      for (std::int64_t i = 0; i < n; ++i) x[i] -= projection * q[i];
    }
  const double scale = 1 / std::sqrt(dot(x, x, n));
  for (std::int64_t i = 0; i < n; ++i) x[i] *= scale;
}

}  // namespace

std::vector<float> orthogonal(std::int64_t rows, std::int64_t cols, double gain, Rng rng) {
  const std::int64_t count = std::min(rows, cols), length = std::max(rows, cols);
  std::vector<double> vectors(static_cast<std::size_t>(count * length));
  for (double& x : vectors) x = rng.normal();
  for (std::int64_t i = 0; i < count; ++i) orthonormalise(vectors, i, length);
  std::vector<float> out(vectors.size());
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < cols; ++j) {
      const double value = rows <= cols ? vectors[i * length + j] : vectors[j * length + i];
      out[i * cols + j] = static_cast<float>(gain * value);
    }
  return out;
}

}  // namespace anser::nn
