#include "analysis/report/claim_report_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "analysis/report/numbers.h"
#include "analysis/report/plot.h"

namespace anser::report {
namespace {

using Measure = std::function<double(const LengthRow&)>;

struct Summary {
  double middle = kNotMeasured, low = kNotMeasured, high = kNotMeasured;
};

Summary summarise(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {median(values), *low, *high};
}

const std::string& short_label(const ArchitectureReport& architecture) {
  return architecture.label.empty() ? architecture.title : architecture.label;
}

/// All evaluated lengths of these runs, ascending.
std::vector<std::int64_t> lengths_of(const ArchitectureReport& architecture) {
  std::set<std::int64_t> lengths;
  for (const auto& run : architecture.runs)
    for (const auto& row : run.lengths) lengths.insert(row.length);
  return {lengths.begin(), lengths.end()};
}

/// Thin lines of the seeds, their median and their range, over length.
Series over_length(const ArchitectureReport& architecture, std::size_t index, const Measure& measure,
                   bool seeds) {
  Series series{.label = short_label(architecture),
                .style = series_style(index),
                .x = {},
                .y = {},
                .low = {},
                .high = {},
                .thin = {}};
  if (seeds) series.thin.resize(architecture.runs.size());
  for (const std::int64_t length : lengths_of(architecture)) {
    std::vector<double> values;
    for (const auto& run : architecture.runs) {
      const LengthRow* row = find_length(run, length);
      values.push_back(row ? measure(*row) : kNotMeasured);
    }
    const Summary summary = summarise(values);
    series.x.push_back(static_cast<double>(length));
    series.y.push_back(summary.middle);
    for (std::size_t s = 0; s < series.thin.size(); ++s) series.thin[s].push_back(values[s]);
    if (seeds) continue;
    series.low.push_back(summary.low);
    series.high.push_back(summary.high);
  }
  return series;
}

/// Median over seeds and range, over positions 1..length.
Series over_position(const ArchitectureReport& architecture, std::size_t index, std::int64_t length) {
  Series series{.label = short_label(architecture),
                .style = series_style(index),
                .x = {},
                .y = {},
                .low = {},
                .high = {},
                .thin = {}};
  for (std::int64_t t = 0; t < length; ++t) {
    std::vector<double> values;
    for (const auto& run : architecture.runs) {
      const LengthRow* row = find_length(run, length);
      if (row && t < static_cast<std::int64_t>(row->by_position.size()))
        values.push_back(row->by_position[static_cast<std::size_t>(t)]);
    }
    const Summary summary = summarise(values);
    series.x.push_back(static_cast<double>(t + 1));
    series.y.push_back(summary.middle);
    series.low.push_back(summary.low);
    series.high.push_back(summary.high);
  }
  series.style.marker = Marker::none;
  return series;
}

std::vector<Series> floors_over_length(const ClaimReport& report, const std::vector<std::int64_t>& lengths) {
  std::vector<Series> all;
  for (std::size_t i = 0; i < report.floors.size(); ++i) {
    Series series{.label = "", .style = floor_style(i), .x = {}, .y = {}, .low = {}, .high = {}, .thin = {}};
    for (const std::int64_t length : lengths) {
      series.x.push_back(static_cast<double>(length));
      series.y.push_back(floor_last8(report.floors[i], length));
    }
    all.push_back(std::move(series));
  }
  return all;
}

std::vector<Series> floors_over_position(const ClaimReport& report, std::int64_t length) {
  std::vector<Series> all;
  for (std::size_t i = 0; i < report.floors.size(); ++i) {
    const auto& curve = report.floors[i].by_position;
    Series series{
        .label = "", .style = floor_style(i), .x = {}, .y = curve, .low = {}, .high = {}, .thin = {}};
    series.y.resize(std::min(curve.size(), static_cast<std::size_t>(std::max<std::int64_t>(0, length))));
    for (std::size_t t = 0; t < series.y.size(); ++t) series.x.push_back(static_cast<double>(t + 1));
    all.push_back(std::move(series));
  }
  return all;
}

std::vector<KeyEntry> key_of(const ClaimReport& report, bool architectures, bool markers) {
  std::vector<KeyEntry> key;
  for (std::size_t i = 0; i < report.architectures.size() && architectures; ++i) {
    if (report.architectures[i].control) continue;
    SeriesStyle style = series_style(i);
    if (!markers) style.marker = Marker::none;
    key.push_back({report.architectures[i].title, style});
  }
  for (std::size_t i = 0; i < report.floors.size(); ++i)
    key.push_back({"floor: " + report.floors[i].name, floor_style(i)});
  return key;
}

std::vector<Reference> length_marks(const ClaimReport& report) {
  return {{fmt::format("trained \u2264 {}", report.train_length), static_cast<double>(report.train_length)},
          {fmt::format("judged at {}", report.judged_length), static_cast<double>(report.judged_length)}};
}

std::vector<Reference> chance_line(const ClaimReport& report) {
  if (std::isnan(report.chance)) return {};
  return {{"chance " + report.chance_text, report.chance}};
}

std::string overview_panel(const ClaimReport& report, const char* title, const Measure& measure,
                           bool floors) {
  LinePlot plot;
  plot.title = title;
  plot.y_label = "accuracy, %";
  plot.x_label = "length of the string (log scale)";
  plot.x_scale = Scale::log2;
  plot.vertical = length_marks(report);
  plot.label_ends = true;
  plot.height = 330;
  std::vector<std::int64_t> lengths;
  for (std::size_t i = 0; i < report.architectures.size(); ++i) {
    if (report.architectures[i].control) continue;
    plot.series.push_back(over_length(report.architectures[i], i, measure, false));
    if (lengths.empty()) lengths = lengths_of(report.architectures[i]);
  }
  if (floors) {
    plot.horizontal = chance_line(report);
    auto curves = floors_over_length(report, lengths);
    plot.series.insert(plot.series.begin(), curves.begin(), curves.end());
  }
  return draw(plot);
}

void add_overview(Page& page, const ClaimReport& report) {
  Figure figure;
  figure.panels = {overview_panel(
                       report, "Last 8 positions", [](const LengthRow& row) { return row.last8; }, true),
                   overview_panel(
                       report, "Whole strings", [](const LengthRow& row) { return row.whole; }, false)};
  figure.key = key_of(report, true, true);
  figure.caption =
      "Accuracy on the sealed stream by length: median over seeds, with the range over seeds shaded. Left: "
      "mean of "
      "the last 8 positions, which the claim is judged on, with the best that a predictor of the newest "
      "tokens "
      "alone could reach (floors) and chance. Right: strings without a single error.";
  page.figure(figure);
}

void add_small_multiples(Page& page, const ClaimReport& report) {
  Figure figure;
  for (std::size_t i = 0; i < report.architectures.size(); ++i) {
    const auto& architecture = report.architectures[i];
    if (architecture.control) continue;
    LinePlot plot;
    plot.title = architecture.title;
    plot.y_label = "last 8 positions, %";
    plot.x_label = "length of the string (log scale)";
    plot.x_scale = Scale::log2;
    plot.vertical = length_marks(report);
    plot.horizontal = chance_line(report);
    const Series series = over_length(
        architecture, i, [](const LengthRow& row) { return row.last8; }, true);
    plot.series = floors_over_length(report, lengths_of(architecture));
    plot.series.push_back(series);
    figure.panels.push_back(draw(plot));
  }
  figure.key = key_of(report, false, true);
  figure.caption = "The same, one panel an architecture: every seed a thin line, their median thick.";
  page.figure(figure);
}

std::string seeds_reaching(const ArchitectureReport& architecture, const SuccessMark& mark) {
  return fmt::format("{} of {}", count_reaching(architecture, mark.length, mark.accuracy),
                     architecture.runs.size());
}

void add_success(Page& page, const ClaimReport& report) {
  StripPlot strip;
  strip.title = fmt::format("Every seed at length {}", report.judged_length);
  strip.x_label = "accuracy of the last 8 positions, %";
  strip.verdict_title = "reach it";
  strip.thresholds = {{print_percent(report.success_accuracy, 0), report.success_accuracy}};
  for (std::size_t i = 0; i < report.architectures.size(); ++i) {
    const auto& architecture = report.architectures[i];
    if (architecture.control) continue;
    strip.rows.push_back({short_label(architecture),
                          seeds_reaching(architecture, {report.success_accuracy, report.judged_length}),
                          series_style(i), last8_at(architecture, report.judged_length)});
  }
  Figure figure;
  figure.panels = {draw(strip)};
  figure.caption = fmt::format("Success over seeds: each mark is one training run, the dashed line is {}.",
                               print_percent(report.success_accuracy, 0));
  page.figure(figure);
}

void add_positions(Page& page, const ClaimReport& report) {
  Figure figure;
  for (const std::int64_t length : {report.train_length, report.judged_length}) {
    LinePlot plot;
    plot.title =
        fmt::format("Strings of length {} ({}\u00d7 training)", length,
                    print_number(static_cast<double>(length) /
                                 static_cast<double>(std::max<std::int64_t>(1, report.train_length))));
    plot.y_label = "accuracy, %";
    plot.x_label = "position in the string";
    plot.horizontal = chance_line(report);
    if (length > report.train_length)
      plot.vertical = {
          {fmt::format("trained \u2264 {}", report.train_length), static_cast<double>(report.train_length)}};
    plot.series = floors_over_position(report, length);
    for (std::size_t i = 0; i < report.architectures.size(); ++i)
      if (!report.architectures[i].control)
        plot.series.push_back(over_position(report.architectures[i], i, length));
    figure.panels.push_back(draw(plot));
  }
  figure.key = key_of(report, true, false);
  figure.caption =
      "Accuracy by position, median over seeds with the range over seeds shaded. Early positions are easy "
      "for "
      "anything that sees the newest tokens: only what stays above the floors tracks the state.";
  page.figure(figure);
}

void add_matrices(Page& page, const ClaimReport& report) {
  Figure figure;
  for (const auto& architecture : report.architectures) {
    if (architecture.control) continue;
    MatrixPlot plot;
    plot.title = architecture.title;
    plot.x_label = "length of the string";
    const auto lengths = lengths_of(architecture);
    for (const auto length : lengths) plot.columns.push_back(fmt::format("{}", length));
    for (const auto& run : architecture.runs) {
      plot.rows.push_back(fmt::format("seed {}", run.seed));
      plot.values.emplace_back();
      for (const auto length : lengths) {
        const LengthRow* row = find_length(run, length);
        plot.values.back().push_back(row ? row->last8 : kNotMeasured);
      }
    }
    figure.panels.push_back(draw(plot));
  }
  figure.caption =
      "Every run: accuracy of the last 8 positions in per cent (rounded down), by seed and length.";
  page.figure(figure);
}

std::string range_text(const Summary& summary) {
  if (std::isnan(summary.middle)) return kNoValue;
  if (summary.low == summary.high) return print_percent(summary.middle);
  return fmt::format("{} ({} to {})", print_percent(summary.middle), print_percent(summary.low, 1, false),
                     print_percent(summary.high, 1, false));
}

std::string longest_text(const ArchitectureReport& architecture) {
  std::vector<double> values;
  for (const auto& run : architecture.runs) values.push_back(static_cast<double>(run.longest_length));
  const Summary summary = summarise(values);
  if (std::isnan(summary.middle)) return kNoValue;
  const auto shown = [](double value) { return value == 0 ? std::string("none") : print_number(value, 1); };
  if (summary.low == summary.high) return shown(summary.middle);
  return fmt::format("{} ({} to {})", shown(summary.middle), shown(summary.low), shown(summary.high));
}

double whole_at(const SeedRun& run, std::int64_t length) {
  const LengthRow* row = find_length(run, length);
  return row ? row->whole : kNotMeasured;
}

/// Left: median over seeds; in brackets: range over seeds.
Table summary_table(const ClaimReport& report) {
  Table table;
  table.caption = "Medians over seeds; in brackets the range over seeds.";
  table.columns = {{"architecture"},
                   {"c", Align::right},
                   {"parameters", Align::right},
                   {fmt::format("seeds at {}", print_percent(report.success_accuracy, 0)), Align::right},
                   {fmt::format("last 8 at {}", report.train_length), Align::right},
                   {fmt::format("last 8 at {}", report.judged_length), Align::right},
                   {fmt::format("whole strings at {}", report.judged_length), Align::right},
                   {"longest at \u2265 99 %", Align::right}};
  for (const auto& architecture : report.architectures) {
    if (architecture.control) continue;
    std::vector<double> whole;
    for (const auto& run : architecture.runs) whole.push_back(whole_at(run, report.judged_length));
    table.rows.push_back({architecture.title, architecture.c.empty() ? kNoValue : architecture.c,
                          print_count(architecture.parameters),
                          seeds_reaching(architecture, {report.success_accuracy, report.judged_length}),
                          range_text(summarise(last8_at(architecture, report.train_length))),
                          range_text(summarise(last8_at(architecture, report.judged_length))),
                          range_text(summarise(whole)), longest_text(architecture)});
  }
  return table;
}

std::string rate_at(const SeedRun& run, std::int64_t length, const Measure& measure) {
  const LengthRow* row = find_length(run, length);
  return row ? print_rate(measure(*row), row->strings) : kNoValue;
}

Table run_table(const ClaimReport& report, bool control) {
  const Measure last8 = [](const LengthRow& row) { return row.last8; };
  const Measure whole = [](const LengthRow& row) { return row.whole; };
  Table table;
  table.caption =
      "Per cent, with Wilson's 95 % intervals over strings (a string counts as one trial, so intervals of "
      "the last 8 "
      "positions are on the wide side).";
  table.columns = {{control ? "control" : "architecture"},
                   {"seed", Align::right},
                   {fmt::format("last 8 at {}", report.train_length), Align::right},
                   {fmt::format("last 8 at {}", report.judged_length), Align::right},
                   {fmt::format("whole strings at {}", report.judged_length), Align::right},
                   {"longest at \u2265 99 %", Align::right},
                   {"tokens seen", Align::right},
                   {"final loss", Align::right},
                   {"seconds", Align::right}};
  for (const auto& architecture : report.architectures) {
    if (architecture.control != control) continue;
    for (const auto& run : architecture.runs)
      table.rows.push_back(
          {short_label(architecture), fmt::format("{}", run.seed), rate_at(run, report.train_length, last8),
           rate_at(run, report.judged_length, last8), rate_at(run, report.judged_length, whole),
           run.longest_length == 0 ? "none" : print_count(run.longest_length), print_count(run.tokens_seen),
           print_value(run.final_loss), print_value(run.seconds)});
  }
  return table;
}

Table model_table(const ClaimReport& report) {
  Table table;
  table.columns = {
      {"architecture"},       {"model"}, {"trained on"}, {"precision"}, {"learning rate", Align::right},
      {"seeds", Align::right}};
  for (const auto& architecture : report.architectures)
    table.rows.push_back({architecture.title, architecture.model, architecture.task, architecture.precision,
                          print_value(architecture.lr), fmt::format("{}", architecture.runs.size())});
  return table;
}

}  // namespace

SuccessMark success_mark(const ClaimReport& report, const ArchitectureReport& architecture) {
  return {std::isnan(architecture.wanted_accuracy) ? report.success_accuracy : architecture.wanted_accuracy,
          architecture.wanted_length == 0 ? report.judged_length : architecture.wanted_length};
}

std::string success_sentence(const ClaimReport& report, const ArchitectureReport& architecture) {
  const SuccessMark mark = success_mark(report, architecture);
  const auto n = static_cast<std::int64_t>(architecture.runs.size());
  const auto reached = count_reaching(architecture, mark.length, mark.accuracy);
  const Interval interval =
      n == 0 ? Interval{} : rate_interval(static_cast<double>(reached) / static_cast<double>(n), n);
  return fmt::format("{} of {} seeds (95 % interval {} to {}) reach {} on the last 8 positions at length {}",
                     reached, n, print_percent(interval.low, 0, false), print_percent(interval.high, 0),
                     print_percent(mark.accuracy, 0), mark.length);
}

void add_training(Page& page, const ClaimReport& report) {
  page.section("3. Training", "training");
  if (report.architectures.empty()) {
    page.paragraph("No model was trained.");
    return;
  }
  page.paragraph(
      fmt::format("Every architecture is trained from scratch on strings of at most {} tokens and evaluated "
                  "on a sealed stream "
                  "that no training step, learning rate or stopping rule has seen. Seeds are reported all "
                  "together; none is "
                  "chosen.",
                  report.train_length));
  page.table(summary_table(report));
  add_overview(page, report);
  add_success(page, report);
  page.heading("Seed by seed");
  add_small_multiples(page, report);
  page.heading("Position by position");
  add_positions(page, report);
  page.heading("All runs");
  add_matrices(page, report);
  page.table(run_table(report, false));
  const bool controls = std::any_of(report.architectures.begin(), report.architectures.end(),
                                    [](const auto& architecture) { return architecture.control; });
  if (controls) {
    page.heading("Control: does the baseline learn at all?");
    for (const auto& architecture : report.architectures)
      if (architecture.control)
        page.paragraph(fmt::format("{}: {}.", architecture.title, success_sentence(report, architecture)));
    page.table(run_table(report, true));
  }
  page.heading("Models");
  page.table(model_table(report));
}

}  // namespace anser::report
