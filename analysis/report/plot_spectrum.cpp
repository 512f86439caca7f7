#include <algorithm>
#include <cmath>

#include "analysis/report/numbers.h"
#include "analysis/report/plot.h"

namespace anser::report {
namespace {

/// The axis: [-1, 1], grown to the values by quarters, with a little air.
Axis eigenvalue_axis(const SpectrumPlot& plot, double left, double right) {
  double low = -1, high = 1;
  for (const auto& row : plot.rows) {
    for (const double value : row.eigenvalues) {
      if (!std::isfinite(value)) continue;
      low = std::min(low, std::floor(4 * value) / 4);
      high = std::max(high, std::ceil(4 * value) / 4);
    }
  }
  return Axis(Scale::linear, low - 0.06, high + 0.06, left, right);
}

}  // namespace

std::string draw(const SpectrumPlot& plot) {
  constexpr double kRow = 21;
  double left = 20;
  for (const auto& row : plot.rows) left = std::max(left, text_width(row.label, kTextSize) + 14);
  left = std::min(left, kPlotWidth / 2);
  const double right = kPlotWidth - 8, top = 50;
  const double bottom = top + kRow * static_cast<double>(std::max<std::size_t>(1, plot.rows.size()));
  Svg svg(kPlotWidth, bottom + 46, plot.title);
  svg.text(4, 18, plot.title, kTitleSize, "start", {{"fill", kInk}, {"font-weight", "bold"}});
  svg.text(4, 38, plot.note, kTextSize, "start", {{"fill", kQuietInk}});
  if (plot.rows.empty()) {
    svg.text(kPlotWidth / 2, top + 20, "no data", kTextSize, "middle", {{"fill", kQuietInk}});
    return svg.finish();
  }
  const Axis axis = eigenvalue_axis(plot, left, right);
  svg.rect(axis.at(-1), top, axis.at(1) - axis.at(-1), bottom - top, {{"fill", "#f4f6f8"}});
  for (const double tick : axis.ticks(7)) {
    const double x = axis.at(tick);
    svg.line(x, top, x, bottom, {{"stroke", tick == 0 ? kAxis : kGrid}, {"stroke-width", 1}});
    svg.text(x, bottom + 18, print_number(tick), kTextSize, "middle", {{"fill", kQuietInk}});
  }
  svg.text((left + right) / 2, bottom + 37, "eigenvalue", kTextSize, "middle", {{"fill", kQuietInk}});
  for (std::size_t r = 0; r < plot.rows.size(); ++r) {
    const auto& row = plot.rows[r];
    const double y = top + kRow * (static_cast<double>(r) + 0.5);
    svg.text(left - 8, y + 4.5, row.label, kTextSize, "end", {{"fill", kInk}});
    svg.line(left, y, right, y, {{"stroke", kGrid}, {"stroke-width", 0.7}});
    SeriesStyle style = series_style(row.negative ? 1 : 0);
    if (row.negative) style.marker = Marker::diamond;
    for (const double value : row.eigenvalues)
      if (std::isfinite(value)) draw_marker(svg, style, axis.at(value), y, 3.6);
  }
  return svg.finish();
}

}  // namespace anser::report
