#include "experiments/cli/interrupt.h"

#include <csignal>

namespace anser::cli {
namespace {

std::atomic<bool> flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may touch nothing else");

extern "C" void note_signal(int signal) {
  flag = true;
  std::signal(signal, SIG_DFL);
}

}  // namespace

const std::atomic<bool>& interrupted() {
  static const bool installed = [] {
    std::signal(SIGINT, note_signal);
    std::signal(SIGTERM, note_signal);
    return true;
  }();
  static_cast<void>(installed);
  return flag;
}

}  // namespace anser::cli
