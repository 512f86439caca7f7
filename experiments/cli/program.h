// What the two programs share: parse, run the chosen verb, turn errors into one sentence and an exit status.
#pragma once

#include <CLI/CLI.hpp>

namespace anser::cli {

/// Runs a program whose verbs `add_commands` adds. Exit status: 0 done, 1 verdict false, 2 user error, 70 our
/// bug.
int run_program(int argc, char** argv, void (*add_commands)(CLI::App& app, int& exit_code));

}  // namespace anser::cli
