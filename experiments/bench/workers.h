// Threads that wait for work: an executor for kernels without LibTorch.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "kernels/status.h"

namespace anser::bench {

/// `count` - 1 threads beside the calling one. One run at a time.
class Workers {
 public:
  explicit Workers(int count);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int count() const { return static_cast<int>(threads_.size()) + 1; }
  /// Valid as long as this object; the default executor for one thread.
  kernels::Executor executor();

 private:
  struct Job {
    void (*task)(void*, int) = nullptr;
    void* arg = nullptr;
    int n = 0, next = 0, unfinished = 0;
  };
  static void run(void* self, int n, void (*task)(void*, int), void* arg);
  void work_off(std::unique_lock<std::mutex>& lock);
  void wait_for_jobs();

  std::mutex mutex_;
  std::condition_variable begin_, end_;
  Job job_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace anser::bench
