#include "analysis/report/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace anser::report {

std::string print_number(double value, int decimals) {
  if (!std::isfinite(value)) return "0";
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string print_percent(double fraction, int decimals, bool sign) {
  if (std::isnan(fraction)) return kNoValue;
  const char* tail = sign ? " %" : "";
  if (fraction == 0 || fraction == 1) return fmt::format("{}{}", fraction * 100, tail);
  const auto zero_or_all = [](const std::string& text) {
    const double shown = std::stod(text);
    return shown == 0 || shown == 100;
  };
  std::string text = fmt::format("{:.{}f}", 100 * fraction, decimals);
  while (zero_or_all(text) && decimals < 6) text = fmt::format("{:.{}f}", 100 * fraction, ++decimals);
  return text + tail;
}

Interval rate_interval(double rate, std::int64_t trials) {
  if (!std::isfinite(rate) || trials <= 0) return {};
  const auto successes = std::llround(std::clamp(rate, 0.0, 1.0) * static_cast<double>(trials));
  return wilson_interval(successes, trials);
}

std::string print_rate(double rate, std::int64_t trials) {
  if (!std::isfinite(rate) || trials <= 0) return kNoValue;
  const Interval interval = rate_interval(rate, trials);
  return fmt::format("{} ({} to {})", print_percent(rate), print_percent(interval.low, 1, false),
                     print_percent(interval.high, 1, false));
}

std::string print_count(std::int64_t value) {
  std::string text = fmt::format("{}", value);
  const std::ptrdiff_t first = value < 0 ? 1 : 0;
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > first; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

std::string print_value(double value, int digits) {
  if (std::isnan(value)) return kNoValue;
  if (value == 0) return "0";
  const double magnitude = std::abs(value);
  if (!std::isfinite(value) || magnitude < 1e-4 || magnitude >= 1e6)
    return fmt::format("{:.{}e}", value, digits - 1);
  const int before = static_cast<int>(std::floor(std::log10(magnitude))) + 1;
  return print_number(value, std::max(0, digits - before));
}

double median(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace anser::report
