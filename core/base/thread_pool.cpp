#include "core/base/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace anser {

int available_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void run_side_by_side(int n, int threads, const std::function<void(int)>& job) {
  std::atomic<int> next{0};
  std::exception_ptr first;
  std::mutex mutex;
  const auto work = [&] {
    for (int i = next++; i < n; i = next++) {
      try {
        job(i);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!first) first = std::current_exception();
        next = n;
      }
    }
  };
  {
    std::vector<std::jthread> pool;
    for (int t = 0; t < std::clamp(threads, 1, std::max(n, 1)); ++t) pool.emplace_back(work);
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace anser
