#include "experiments/bench/probes.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "kernels/cpu/probe.h"

namespace anser::bench {
namespace {

constexpr std::int64_t kStateBytes = 16 << 10;
constexpr std::int64_t kPieceBytes = 8 << 20;
constexpr std::int64_t kRounds = 4000;  // of a state, and 80 multiply-adds each of 20 times as many

}  // namespace

std::int64_t largest_cache() {
  for (const int level : {_SC_LEVEL4_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE, _SC_LEVEL2_CACHE_SIZE})
    if (const long bytes = sysconf(level); bytes > 0) return bytes;
  return 32 << 20;
}

Probes::Probes(Workers& workers)
    : workers_(workers),
      states_(workers.count(), std::vector<Line>(kStateBytes / sizeof(Line))),
      memory_(std::clamp<std::int64_t>(4 * largest_cache(), 64 << 20, 512 << 20) / kPieceBytes * kPieceBytes /
              sizeof(Line)) {}

/// One probe on every thread.
struct Probes::Run {
  Probes& probes;
  Roof roof;
  std::atomic<std::int64_t> amount = 0;  // operations or bytes done

  static void task(void* self, int thread) {
    auto& run = *static_cast<Run*>(self);
    run.amount += run.on_thread(thread);
  }
  std::int64_t on_thread(int thread) const {
    float sink = 0;
    if (roof == Roof::multiply_add) return kernels::cpu::probe_multiply_add(20 * kRounds, &sink);
    if (roof == Roof::l1) {
      float* state = probes.states_[static_cast<std::size_t>(thread)].front().numbers;
      kernels::cpu::probe_update(state, kStateBytes / 4, kRounds);
      return 2 * kStateBytes * kRounds;
    }
    const std::int64_t part = kPieceBytes / 4 / probes.workers_.count() / 128 * 128;
    const Line* piece = probes.memory_.data() + probes.next_piece_ * (kPieceBytes / sizeof(Line));
    kernels::cpu::probe_read(piece->numbers + thread * part, part, &sink);
    return 4 * part;
  }
};

double Probes::rate(Roof roof) {
  Run run{*this, roof};
  if (roof == Roof::memory) next_piece_ = (next_piece_ + 1) % (memory_.size() * sizeof(Line) / kPieceBytes);
  const auto start = std::chrono::steady_clock::now();
  const kernels::Executor executor = workers_.executor();
  executor(workers_.count(), &Run::task, &run);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return static_cast<double>(run.amount) / spent.count();
}

}  // namespace anser::bench
