#include "analysis/report/axis.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace anser::report {

Axis::Axis(Scale scale, double low, double high, double from, double to)
    : scale_(scale), low_(low), high_(high), from_(from), to_(to) {
  if (!std::isfinite(low_) || !std::isfinite(high_)) low_ = 1, high_ = 2;
  if (scale_ == Scale::log2) {
    low_ = std::max(low_, 1e-12);
    if (high_ <= low_) high_ = 2 * low_;
  } else if (high_ <= low_) {
    high_ = low_ + 1;
  }
}

double Axis::transformed(double value) const {
  return scale_ == Scale::log2 ? std::log2(value) : value;
}

double Axis::at(double value) const {
  const double inside = std::clamp(value, low_, high_);
  const double part = (transformed(inside) - transformed(low_)) / (transformed(high_) - transformed(low_));
  return from_ + part * (to_ - from_);
}

std::vector<double> Axis::ticks(int most) const {
  std::vector<double> values;
  if (scale_ == Scale::log2) {
    const int first = static_cast<int>(std::ceil(std::log2(low_) - 1e-9));
    const int last = static_cast<int>(std::floor(std::log2(high_) + 1e-9));
    const int step = std::max(1, (last - first + most) / most);
    for (int power = first; power <= last; power += step) values.push_back(std::ldexp(1.0, power));
    return values;
  }
  double step = std::pow(10.0, std::floor(std::log10((high_ - low_) / most)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
    if ((high_ - low_) / (step * factor) <= most - 1 + 1e-9) {
      step *= factor;
      break;
    }
  }
  for (double index = std::ceil(low_ / step - 1e-9); index * step <= high_ + 1e-9 * step; ++index)
    values.push_back(index == 0 ? 0 : index * step);
  return values;
}

std::vector<double> spread_labels(std::span<const double> wanted, double gap, double low, double high) {
  std::vector<std::size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto x, auto y) { return wanted[x] < wanted[y]; });
  std::vector<double> placed(wanted.begin(), wanted.end());
  double next = low;
  for (const std::size_t i : order) {
    placed[i] = std::max(placed[i], next);
    next = placed[i] + gap;
  }
  double limit = high;
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    placed[*it] = std::min(placed[*it], limit);
    limit = placed[*it] - gap;
  }
  return placed;
}

}  // namespace anser::report
