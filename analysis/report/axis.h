// Axes: where a value lies on the paper and which values get a tick.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace anser::report {

enum class Scale { linear, log2 };

/// Maps [low, high] to [from, to] (user units; from > to for a y axis). Values outside are clamped. log2
/// wants positive bounds; a range without width is widened.
class Axis {
 public:
  Axis(Scale scale, double low, double high, double from, double to);
  double at(double value) const;
  double low() const { return low_; }
  double high() const { return high_; }

  /// Values of ticks, at most `most` (at least 2): powers of two on a log2 axis (every second, third, ...
  /// when there are too many), multiples of 1, 2 or 5 times a power of ten on a linear one.
  std::vector<double> ticks(int most) const;

 private:
  double transformed(double value) const;
  Scale scale_;
  double low_, high_, from_, to_;
};

/// Places labels of height `gap` at the wanted positions, moved as little as needed so that none overlap and
/// all lie in [low, high] (when they fit). Order of the result is that of the input.
std::vector<double> spread_labels(std::span<const double> wanted, double gap, double low, double high);

}  // namespace anser::report
