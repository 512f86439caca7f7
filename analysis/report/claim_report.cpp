#include "analysis/report/claim_report.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace anser::report {

bool holds(const ClaimReport& report) {
  return !report.lines.empty() &&
         std::all_of(report.lines.begin(), report.lines.end(), [](const auto& line) { return line.holds; });
}

const LengthRow* find_length(const SeedRun& run, std::int64_t length) {
  for (const auto& row : run.lengths)
    if (row.length == length) return &row;
  return nullptr;
}

std::vector<double> last8_at(const ArchitectureReport& architecture, std::int64_t length) {
  std::vector<double> values;
  for (const auto& run : architecture.runs) {
    const LengthRow* row = find_length(run, length);
    values.push_back(row ? row->last8 : kNotMeasured);
  }
  return values;
}

std::int64_t count_reaching(const ArchitectureReport& architecture, std::int64_t length, double accuracy) {
  const auto values = last8_at(architecture, length);
  return std::count_if(values.begin(), values.end(), [&](double value) { return value >= accuracy; });
}

double floor_last8(const FloorCurve& floor, std::int64_t length) {
  if (length < 1 || length > static_cast<std::int64_t>(floor.by_position.size())) return kNotMeasured;
  const auto end = floor.by_position.begin() + length;
  const std::int64_t count = std::min<std::int64_t>(8, length);
  return std::accumulate(end - count, end, 0.0) / static_cast<double>(count);
}

Table verdict_table(const std::vector<VerdictLine>& lines) {
  Table table{.caption = "", .columns = {{"line"}, {"wanted"}, {"got"}, {"verdict"}}, .rows = {}};
  for (const auto& line : lines)
    table.rows.push_back({line.name, line.wanted, line.got, line.holds ? "holds" : "DOES NOT HOLD"});
  return table;
}

Json verdict_json(const std::vector<VerdictLine>& lines) {
  Json list = Json::array();
  for (const auto& line : lines) {
    Json row = {{"name", line.name}, {"wanted", line.wanted}, {"got", line.got}, {"holds", line.holds}};
    if (!line.detail.empty()) row["detail"] = line.detail;
    list.push_back(std::move(row));
  }
  return Json{{"lines", std::move(list)}};
}

}  // namespace anser::report
