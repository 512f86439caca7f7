#include "experiments/runner/claim_folder.h"

#include "core/base/error.h"
#include "core/base/files.h"

namespace anser::runner {

namespace fs = std::filesystem;

fs::path claim_folder(const fs::path& runs, const Claim& claim) {
  return runs / claim.id / fmt::format("{}-{}", claim.preset, claim.hash.substr(0, 8));
}

void write_report(const fs::path& folder, const report::ClaimReport& data) {
  write_file(folder / "report.json", report::to_json(data).dump(1) + "\n");
  write_file(folder / "report.html", report::claim_page(data));
}

report::ClaimReport read_report(const fs::path& folder) {
  const fs::path path = folder / "report.json";
  return report::claim_report_from_json(read_json(path), path.string());
}

void mark_finished(const fs::path& folder) {
  write_file(folder / "finished", "");
}

fs::path newest_finished(const fs::path& runs, const std::string& claim_id) {
  fs::path newest;
  fs::file_time_type newest_time;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(runs / claim_id, absent)) {
    const fs::path stamp = entry.path() / "finished";
    if (!fs::exists(stamp)) continue;
    if (const auto time = fs::last_write_time(stamp); newest.empty() || time > newest_time) {
      newest = entry.path();
      newest_time = time;
    }
  }
  require(!newest.empty(), "anser claim", "no finished run of {} below {}; start one with anser claim run {}",
          claim_id, runs.string(), claim_id);
  return newest;
}

}  // namespace anser::runner
