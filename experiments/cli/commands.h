// The verbs of the program. Each lives in cmd_<verb>.cpp: parse, call the library, print. A command adds
// itself to the app and, when chosen, leaves its exit status in `exit_code`; InputError passes through to
// main (exit 2). JSON goes to stdout alone; progress and messages go to stderr.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace anser::cli {

void add_claim_command(CLI::App& app, int& exit_code);
void add_tasks_command(CLI::App& app, int& exit_code);
void add_language_command(CLI::App& app, int& exit_code);
void add_bench_command(CLI::App& app, int& exit_code);
void add_train_command(CLI::App& app, int& exit_code);
void add_eval_command(CLI::App& app, int& exit_code);
void add_compile_command(CLI::App& app, int& exit_code);
void add_prove_command(CLI::App& app, int& exit_code);
void add_report_command(CLI::App& app, int& exit_code);
void add_doctor_command(CLI::App& app, int& exit_code);
void add_completion_command(CLI::App& app, int& exit_code);

/// The command line as the user typed it, for manifests and reports.
const std::string& command_line();
void set_command_line(int argc, char** argv);

}  // namespace anser::cli
