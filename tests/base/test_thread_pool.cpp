#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/thread_pool.h"
#include "tests/support/catch.h"

using namespace anser;

TEST_CASE("every job runs exactly once, however many threads there are", "[base][quick]") {
  const auto [n, threads] = GENERATE(table<int, int>({{0, 4}, {1, 4}, {100, 1}, {100, 8}, {3, 100}, {5, 0}}));
  std::vector<std::atomic<int>> runs(static_cast<std::size_t>(n));
  run_side_by_side(n, threads, [&](int i) { ++runs[static_cast<std::size_t>(i)]; });
  for (const auto& count : runs) REQUIRE(count == 1);
}

TEST_CASE("no more jobs run at a time than threads were asked for", "[base][quick]") {
  std::atomic<int> running{0}, most{0};
  run_side_by_side(40, 3, [&](int) {
    const int now = ++running;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --running;
  });
  REQUIRE(most <= 3);
}

TEST_CASE("a failing job stops further starts and its error is thrown again", "[base][quick]") {
  std::atomic<int> started{0};
  REQUIRE_THROWS_AS(run_side_by_side(1000, 2,
                                     [&](int i) {
                                       ++started;
                                       if (i == 3) fail("job", "number {} failed", i);
                                       std::this_thread::sleep_for(std::chrono::microseconds(200));
                                     }),
                    InputError);
  REQUIRE(started < 1000);
  REQUIRE(available_cores() >= 1);
}

TEST_CASE("durations are printed for people", "[base][quick]") {
  REQUIRE(print_duration(12.4) == "12 s");
  REQUIRE(print_duration(59.6) == "1 min 00 s");
  REQUIRE(print_duration(200) == "3 min 20 s");
  REQUIRE(print_duration(3720) == "1 h 02 min");
  REQUIRE(print_duration(-5) == "0 s");
}
