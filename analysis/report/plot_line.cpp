#include <algorithm>
#include <cmath>

#include "analysis/report/numbers.h"
#include "analysis/report/plot.h"

namespace anser::report {
namespace {

constexpr double kGap = 16;  // between labels above one another

struct Area {
  double left, right, top, bottom;
};

/// A label in the right margin: where its line ends and what it says.
struct EndLabel {
  std::string text;
  std::string colour;
  double wanted;
};

std::vector<double> finite_x(const LinePlot& plot) {
  std::vector<double> values;
  const auto add = [&](const Series& series, const std::vector<double>& y) {
    for (std::size_t i = 0; i < std::min(series.x.size(), y.size()); ++i)
      if (std::isfinite(series.x[i]) && std::isfinite(y[i])) values.push_back(series.x[i]);
  };
  for (const auto& series : plot.series) {
    add(series, series.y);
    for (const auto& thin : series.thin) add(series, thin);
  }
  return values;
}

/// Draws y over x, a new piece after every gap.
void draw_curve(Svg& svg, const std::vector<double>& x, const std::vector<double>& y, const Axis& x_axis,
                const Axis& y_axis, Attributes stroke) {
  Path path;
  bool pen_down = false;
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) {
      pen_down = false;
      continue;
    }
    pen_down ? path.line(x_axis.at(x[i]), y_axis.at(y[i])) : path.move(x_axis.at(x[i]), y_axis.at(y[i]));
    pen_down = true;
  }
  if (path.empty()) return;
  stroke.insert(stroke.begin(), {{"d", path.d()}, {"fill", "none"}, {"stroke-linejoin", "round"}});
  svg.element("path", stroke);
}

void draw_band(Svg& svg, const Series& series, const Axis& x_axis, const Axis& y_axis) {
  Path path;
  const std::size_t n = std::min({series.x.size(), series.low.size(), series.high.size()});
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < n; ++i)
    if (std::isfinite(series.x[i]) && std::isfinite(series.low[i]) && std::isfinite(series.high[i]))
      kept.push_back(i);
  if (kept.size() < 2) return;
  for (std::size_t k = 0; k < kept.size(); ++k) {
    const double px = x_axis.at(series.x[kept[k]]), py = y_axis.at(series.high[kept[k]]);
    k == 0 ? path.move(px, py) : path.line(px, py);
  }
  for (std::size_t k = kept.size(); k-- > 0;)
    path.line(x_axis.at(series.x[kept[k]]), y_axis.at(series.low[kept[k]]));
  path.close();
  svg.element("path", {{"d", path.d()}, {"fill", series.style.colour}, {"fill-opacity", 0.15}});
}

void draw_series(Svg& svg, const Series& series, const Axis& x_axis, const Axis& y_axis) {
  draw_band(svg, series, x_axis, y_axis);
  for (const auto& thin : series.thin)
    draw_curve(svg, series.x, thin, x_axis, y_axis,
               {{"stroke", series.style.colour}, {"stroke-width", 1}, {"stroke-opacity", 0.55}});
  Attributes stroke = {{"stroke", series.style.colour}, {"stroke-width", 2.4}};
  if (!series.style.dash.empty()) stroke.emplace_back("stroke-dasharray", series.style.dash);
  draw_curve(svg, series.x, series.y, x_axis, y_axis, stroke);
  const std::size_t n = std::min(series.x.size(), series.y.size());
  for (std::size_t i = 0; i < n && n <= 16; ++i)
    if (std::isfinite(series.x[i]) && std::isfinite(series.y[i]))
      draw_marker(svg, series.style, x_axis.at(series.x[i]), y_axis.at(series.y[i]), 4.2);
}

void draw_axes(Svg& svg, const LinePlot& plot, const Area& area, const Axis& x_axis, const Axis& y_axis) {
  for (const double tick : y_axis.ticks(6)) {
    const double y = y_axis.at(tick);
    svg.line(area.left, y, area.right, y, {{"stroke", kGrid}, {"stroke-width", 1}});
    svg.text(area.left - 7, y + 4.5, plot.y_percent ? print_number(100 * tick, 1) : print_number(tick, 4),
             kTextSize, "end", {{"fill", kQuietInk}});
  }
  const int most = std::max(2, static_cast<int>((area.right - area.left) / 40));
  for (const double tick : x_axis.ticks(most)) {
    const double x = x_axis.at(tick);
    svg.line(x, area.bottom, x, area.bottom + 5, {{"stroke", kAxis}, {"stroke-width", 1}});
    svg.text(x, area.bottom + 19, print_number(tick, 4), kTextSize, "middle", {{"fill", kQuietInk}});
  }
  svg.line(area.left, area.bottom, area.right, area.bottom, {{"stroke", kAxis}, {"stroke-width", 1}});
  svg.text((area.left + area.right) / 2, area.bottom + 38, plot.x_label, kTextSize, "middle",
           {{"fill", kQuietInk}});
}

/// Where a vertical reference stands and where its label goes, above the data area.
struct TopLabel {
  std::string text;
  double x;       // of the line
  double middle;  // of the label
  std::size_t row;
};

/// A label that would meet its neighbour goes one row up.
std::vector<TopLabel> top_labels(const std::vector<Reference>& references, double left, const Axis& x_axis) {
  std::vector<TopLabel> labels;
  std::vector<double> row_ends;
  for (const auto& reference : references) {
    const double value = reference.value;
    if (!std::isfinite(value) || value < x_axis.low() || value > x_axis.high()) continue;
    const double x = x_axis.at(value), half = text_width(reference.label, kTextSize - 1.5) / 2;
    const double middle = std::clamp(x, left + half, std::max(left + half, kPlotWidth - 4 - half));
    std::size_t row = 0;
    while (row < row_ends.size() && middle - half < row_ends[row] + 8) ++row;
    if (row == row_ends.size()) row_ends.push_back(0);
    row_ends[row] = middle + half;
    labels.push_back({reference.label, x, middle, row});
  }
  return labels;
}

/// Height of the rows of labels above the data area.
double top_height(const std::vector<TopLabel>& labels) {
  double height = 0;
  for (const auto& label : labels) height = std::max(height, 20 + 14 * static_cast<double>(label.row));
  return height;
}

void draw_top_labels(Svg& svg, const std::vector<TopLabel>& labels, const Area& area) {
  for (const auto& label : labels) {
    const double top = area.top - 8 - 14 * static_cast<double>(label.row);
    svg.line(label.x, top, label.x, area.bottom,
             {{"stroke", kQuietInk}, {"stroke-width", 1}, {"stroke-dasharray", "4 3"}});
    svg.text(label.middle, top - 3, label.text, kTextSize - 1.5, "middle", {{"fill", kQuietInk}});
  }
}

std::vector<EndLabel> end_labels(const LinePlot& plot, const Axis& y_axis) {
  std::vector<EndLabel> labels;
  for (const auto& reference : plot.horizontal)
    if (std::isfinite(reference.value) && !reference.label.empty())
      labels.push_back({reference.label, kQuietInk, y_axis.at(reference.value)});
  for (const auto& series : plot.series) {
    if (!plot.label_ends || series.label.empty()) continue;
    for (std::size_t i = std::min(series.x.size(), series.y.size()); i-- > 0;) {
      if (!std::isfinite(series.y[i])) continue;
      labels.push_back({series.label, series.style.colour, y_axis.at(series.y[i])});
      break;
    }
  }
  return labels;
}

void draw_end_labels(Svg& svg, const std::vector<EndLabel>& labels, const Area& area) {
  std::vector<double> wanted;
  for (const auto& label : labels) wanted.push_back(label.wanted);
  const auto placed = spread_labels(wanted, kGap, area.top, area.bottom);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    Path leader;
    leader.move(area.right + 3, wanted[i]).line(area.right + 13, placed[i]);
    svg.element("path",
                {{"d", leader.d()}, {"fill", "none"}, {"stroke", labels[i].colour}, {"stroke-width", 0.8}});
    svg.text(area.right + 16, placed[i] + 4.5, labels[i].text, kTextSize, "start",
             {{"fill", labels[i].colour}});
  }
}

double right_margin(const LinePlot& plot) {
  double widest = 0;
  for (const auto& reference : plot.horizontal)
    widest = std::max(widest, text_width(reference.label, kTextSize));
  if (plot.label_ends)
    for (const auto& series : plot.series) widest = std::max(widest, text_width(series.label, kTextSize));
  return widest > 0 ? std::min(widest + 20, kPlotWidth / 2) : 16;
}

double header_height(const LinePlot& plot) {
  return 8 + (plot.title.empty() ? 0 : 20) + (plot.y_label.empty() && plot.note.empty() ? 0 : 18);
}

void draw_header(Svg& svg, const LinePlot& plot) {
  if (!plot.title.empty())
    svg.text(4, 18, plot.title, kTitleSize, "start", {{"fill", kInk}, {"font-weight", "bold"}});
  const double y = plot.title.empty() ? 16 : 37;
  svg.text(4, y, plot.y_label, kTextSize, "start", {{"fill", kQuietInk}});
  if (!plot.note.empty()) svg.text(kPlotWidth - 4, y, plot.note, kTextSize, "end", {{"fill", kInk}});
}

}  // namespace

std::string draw(const LinePlot& plot) {
  Svg svg(kPlotWidth, plot.height, plot.title.empty() ? plot.y_label : plot.title);
  draw_header(svg, plot);
  const auto values = finite_x(plot);
  if (values.empty()) {
    svg.text(kPlotWidth / 2, plot.height / 2, "no data", kTextSize, "middle", {{"fill", kQuietInk}});
    return svg.finish();
  }
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  Area area = {44, kPlotWidth - right_margin(plot), 0, plot.height - 48};
  const Axis x_axis(plot.x_scale, *low, *high, area.left + 6, area.right - 6);
  const auto marks = top_labels(plot.vertical, area.left, x_axis);
  area.top = header_height(plot) + 10 + top_height(marks);
  const Axis y_axis(Scale::linear, plot.y_low, plot.y_high, area.bottom, area.top);
  draw_axes(svg, plot, area, x_axis, y_axis);
  draw_top_labels(svg, marks, area);
  for (const auto& reference : plot.horizontal) {
    if (!std::isfinite(reference.value)) continue;
    const double y = y_axis.at(reference.value);
    svg.line(area.left, y, area.right, y,
             {{"stroke", kQuietInk}, {"stroke-width", 1}, {"stroke-dasharray", "4 3"}});
  }
  for (const auto& series : plot.series) draw_series(svg, series, x_axis, y_axis);
  draw_end_labels(svg, end_labels(plot, y_axis), area);
  return svg.finish();
}

}  // namespace anser::report
