#include "analysis/report/plot_style.h"

#include <array>

namespace anser::report {

SeriesStyle series_style(std::size_t index) {
  static const std::array<SeriesStyle, 6> kStyles = {{
      {"#0072B2", "", Marker::circle},
      {"#D55E00", "9 3", Marker::square},
      {"#009E73", "2 3", Marker::triangle},
      {"#B0578D", "9 3 2 3", Marker::diamond},
      {"#000000", "5 3", Marker::cross},
      {"#C48000", "12 4 2 4 2 4", Marker::circle},
  }};
  return kStyles[index % kStyles.size()];
}

SeriesStyle floor_style(std::size_t index) {
  static const std::array<SeriesStyle, 3> kStyles = {{
      {"#4d4d4d", "1.5 3", Marker::none},
      {"#757575", "6 3", Marker::none},
      {"#9a9a9a", "10 3 1.5 3", Marker::none},
  }};
  return kStyles[index % kStyles.size()];
}

void draw_marker(Svg& svg, const SeriesStyle& style, double x, double y, double radius) {
  const Attributes rim = {{"fill", style.colour}, {"stroke", "#ffffff"}, {"stroke-width", 0.8}};
  const double r = radius;
  Path path;
  switch (style.marker) {
    case Marker::none:
      return;
    case Marker::circle: {
      Attributes attributes = {{"cx", x}, {"cy", y}, {"r", r}};
      attributes.insert(attributes.end(), rim.begin(), rim.end());
      svg.element("circle", attributes);
      return;
    }
    case Marker::square:
      svg.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r, rim);
      return;
    case Marker::triangle:
      path.move(x, y - 1.2 * r).line(x + 1.1 * r, y + 0.8 * r).line(x - 1.1 * r, y + 0.8 * r).close();
      break;
    case Marker::diamond:
      path.move(x, y - 1.3 * r).line(x + 1.3 * r, y).line(x, y + 1.3 * r).line(x - 1.3 * r, y).close();
      break;
    case Marker::cross:
      path.move(x - r, y - r).line(x + r, y + r).move(x - r, y + r).line(x + r, y - r);
      svg.element("path",
                  {{"d", path.d()}, {"fill", "none"}, {"stroke", style.colour}, {"stroke-width", 1.8}});
      return;
  }
  Attributes attributes = {{"d", path.d()}};
  attributes.insert(attributes.end(), rim.begin(), rim.end());
  svg.element("path", attributes);
}

std::string swatch(const SeriesStyle& style, bool line) {
  Svg svg(34, 14, "");
  if (line) {
    Attributes stroke = {{"stroke", style.colour}, {"stroke-width", 2.4}};
    if (!style.dash.empty()) stroke.emplace_back("stroke-dasharray", style.dash);
    svg.line(1, 7, 33, 7, stroke);
  }
  draw_marker(svg, style, 17, 7, 4.2);
  return svg.finish();
}

}  // namespace anser::report
