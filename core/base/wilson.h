// Wilson's score interval: where the true rate lies, given successes in independent trials.
#pragma once

#include <cstdint>

namespace anser {

struct Interval {
  double low = 0;
  double high = 1;
};

/// Wilson's interval (E. B. Wilson 1927) for `successes` of `trials` at `z` standard deviations (1.96: 95 %):
///     (p + z^2/2n  -+  z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2/n)         p = successes / n
/// Never leaves [0, 1]; no trials: [0, 1]. InputError unless 0 <= successes <= trials.
Interval wilson_interval(std::int64_t successes, std::int64_t trials, double z = 1.959963984540054);

}  // namespace anser
