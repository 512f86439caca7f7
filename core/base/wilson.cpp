#include "core/base/wilson.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace anser {

Interval wilson_interval(std::int64_t successes, std::int64_t trials, double z) {
  require(0 <= successes && successes <= trials, "wilson_interval",
          "{} successes of {} trials, wanted 0 to {}", successes, trials, trials);
  if (trials == 0) return {};
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double middle = p + z * z / (2 * n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 / (1 + z * z / n);
  return {successes == 0 ? 0 : std::max(0.0, (middle - half) * scale),
          successes == trials ? 1 : std::min(1.0, (middle + half) * scale)};
}

}  // namespace anser
