// The program `anser-light`: the verbs that need no LibTorch, which takes half a second to load. The wrapper
// `anser` chooses it for them; it is the whole program of a build without LibTorch.

#include "experiments/cli/commands.h"
#include "experiments/cli/program.h"

namespace {

void add_commands(CLI::App& app, int& exit_code) {
  anser::cli::add_tasks_command(app, exit_code);
  anser::cli::add_language_command(app, exit_code);
  anser::cli::add_bench_command(app, exit_code);
}

}  // namespace

int main(int argc, char** argv) {
  return anser::cli::run_program(argc, argv, add_commands);
}
