#include "experiments/cli/commands.h"

namespace anser::cli {
namespace {

std::string& stored() {
  static std::string text;
  return text;
}

/// Quoted as a shell would need it.
std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_of(" []*?'\"$&|;<>()\\") == std::string::npos;
  return plain ? word : "'" + word + "'";
}

}  // namespace

const std::string& command_line() {
  return stored();
}

void set_command_line(int argc, char** argv) {
  stored() = "./anser";
  for (int i = 1; i < argc; ++i) stored() += " " + quoted(argv[i]);
}

}  // namespace anser::cli
