#include "experiments/cli/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <system_error>

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/base/version.h"
#include "experiments/cli/commands.h"

namespace anser::cli {
namespace {

std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  return names;
}

/// CLI11 says "A subcommand is required"; a user wants the nearest verb, and to know whose option was
/// unexpected.
std::string explain(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  const CLI::App* verb = &app;
  std::string path = "anser";
  for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
    const std::vector<std::string> names = names_of(*verb);
    if (names.empty()) break;
    if (std::find(names.begin(), names.end(), argv[i]) == names.end())
      return fmt::format("{}: unknown verb \"{}\"{}", path, argv[i], suggest(argv[i], names));
    verb = verb->get_subcommand(argv[i]);
    path += " " + verb->get_name();
  }
  if (!names_of(*verb).empty())
    return fmt::format("{}: wanted one of {}", path, fmt::join(names_of(*verb), ", "));
  return fmt::format("{}: {} (see {} --help)", path, error.what(), path);
}

int run(int argc, char** argv, void (*add_commands)(CLI::App&, int&)) {
  CLI::App app{
      "anser: what sequence models can and cannot compute.\n"
      "Exact languages, WKV-7 kernels, constructions compiled into RWKV-7 weights, and proofs about them.",
      "anser"};
  app.set_version_flag("--version", build_info().version + " (" + build_info().commit + ")");
  app.require_subcommand(1);
  app.footer(
      "Example: anser claim run s5_state_tracking\nExit status: 0 done, 1 verdict false, 2 user error.");
  int exit_code = kExitDone;
  add_commands(app, exit_code);
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

int run_program(int argc, char** argv, void (*add_commands)(CLI::App&, int&)) {
  set_command_line(argc, argv);
  try {
    const int exit_code = run(argc, argv, add_commands);
    std::cout.flush();
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good()) return exit_code;
    fmt::print(stderr, "anser: cannot write to standard output\n");
    return kExitUserError;
  } catch (const InputError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kExitUserError;
  } catch (const std::system_error& error) {
    fmt::print(stderr, "anser: {}\n", error.what());
    return kExitUserError;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "anser: out of memory; smaller sizes or a larger machine are wanted\n");
    return kExitUserError;
  } catch (const std::exception& error) {
    fmt::print(stderr, "anser: internal error, please report it: {}\n", error.what());
    return kExitBug;
  }
}

}  // namespace anser::cli
