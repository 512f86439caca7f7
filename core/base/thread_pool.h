// Independent jobs side by side. A run itself uses one thread; what runs in parallel is runs.
#pragma once

#include <functional>

namespace anser {

/// Number of cores that this process may use (its affinity mask), at least 1.
int available_cores();

/// Runs job(0), ..., job(n-1), at most `threads` at a time, each on one thread from beginning to end, started
/// in order. The first exception stops further starts and is thrown again here once all running jobs have
/// ended.
void run_side_by_side(int n, int threads, const std::function<void(int)>& job);

}  // namespace anser
