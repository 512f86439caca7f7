#include "experiments/bench/workers.h"

namespace anser::bench {

Workers::Workers(int count) {
  for (int i = 1; i < count; ++i) threads_.emplace_back([this] { wait_for_jobs(); });
}

Workers::~Workers() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  begin_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

kernels::Executor Workers::executor() {
  if (threads_.empty()) return {};
  return {this, &Workers::run};
}

template <class Done>
void Workers::spin_until(const Done& done) {
  const auto end = std::chrono::steady_clock::now() + kSpin;
  while (!done() && std::chrono::steady_clock::now() < end)
    for (int i = 0; i < 20 && !done(); ++i) std::this_thread::yield();
}

void Workers::run(void* self, int n, void (*task)(void*, int), void* arg) {
  auto& workers = *static_cast<Workers*>(self);
  std::unique_lock lock(workers.mutex_);
  workers.job_ = {task, arg, n};
  workers.waiting_ = workers.unfinished_ = n;
  workers.begin_.notify_all();
  workers.work_off(lock);
  lock.unlock();
  spin_until([&] { return workers.unfinished_ == 0; });
  lock.lock();
  workers.end_.wait(lock, [&] { return workers.unfinished_ == 0; });
}

void Workers::work_off(std::unique_lock<std::mutex>& lock) {
  while (waiting_ > 0) {
    const Job job = job_;
    const int index = job.n - waiting_--;
    lock.unlock();
    job.task(job.arg, index);
    lock.lock();
    if (--unfinished_ == 0) end_.notify_one();
  }
}

void Workers::wait_for_jobs() {
  for (;;) {
    spin_until([&] { return waiting_ > 0; });
    std::unique_lock lock(mutex_);
    begin_.wait(lock, [&] { return stop_ || waiting_ > 0; });
    if (stop_) return;
    work_off(lock);
  }
}

}  // namespace anser::bench
