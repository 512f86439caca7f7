// Numbers as people read them in reports. Rounding never turns "almost" into "all" or "nothing".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/wilson.h"

namespace anser::report {

/// Shown where there is no value: an en dash.
inline constexpr const char* kNoValue = "\u2013";

/// Rounded to at most `decimals` places, trailing zeros dropped, never "-0": "0.5", "12", "-3.25". Non-finite
/// values: "0" (drawing code filters them before).
std::string print_number(double value, int decimals = 2);

/// 0.9345 -> "93.5 %". A value strictly between 0 and 1 gets more places (at most 6) before it would read
/// "0.0" or "100.0"; exactly 0 and 1 read "0 %" and "100 %". NaN: kNoValue. `sign` false leaves " %" out.
std::string print_percent(double fraction, int decimals = 1, bool sign = true);

/// "93.5 % (91.8 to 94.9)": a rate over `trials` strings or seeds with Wilson's 95 % interval, successes
/// being the rate times trials, rounded. NaN or no trials: kNoValue.
std::string print_rate(double rate, std::int64_t trials);

/// Wilson's 95 % interval of a rate over `trials`; [0, 1] for NaN or no trials.
Interval rate_interval(double rate, std::int64_t trials);

/// 100000 -> "100,000".
std::string print_count(std::int64_t value);

/// `digits` significant digits, exponent only below 1e-4 and from 1e6: "0.0123", "3.1e-07". NaN: kNoValue.
std::string print_value(double value, int digits = 3);

/// The middle value, or the mean of the two middle ones; NaN entries are left out; none left: NaN.
double median(std::vector<double> values);

}  // namespace anser::report
