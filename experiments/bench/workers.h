// Threads that wait for work: an executor for kernels without LibTorch.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "kernels/status.h"

namespace anser::bench {

/// `count` - 1 threads beside the calling one. One run at a time. Whoever waits looks for work for kSpin
/// before it sleeps: a virtual machine takes as long to wake a core as a small call takes.
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
    int n = 0;
  };
  static void run(void* self, int n, void (*task)(void*, int), void* arg);
  static constexpr std::chrono::microseconds kSpin{200};

  template <class Done>
  static void spin_until(const Done& done);
  void work_off(std::unique_lock<std::mutex>& lock);
  void wait_for_jobs();

  std::mutex mutex_;
  std::condition_variable begin_, end_;
  Job job_;
  bool stop_ = false;
  std::atomic<int> waiting_ = 0, unfinished_ = 0;  // tasks of the job: not begun, not ended
  std::vector<std::thread> threads_;
};

}  // namespace anser::bench
