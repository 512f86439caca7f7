// Writes the synthetic report for looking at it: render_report FILE.html
#include <cstdio>

#include "core/base/files.h"
#include "tests/analysis/synthetic_report.h"

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: render_report FILE.html\n");
    return 2;
  }
  anser::write_file(arguments[1], anser::report::claim_page(anser::report::synthetic_report()));
}
