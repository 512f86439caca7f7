#include <algorithm>
#include <cmath>

#include "analysis/report/numbers.h"
#include "analysis/report/plot.h"

namespace anser::report {
namespace {

constexpr double kRow = 44;
constexpr double kRadius = 4.4;

/// Height of each dot above the row's middle: the lane nearest to the middle in which it touches no earlier
/// dot. Lanes lie closer together where many dots share a row.
std::vector<double> lanes(const std::vector<double>& x) {
  const double room = kRow - 2 * kRadius - 2;
  const double step = std::min(2 * kRadius, room / std::max(1.0, static_cast<double>(x.size()) - 1));
  std::vector<int> taken;
  std::vector<double> offsets;
  for (std::size_t i = 0; i < x.size(); ++i) {
    int lane = 0;
    const auto meets = [&](int candidate) {
      for (std::size_t j = 0; j < i; ++j)
        if (taken[j] == candidate && std::abs(x[i] - x[j]) < 2 * kRadius) return true;
      return false;
    };
    while (meets(lane)) lane = lane > 0 ? -lane : 1 - lane;
    taken.push_back(lane);
    offsets.push_back(lane * step);
  }
  return offsets;
}

}  // namespace

std::string draw(const StripPlot& plot) {
  double left = 40, right = text_width(plot.verdict_title, kTextSize - 1) / 2;
  for (const auto& row : plot.rows) {
    left = std::max(left, text_width(row.label, kTextSize) + 16);
    right = std::max(right, text_width(row.verdict, kTextSize));
  }
  left = std::min(left, kPlotWidth * 0.4);
  const double edge = kPlotWidth - std::min(right + 24, kPlotWidth * 0.3);
  const double top = 58,
               bottom = top + kRow * static_cast<double>(std::max<std::size_t>(1, plot.rows.size()));
  Svg svg(kPlotWidth, bottom + 50, plot.title);
  svg.text(4, 18, plot.title, kTitleSize, "start", {{"fill", kInk}, {"font-weight", "bold"}});
  svg.text(kPlotWidth - 4, top - 8, plot.verdict_title, kTextSize - 1, "end", {{"fill", kQuietInk}});
  if (plot.rows.empty()) {
    svg.text(kPlotWidth / 2, top + kRow / 2, "no data", kTextSize, "middle", {{"fill", kQuietInk}});
    return svg.finish();
  }
  const Axis axis(Scale::linear, plot.low, plot.high, left + 8, edge - 8);
  for (const double tick : axis.ticks(6)) {
    svg.line(axis.at(tick), top, axis.at(tick), bottom, {{"stroke", kGrid}, {"stroke-width", 1}});
    svg.text(axis.at(tick), bottom + 18, print_number(100 * tick, 1), kTextSize, "middle",
             {{"fill", kQuietInk}});
  }
  svg.text((left + edge) / 2, bottom + 37, plot.x_label, kTextSize, "middle", {{"fill", kQuietInk}});
  for (const auto& threshold : plot.thresholds) {
    const double x = axis.at(threshold.value);
    svg.line(x, top - 4, x, bottom, {{"stroke", kInk}, {"stroke-width", 1}, {"stroke-dasharray", "4 3"}});
    svg.text(x, top - 8, threshold.label, kTextSize - 1, "middle", {{"fill", kInk}});
  }
  for (std::size_t r = 0; r < plot.rows.size(); ++r) {
    const auto& row = plot.rows[r];
    const double y = top + kRow * (static_cast<double>(r) + 0.5);
    svg.line(left, y + kRow / 2, kPlotWidth, y + kRow / 2, {{"stroke", kGrid}, {"stroke-width", 1}});
    svg.text(left - 6, y + 4.5, row.label, kTextSize, "end", {{"fill", kInk}});
    svg.text(kPlotWidth - 4, y + 4.5, row.verdict, kTextSize, "end",
             {{"fill", kInk}, {"font-weight", "bold"}});
    std::vector<double> x;
    for (const double value : row.values)
      if (std::isfinite(value)) x.push_back(axis.at(value));
    const auto offsets = lanes(x);
    for (std::size_t i = 0; i < x.size(); ++i) draw_marker(svg, row.style, x[i], y + offsets[i], kRadius);
  }
  return svg.finish();
}

}  // namespace anser::report
