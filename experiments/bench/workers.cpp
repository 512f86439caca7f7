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

void Workers::run(void* self, int n, void (*task)(void*, int), void* arg) {
  auto& workers = *static_cast<Workers*>(self);
  std::unique_lock lock(workers.mutex_);
  workers.job_ = {task, arg, n, 0, n};
  workers.begin_.notify_all();
  workers.work_off(lock);
  workers.end_.wait(lock, [&] { return workers.job_.unfinished == 0; });
}

void Workers::work_off(std::unique_lock<std::mutex>& lock) {
  while (job_.next < job_.n) {
    const Job job = job_;
    const int index = job_.next++;
    lock.unlock();
    job.task(job.arg, index);
    lock.lock();
    if (--job_.unfinished == 0) end_.notify_one();
  }
}

void Workers::wait_for_jobs() {
  std::unique_lock lock(mutex_);
  for (;;) {
    begin_.wait(lock, [&] { return stop_ || job_.next < job_.n; });
    if (stop_) return;
    work_off(lock);
  }
}

}  // namespace anser::bench
