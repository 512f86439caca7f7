// What a launch of each kernel takes, for a checked call. On the host, in builds without CUDA too.
#pragma once

#include <cstddef>
#include <type_traits>

#include "kernels/cuda/adamw.h"
#include "kernels/recurrence.h"

namespace anser::kernels::cuda {

struct LaunchSize {
  std::int64_t blocks = 0;
  int threads = 0;                // of a block
  std::int64_t block_memory = 0;  // bytes
};

/// State numbers of `number_bytes` bytes each.
LaunchSize sequential_launch_size(const RecurrenceShape& shape, std::size_t number_bytes, bool backward);

/// K = V in {16, 32, 64, 128}.
LaunchSize chunk_launch_size(const RecurrenceShape& shape, bool backward);

/// The two launches of an optimiser step.
LaunchSize adamw_norm_size(const AdamWPlan& plan);
LaunchSize adamw_update_size(const AdamWPlan& plan);

/// f(std::integral_constant<int, P>) for the number P of lanes that share a head's rows: K / 8 or, where that
/// is no power of two, the next one.
template <typename F>
auto with_lanes(std::int64_t keys, F f) {
  if (keys <= 8) return f(std::integral_constant<int, 1>{});
  if (keys <= 16) return f(std::integral_constant<int, 2>{});
  if (keys <= 32) return f(std::integral_constant<int, 4>{});
  if (keys <= 64) return f(std::integral_constant<int, 8>{});
  return f(std::integral_constant<int, 16>{});
}

/// f(std::integral_constant<int, N>) for N = 16, 32, 64 or 128.
template <typename F>
auto with_chunk_size(std::int64_t keys, F f) {
  if (keys == 16) return f(std::integral_constant<int, 16>{});
  if (keys == 32) return f(std::integral_constant<int, 32>{});
  if (keys == 64) return f(std::integral_constant<int, 64>{});
  return f(std::integral_constant<int, 128>{});
}

}  // namespace anser::kernels::cuda
