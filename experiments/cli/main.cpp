// The program `anser`: parse, call the library, print. Exit codes: 0 done, 1 verdict false, 2 user error, 70
// our bug.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/base/version.h"
#include "experiments/cli/commands.h"

namespace anser::cli {
namespace {

/// CLI11 says "The following argument was not expected: X"; a user wants the nearest verb or option instead.
std::string explain(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  std::vector<std::string> verbs;
  for (const CLI::App* sub : app.get_subcommands({})) verbs.push_back(sub->get_name());
  if (argc > 1 && argv[1][0] != '-' && std::find(verbs.begin(), verbs.end(), argv[1]) == verbs.end())
    return fmt::format("anser: unknown verb \"{}\"{}", argv[1], suggest(argv[1], verbs));
  const CLI::App* chosen = &app;
  while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().front();
  const std::string name = chosen == &app ? "anser" : "anser " + chosen->get_name();
  return fmt::format("{}: {} (see {} --help)", name, error.what(), name);
}

int run(int argc, char** argv) {
  CLI::App app{
      "anser: what sequence models can and cannot compute.\n"
      "Exact languages, WKV-7 kernels, constructions compiled into RWKV-7 weights, and proofs about them.",
      "anser"};
  app.set_version_flag("--version", build_info().version + " (" + build_info().commit + ")");
  app.require_subcommand(1);
  app.footer(
      "Example: anser claim run s5_state_tracking\nExit status: 0 done, 1 verdict false, 2 user error.");
  int exit_code = kExitDone;
  add_claim_command(app, exit_code);
  add_tasks_command(app, exit_code);
  add_train_command(app, exit_code);
  add_eval_command(app, exit_code);
  add_compile_command(app, exit_code);
  add_prove_command(app, exit_code);
  add_report_command(app, exit_code);
  add_doctor_command(app, exit_code);
  add_completion_command(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "{}\n", explain(app, error, argc, argv));
    return kExitUserError;
  }
  return exit_code;
}

}  // namespace
}  // namespace anser::cli

int main(int argc, char** argv) {
  anser::cli::set_command_line(argc, argv);
  try {
    const int exit_code = anser::cli::run(argc, argv);
    if (std::fflush(stdout) != 0) {
      fmt::print(stderr, "anser: cannot write to standard output\n");
      return anser::kExitUserError;
    }
    return exit_code;
  } catch (const anser::InputError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return anser::kExitUserError;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "anser: out of memory; smaller sizes or a larger machine are wanted\n");
    return anser::kExitUserError;
  } catch (const std::exception& error) {
    fmt::print(stderr, "anser: internal error, please report it: {}\n", error.what());
    return anser::kExitBug;
  }
}
