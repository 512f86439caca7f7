// The full product of a case table, on every core.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "core/base/progress.h"
#include "core/base/thread_pool.h"
#include "tests/support/wkv7_compare.h"

namespace anser::tests {

/// The misses that `misses_of` finds in each case of the table, with progress on stderr; each miss is told
/// as it is found.
template <typename Case, typename MissesOf>
std::vector<Wkv7Miss> misses_on_every_core(const std::vector<Case>& cases, const MissesOf& misses_of) {
  Progress progress("full product", static_cast<std::int64_t>(cases.size()), "cases");
  std::mutex mutex;
  std::vector<Wkv7Miss> misses;
  run_side_by_side(static_cast<int>(cases.size()), available_cores(), [&](int i) {
    const std::vector<Wkv7Miss> found = misses_of(cases[static_cast<std::size_t>(i)]);
    if (!found.empty()) {
      progress.say(describe(found));
      const std::scoped_lock lock(mutex);
      misses.insert(misses.end(), found.begin(), found.end());
    }
    progress.add(1);
  });
  progress.finish();
  return misses;
}

}  // namespace anser::tests
