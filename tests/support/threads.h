// An Executor of n threads that take tasks as they come.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "kernels/status.h"

namespace anser::tests {

struct Threads {
  int count;
  kernels::Executor executor() { return {this, &Threads::run}; }
  static void run(void* self, int n, void (*task)(void*, int), void* arg) {
    std::atomic<int> next = 0;
    std::vector<std::thread> threads;
    for (int q = 0; q < static_cast<Threads*>(self)->count; ++q)
      threads.emplace_back([&] {
        for (int i = next++; i < n; i = next++) task(arg, i);
      });
    for (std::thread& thread : threads) thread.join();
  }
};

}  // namespace anser::tests
