// Are counts what equal chances give?
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace anser::tests {

/// Pearson's statistic of counts that should be equal.
inline double chi_square(const std::vector<std::int64_t>& counts) {
  double total = 0;
  for (const auto count : counts) total += static_cast<double>(count);
  const double expected = total / static_cast<double>(counts.size());
  double statistic = 0;
  for (const auto count : counts) {
    const double d = static_cast<double>(count) - expected;
    statistic += d * d / expected;
  }
  return statistic;
}

/// The value that chi-square with so many degrees of freedom passes with probability 10^-6 (Wilson and
/// Hilferty 1931; z = 4.7534).
inline double chi_square_limit(double degrees) {
  const double v = 2 / (9 * degrees);
  return degrees * std::pow(1 - v + 4.7534 * std::sqrt(v), 3);
}

}  // namespace anser::tests
