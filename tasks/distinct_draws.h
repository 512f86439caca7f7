// Distinct numbers in random order: each ordered choice is equally likely.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/error.h"
#include "core/base/rng.h"

namespace anser::tasks {

/// Fills `out` with different numbers of first..first+count-1. Draws again what is taken: O(n^2) for up to 16
/// numbers, else O(n + count / 64) expected where they are at most half of all; beyond, a shuffle of all.
inline void draw_distinct(Rng& rng, std::int32_t first, std::int32_t count, std::span<std::int32_t> out) {
  ANSER_ASSERT(count >= 0 && out.size() <= static_cast<std::size_t>(count));
  if (out.size() > 16 && 2 * out.size() > static_cast<std::size_t>(count)) {
    std::vector<std::int32_t> all(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = first + static_cast<std::int32_t>(i);
    for (std::size_t i = 0; i < out.size(); ++i) {
      std::swap(all[i], all[i + rng.below(static_cast<std::uint32_t>(all.size() - i))]);
      out[i] = all[i];
    }
    return;
  }
  std::vector<bool> taken(out.size() > 16 ? static_cast<std::size_t>(count) : 0);
  for (std::size_t i = 0; i < out.size();) {
    const auto offset = static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(count)));
    const bool repeated = taken.empty()
                              ? std::find(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(i),
                                          first + offset) != out.begin() + static_cast<std::ptrdiff_t>(i)
                              : taken[static_cast<std::size_t>(offset)];
    if (repeated) continue;
    if (!taken.empty()) taken[static_cast<std::size_t>(offset)] = true;
    out[i++] = first + offset;
  }
}

}  // namespace anser::tasks
