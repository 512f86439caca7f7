#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "core/base/safetensors.h"
#include "tests/core/tiny_training.h"
#include "tests/support/catch.h"

namespace {

using namespace anser;
using namespace std::chrono_literals;

/// Starts train_once, which lies beside this program.
pid_t start(const std::filesystem::path& folder) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "train_once";
  const std::string argument = folder;
  const pid_t child = fork();
  if (child == 0) {
    execl(program.c_str(), program.c_str(), argument.c_str(), nullptr);
    _exit(127);
  }
  return child;
}

int finish(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

double seconds_of(const std::filesystem::path& folder) {
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(finish(start(folder)) == 0);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST_CASE("a run killed 20 times at random moments ends with the bits of one that was not",
          "[core][train][slow]") {
  const tests::TemporaryFolder whole("kill_whole"), killed("kill_killed");
  const double total = seconds_of(whole.path);
  const double start_up = seconds_of(whole.path);  // of a finished run: nothing but start-up
  const double training = std::max(total - start_up, 0.1);
  Rng moments(std::random_device{}());
  CAPTURE(moments.key(), total, start_up);
  const auto compare_and_clear = [&] {
    REQUIRE(tests::result_bits(killed.path) == tests::result_bits(whole.path));
    std::filesystem::remove_all(killed.path);
    std::filesystem::create_directories(killed.path);
  };
  for (int kills = 0; kills < 20;) {
    const pid_t child = start(killed.path);
    std::this_thread::sleep_for(1s * (0.8 * start_up + moments.uniform() * (0.2 * start_up + training / 12)));
    ::kill(child, SIGKILL);
    const int status = finish(child);
    CAPTURE(kills, status);
    REQUIRE((status == -1 || status == 0));
    if (status == -1) ++kills;
    const auto checkpoint = killed.path / "checkpoint.safetensors";
    if (std::filesystem::exists(checkpoint)) REQUIRE_NOTHROW(read_safetensors(checkpoint));
    if (std::filesystem::exists(killed.path / "done")) compare_and_clear();
  }
  REQUIRE(finish(start(killed.path)) == 0);
  compare_and_clear();
}

}  // namespace
