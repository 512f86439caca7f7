// How series look: Okabe and Ito's colours (told apart by colour-blind readers), each with its own dash and
// marker (told apart in black and white).
#pragma once

#include <cstddef>
#include <string>

#include "analysis/report/svg.h"

namespace anser::report {

enum class Marker { none, circle, square, triangle, diamond, cross };

struct SeriesStyle {
  std::string colour;
  std::string dash;  // stroke-dasharray, empty: solid
  Marker marker = Marker::none;
};

/// Style of series `index`; repeats after 6.
SeriesStyle series_style(std::size_t index);
/// Style of floor (reference curve) `index`: grey, dashed, without markers; repeats after 3.
SeriesStyle floor_style(std::size_t index);

inline constexpr const char* kInk = "#1a1a1a";
inline constexpr const char* kQuietInk = "#595959";
inline constexpr const char* kGrid = "#e3e3e3";
inline constexpr const char* kAxis = "#8a8a8a";
inline constexpr double kTitleSize = 15;
inline constexpr double kTextSize = 13.5;

/// Draws a marker of `radius` around (x, y); filled markers have a white rim.
void draw_marker(Svg& svg, const SeriesStyle& style, double x, double y, double radius);

/// A short sample of the line with its marker, 34 x 14 units: for keys in HTML. `line` false: marker alone.
std::string swatch(const SeriesStyle& style, bool line = true);

}  // namespace anser::report
