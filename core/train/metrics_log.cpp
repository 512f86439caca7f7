#include "core/train/metrics_log.h"

#include <iterator>
#include <vector>

#include "core/base/error.h"
#include "core/base/files.h"

namespace anser::train {
namespace {

Json to_json(const MetricsRow& row) {
  return {{"step", row.step},
          {"tokens", row.tokens},
          {"loss", row.loss},
          {"lr", row.lr},
          {"grad_norm", row.gradient_norm}};
}

void write_events(TensorBoardWriter& events, const Json& row) {
  const auto step = row.at("step").get<std::int64_t>();
  for (const char* key : {"loss", "lr", "grad_norm"})
    if (row.at(key).is_number()) events.scalar(std::string("train/") + key, step, row.at(key).get<float>());
}

/// The first `count` lines.
std::vector<Json> read_rows(const std::filesystem::path& path, std::int64_t count) {
  std::vector<Json> rows;
  if (count == 0) return rows;
  const std::string text = read_file(path);
  for (std::size_t begin = 0, end; std::ssize(rows) < count; begin = end + 1) {
    end = text.find('\n', begin);
    const std::string where = fmt::format("{} line {}", path.string(), rows.size() + 1);
    require(end != std::string::npos, where, "missing; the checkpoint beside it wants {} lines", count);
    Json row = parse_json(std::string_view(text).substr(begin, end - begin), where);
    for (const char* key : {"step", "loss", "lr", "grad_norm"})
      require(row.is_object() && row.contains(key), where, "the key \"{}\" is missing", key);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& folder, std::int64_t rows)
    : path_(folder / "metrics.jsonl"), events_(folder / "events.out.tfevents.anser") {
  for (const Json& row : read_rows(path_, rows)) {
    text_ += row.dump() + "\n";
    write_events(events_, row);
  }
  sync();
}

void MetricsLog::append(const MetricsRow& row) {
  const Json json = to_json(row);
  text_ += json.dump() + "\n";
  append_line(path_, json.dump());
  write_events(events_, json);
}

void MetricsLog::sync() const {
  write_file(path_, text_);
}

}  // namespace anser::train
