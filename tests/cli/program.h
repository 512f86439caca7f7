// Runs the built program as a user's shell would and keeps what it said.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/base/files.h"
#include "tests/support/scratch.h"

namespace anser::tests {

struct Answer {
  int status = -1;
  std::string out, err;
};

/// `arguments` as typed in a shell.
inline Answer run_anser(const std::string& arguments) {
  const Scratch scratch;
  const std::string command = std::string(ANSER_PROGRAM) + " " + arguments + " >" + (scratch / "out") +
                              " 2>" + (scratch / "err") + " </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(scratch / "out"),
          read_file(scratch / "err")};
}

/// Number of lines of a text.
inline int lines(const std::string& text) {
  int n = 0;
  for (const char c : text) n += c == '\n' ? 1 : 0;
  return n;
}

}  // namespace anser::tests
