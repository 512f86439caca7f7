// The program `anser`: every verb.

#include "experiments/cli/commands.h"
#include "experiments/cli/program.h"

namespace {

void add_commands(CLI::App& app, int& exit_code) {
  using namespace anser::cli;
  add_claim_command(app, exit_code);
  add_tasks_command(app, exit_code);
  add_language_command(app, exit_code);
  add_bench_command(app, exit_code);
  add_train_command(app, exit_code);
  add_eval_command(app, exit_code);
  add_compile_command(app, exit_code);
  add_prove_command(app, exit_code);
  add_report_command(app, exit_code);
  add_doctor_command(app, exit_code);
  add_completion_command(app, exit_code);
}

}  // namespace

int main(int argc, char** argv) {
  return anser::cli::run_program(argc, argv, add_commands);
}
