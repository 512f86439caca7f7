#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "analysis/report/claim_report.h"
#include "analysis/report/numbers.h"
#include "analysis/report/plot.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "tests/analysis/synthetic_report.h"
#include "tests/support/catch.h"

using namespace anser;
using namespace anser::report;

namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();

/// What is wrong with the nesting of tags, quotes and bare '&' in a document; "" where nothing is.
std::string find_imbalance(const std::string& text) {
  std::vector<std::string> open;
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos;) {
    const std::size_t end = text.find('>', at);
    if (end == std::string::npos) return "unfinished tag";
    const std::string tag = text.substr(at + 1, end - at - 1);
    at = end;
    if (tag.empty() || tag.find('<') != std::string::npos) return "stray <";
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0) return "odd quotes in " + tag;
    if (tag[0] == '!' || tag.back() == '/') continue;
    const std::string name = tag.substr(tag[0] == '/', tag.find_first_of(" \n") - (tag[0] == '/'));
    if (tag[0] != '/') {
      open.push_back(name);
    } else {
      if (open.empty() || open.back() != name) return "unexpected </" + name + ">";
      open.pop_back();
    }
  }
  return open.empty() ? "" : "open: " + open.back();
}

/// Compares with tests/golden/<name>; ANSER_UPDATE_GOLDEN=1 writes it instead.
void check_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path path = std::filesystem::path("tests/golden") / name;
  if (std::getenv("ANSER_UPDATE_GOLDEN")) {
    write_file(path, text);
    return;
  }
  INFO("ANSER_UPDATE_GOLDEN=1 build/.../bin/test_report rewrites " << path);
  REQUIRE(std::filesystem::exists(path));
  const bool same = read_file(path) == text;
  CHECK(same);
}

LinePlot small_plot() {
  LinePlot plot;
  plot.title = "A < B & \"C\"";
  plot.y_label = "%";
  plot.x_label = "length";
  plot.x_scale = Scale::log2;
  plot.label_ends = true;
  plot.series = {{"one", series_style(0), {8, 16, 32}, {1, 1, 0.99}, {0.9, 0.9, 0.9}, {1, 1, 1}, {}},
                 {"two", series_style(1), {8, 16, 32}, {1, kNaN, 0.01}, {}, {}, {{1, 0.5, 0.02}}}};
  plot.horizontal = {{"chance 1/120", 1.0 / 120}};
  plot.vertical = {{"trained \u2264 16", 16}};
  return plot;
}

}  // namespace

TEST_CASE("rounding never turns almost into all or nothing", "[analysis][quick]") {
  CHECK(print_percent(1) == "100 %");
  CHECK(print_percent(0.9996) == "99.96 %");
  CHECK(print_percent(0.99999) == "99.999 %");
  CHECK(print_percent(0.0001) == "0.01 %");
  CHECK(print_percent(0) == "0 %");
  CHECK(print_percent(0.95, 0) == "95 %");
  CHECK(print_percent(kNaN) == kNoValue);
  CHECK(print_count(100000) == "100,000");
  CHECK(print_count(-1234567) == "-1,234,567");
  CHECK(print_count(999) == "999");
  CHECK(print_number(-0.001) == "0");
  CHECK(print_number(12.5) == "12.5");
  CHECK(print_value(0.01234) == "0.0123");
  CHECK(print_value(65.2) == "65.2");
  CHECK(std::isnan(median({kNaN})));
  CHECK(median({3, kNaN, 1, 2}) == 2);
}

TEST_CASE("text and attributes are escaped and control characters dropped", "[analysis][quick]") {
  CHECK(escape("<a href=\"x\">&'\x01") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  Svg svg(10, 10, "a \"b\" <c>");
  svg.text(1, 2, "<script>", 12);
  const std::string out = svg.finish();
  CHECK(out.find("<script>") == std::string::npos);
  CHECK(find_imbalance(out).empty());
}

TEST_CASE("ticks are round, inside the range, and not too many", "[analysis][quick]") {
  CHECK(Axis(Scale::log2, 8, 512, 0, 1).ticks(7) == std::vector<double>{8, 16, 32, 64, 128, 256, 512});
  CHECK(Axis(Scale::log2, 8, 4096, 0, 1).ticks(6).size() <= 6);
  for (const double high : {0.3, 1.0, 7.0, 32.0, 128.0, 1e6}) {
    const auto ticks = Axis(Scale::linear, 0, high, 0, 1).ticks(6);
    CAPTURE(high);
    CHECK(ticks.size() >= 2);
    CHECK(ticks.size() <= 6);
    CHECK(ticks.back() <= high * (1 + 1e-9));
  }
}

TEST_CASE("labels that want the same place end up a gap apart and inside", "[analysis][quick]") {
  const std::vector<double> wanted = {100, 100, 99, 5, 100};
  auto placed = spread_labels(wanted, 10, 0, 100);
  CHECK(placed[3] == 5);
  std::sort(placed.begin(), placed.end());
  for (std::size_t i = 1; i < placed.size(); ++i) CHECK(placed[i] - placed[i - 1] >= 10 - 1e-9);
  CHECK(placed.back() <= 100);
}

TEST_CASE("plots without values or with NaN are drawn, well-formed and free of nan", "[analysis][quick]") {
  LinePlot nan_plot = small_plot();
  for (auto& series : nan_plot.series) series.y.assign(3, kNaN), series.thin.clear();
  nan_plot.horizontal[0].value = kNaN;
  const std::vector<std::string> pictures = {
      draw(LinePlot{}),
      draw(nan_plot),
      draw(small_plot()),
      draw(StripPlot{}),
      draw(MatrixPlot{}),
      draw(SpectrumPlot{}),
      draw(StripPlot{"t", "x", "v", {{"a", "0 of 2", series_style(0), {kNaN, 0.5}}}, {{"95 %", 0.95}}}),
      draw(MatrixPlot{"t", "x", {"8"}, {"a", "b"}, {{kNaN}}}),
      draw(SpectrumPlot{"t", "", {{"e", false, {kNaN, -1.4}}}})};
  for (const auto& picture : pictures) {
    CAPTURE(picture);
    CHECK(find_imbalance(picture).empty());
    CHECK(picture.find("nan") == std::string::npos);
    CHECK(picture.find("inf") == std::string::npos);
  }
}

TEST_CASE("the page of a report is well-formed, also of an empty one", "[analysis][quick]") {
  for (const auto& report : {synthetic_report(), small_report(), ClaimReport{}}) {
    const std::string page = claim_page(report);
    CHECK(find_imbalance(page) == "");
    CHECK(page.find(">nan") == std::string::npos);
    CHECK(page.find("<script") == std::string::npos);
    CHECK(page.find("src=") == std::string::npos);
  }
}

TEST_CASE("the page says in words that a claim with a false line does not hold", "[analysis][quick]") {
  ClaimReport report = synthetic_report();
  CHECK_FALSE(holds(report));
  CHECK(claim_page(report).find("The claim does not hold: 1 of 11 lines are false") != std::string::npos);
  for (auto& line : report.lines) line.holds = true;
  CHECK(holds(report));
  CHECK(claim_page(report).find("The claim holds: 11 of 11 lines") != std::string::npos);
  CHECK_FALSE(holds(ClaimReport{}));
}

TEST_CASE("a report survives JSON and gives the same page", "[analysis][quick]") {
  ClaimReport report = synthetic_report();
  report.architectures[0].runs[1].final_loss = kNaN;
  const std::string text = to_json(report).dump();
  const ClaimReport back = claim_report_from_json(parse_json(text, "report.json"), "report.json");
  CHECK(to_json(back).dump() == text);
  const bool same_page = claim_page(back) == claim_page(report);
  CHECK(same_page);
}

TEST_CASE("a report.json with a wrong key, type or hole names the place", "[analysis][quick]") {
  Json json = to_json(small_report());
  const auto message = [](const Json& broken) -> std::string {
    try {
      (void)claim_report_from_json(broken, "report.json");
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  Json wrong = json;
  wrong["architectures"][1]["runs"][0]["seed"] = "one";
  CHECK(message(wrong) == "report.json.architectures[1].runs[0].seed: wanted an integer, got string");
  Json missing = json;
  missing.erase("floors");
  CHECK(message(missing) == "report.json: the key \"floors\" is missing");
  Json extra = json;
  extra["more"] = 1;
  CHECK(message(extra) == "report.json: unknown key \"more\"");
  CHECK(message(Json::array()) == "report.json: wanted an object, got array");
}

TEST_CASE("success counts every seed, and a missing length is no success", "[analysis][quick]") {
  ArchitectureReport architecture;
  for (const double value : {0.95, 0.9499, 1.0}) {
    SeedRun run;
    run.lengths.push_back({.length = 128, .strings = 1000, .last8 = value, .by_position = {}});
    architecture.runs.push_back(run);
  }
  architecture.runs.push_back({});
  CHECK(count_reaching(architecture, 128, 0.95) == 2);
  CHECK(count_reaching(architecture, 64, 0.0) == 0);
  CHECK(floor_last8({"f", std::vector<double>(16, 0.25)}, 16) == 0.25);
  CHECK(std::isnan(floor_last8({"f", {1}}, 2)));
}

TEST_CASE("tables line up by shown characters", "[analysis][quick]") {
  const Table table{"", {{"name"}, {"n", Align::right}}, {{"\u2713 a", "1"}, {"bc|d"}}};
  CHECK(print_table(table) == "name  n\n----  -\n\u2713 a   1\nbc|d\n");
  CHECK(print_markdown(table) == "| name | n |\n|---|---:|\n| \u2713 a | 1 |\n| bc\\|d |  |\n");
  CHECK_THROWS_AS(print_table({"", {{"a"}}, {{"1", "2"}}}), InputError);
}

TEST_CASE("a small plot and a small report look as they did", "[analysis][quick]") {
  check_golden("report_line_plot.svg", draw(small_plot()));
  check_golden("report_small.html", claim_page(small_report()));
}
