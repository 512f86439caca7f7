// anser report FOLDER: builds report.html again from report.json.

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "analysis/report/table.h"
#include "core/base/error.h"
#include "experiments/cli/commands.h"
#include "experiments/runner/claim_folder.h"

namespace anser::cli {

void add_report_command(CLI::App& app, int&) {
  struct Options {
    std::string folder;
    bool json = false;
  };
  auto* verb = app.add_subcommand("report", "Build the page of a finished claim again from its report.json");
  auto o = std::make_shared<Options>();
  verb->add_option("folder", o->folder, "folder that holds report.json")->required();
  verb->add_flag("--json", o->json, "print the report's data");
  verb->footer("Example: anser report runs/s5_state_tracking/quick-1a2b3c4d");
  verb->callback([o] {
    const report::ClaimReport data = runner::read_report(o->folder);
    if (o->json) {
      fmt::print("{}\n", report::to_json(data).dump());
      return;
    }
    runner::write_report(o->folder, data);
    fmt::print("{}\n", (std::filesystem::path(o->folder) / "report.html").string());
  });
}

}  // namespace anser::cli
