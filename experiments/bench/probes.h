// The machine's own rates, on as many threads as the kernels get.
#pragma once

#include <cstdint>
#include <vector>

#include "experiments/bench/workers.h"

namespace anser::bench {

/// What bounds a kernel.
enum class Roof : std::uint8_t { multiply_add, l1, memory };
inline constexpr Roof kRoofs[] = {Roof::multiply_add, Roof::l1, Roof::memory};

/// Bytes of the largest cache of this machine; 32 MiB where the system does not say.
std::int64_t largest_cache();

/// Each thread has a buffer of a state of N = 64 (16 KiB, L1). The memory probe goes round a buffer of four
/// times the largest cache (64 to 512 MiB), a piece of 8 MiB a sample.
class Probes {
 public:
  explicit Probes(Workers& workers);

  /// Runs a probe for some milliseconds: floating-point operations, or bytes, per second of all threads.
  double rate(Roof roof);

 private:
  struct alignas(64) Line {
    float numbers[16];
  };
  struct Run;

  Workers& workers_;
  std::vector<std::vector<Line>> states_;  // of each thread
  std::vector<Line> memory_;
  std::size_t next_piece_ = 0;
};

}  // namespace anser::bench
