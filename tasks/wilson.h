// Interval of a success rate (Wilson 1927).
#pragma once

#include <cmath>
#include <cstdint>

namespace anser::tasks {

struct Interval {
  double low = 0;
  double high = 1;
};

/// Wilson's score interval of a share seen in `trials` independent draws, at 95 % unless z says otherwise.
/// Holds, wider than needed, for means of values in [0, 1] too. No trials: [0, 1].
inline Interval wilson(double share, std::int64_t trials, double z = 1.959963984540054) {
  if (trials <= 0) return {};
  const double n = static_cast<double>(trials);
  const double scale = 1 + z * z / n;
  const double centre = (share + z * z / (2 * n)) / scale;
  const double half = z / scale * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {.low = std::fmax(0.0, centre - half), .high = std::fmin(1.0, centre + half)};
}

}  // namespace anser::tasks
