#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/report/numbers.h"
#include "analysis/report/plot.h"

namespace anser::report {
namespace {

/// White at 0 to a deep blue at 1.
std::string shade(double value) {
  const double part = std::clamp(value, 0.0, 1.0);
  const auto mix = [&](int from, int to) { return static_cast<int>(std::lround(from + part * (to - from))); };
  return fmt::format("#{:02x}{:02x}{:02x}", mix(255, 0), mix(255, 90), mix(255, 150));
}

}  // namespace

std::string draw(const MatrixPlot& plot) {
  double left = 20;
  for (const auto& row : plot.rows) left = std::max(left, text_width(row, kTextSize) + 12);
  left = std::min(left, kPlotWidth / 2);
  const double columns = static_cast<double>(std::max<std::size_t>(1, plot.columns.size()));
  const double cell = (kPlotWidth - left - 2) / columns, row_height = 27;
  const double top = 50, bottom = top + row_height * static_cast<double>(plot.rows.size());
  const double size = std::min(kTextSize, (cell - 5) / text_width("100.0", 1));
  Svg svg(kPlotWidth, std::max(bottom + 24, 90.0), plot.title);
  svg.text(4, 18, plot.title, kTitleSize, "start", {{"fill", kInk}, {"font-weight", "bold"}});
  if (plot.rows.empty() || plot.columns.empty()) {
    svg.text(kPlotWidth / 2, 70, "no data", kTextSize, "middle", {{"fill", kQuietInk}});
    return svg.finish();
  }
  for (std::size_t c = 0; c < plot.columns.size(); ++c)
    svg.text(left + cell * (static_cast<double>(c) + 0.5), top - 7, plot.columns[c], size, "middle",
             {{"fill", kQuietInk}});
  svg.text(left + cell * columns / 2, bottom + 18, plot.x_label, kTextSize, "middle", {{"fill", kQuietInk}});
  for (std::size_t r = 0; r < plot.rows.size(); ++r) {
    const double y = top + row_height * static_cast<double>(r);
    svg.text(left - 8, y + row_height / 2 + 4.5, plot.rows[r], kTextSize, "end", {{"fill", kInk}});
    for (std::size_t c = 0; c < plot.columns.size(); ++c) {
      const bool given =
          r < plot.values.size() && c < plot.values[r].size() && std::isfinite(plot.values[r][c]);
      const double value = given ? plot.values[r][c] : 0;
      const double x = left + cell * static_cast<double>(c);
      svg.rect(x, y, cell, row_height,
               {{"fill", given ? shade(value) : "#ffffff"}, {"stroke", "#c9c9c9"}, {"stroke-width", 0.7}});
      const std::string shown =
          given ? (value == 1 ? "100" : fmt::format("{:.1f}", std::floor(1000 * value) / 10))
                : std::string(kNoValue);
      svg.text(x + cell / 2, y + row_height / 2 + 4.5, shown, size, "middle",
               {{"fill", value > 0.5 ? "#ffffff" : kInk}});
    }
  }
  return svg.finish();
}

}  // namespace anser::report
