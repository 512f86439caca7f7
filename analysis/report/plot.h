// Plots as inline SVG: 480 units wide, so that text stays readable in a 370-pixel column and two fit side by
// side on a wide page. No text lies inside the data area except numbers in the cells of a matrix; labels are
// moved apart, thinned out or cut, never drawn over each other. Values that are not finite leave a gap; a
// plot without any value says "no data".
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "analysis/report/axis.h"
#include "analysis/report/plot_style.h"

namespace anser::report {

inline constexpr double kPlotWidth = 480;

/// One curve: thin lines (one a seed), a band, and a thick line with markers, all over the same x.
struct Series {
  std::string label;
  SeriesStyle style;
  std::vector<double> x;
  std::vector<double> y;                  // thick line; may be empty
  std::vector<double> low, high;          // band around it; may be empty
  std::vector<std::vector<double>> thin;  // each of the length of x; may be empty
};

/// A dashed line across the data area. Its label stands outside, on the right or above.
struct Reference {
  std::string label;
  double value = 0;
};

struct LinePlot {
  std::string title;
  std::string note;  // beside the title's line, quiet; may be empty
  std::string x_label;
  std::string y_label;
  Scale x_scale = Scale::linear;
  double y_low = 0;
  double y_high = 1;
  bool y_percent = true;
  std::vector<Series> series;
  std::vector<Reference> horizontal;
  std::vector<Reference> vertical;
  bool label_ends =
      false;  // series labels at the right ends of their lines; otherwise the figure's key has them
  double height = 300;
};
std::string draw(const LinePlot& plot);

/// One row per category; each value (a seed) a dot; overlapping dots move apart. `verdict` stands on the
/// right.
struct StripRow {
  std::string label;
  std::string verdict;  // "5 of 5"
  SeriesStyle style;
  std::vector<double> values;
};
struct StripPlot {
  std::string title;
  std::string x_label;
  std::string verdict_title;  // above the verdicts
  std::vector<StripRow> rows;
  std::vector<Reference> thresholds;
  double low = 0;
  double high = 1;
};
std::string draw(const StripPlot& plot);

/// A table of numbers in [0, 1] as shaded cells with the number in each: white 0, blue 1.
struct MatrixPlot {
  std::string title;
  std::string x_label;
  std::vector<std::string> columns;
  std::vector<std::string> rows;
  std::vector<std::vector<double>> values;  // [row][column]; missing or NaN: an en dash
};
std::string draw(const MatrixPlot& plot);

/// Eigenvalues on the real line, one row per letter; [-1, 1] is shaded. The axis grows when values lie
/// outside.
struct SpectrumRow {
  std::string label;
  bool negative = false;  // wanted determinant < 0: another marker
  std::vector<double> eigenvalues;
};
struct SpectrumPlot {
  std::string title;
  std::string note;
  std::vector<SpectrumRow> rows;
};
std::string draw(const SpectrumPlot& plot);

}  // namespace anser::report
