// What `anser tasks` writes: samples in their formats, and files of word problems.
#pragma once

#include <CLI/CLI.hpp>

namespace anser::cli {

void add_tasks_sample(CLI::App& verb);
void add_tasks_export(CLI::App& verb);
void add_tasks_import(CLI::App& verb);

}  // namespace anser::cli
