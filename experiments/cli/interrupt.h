// Ctrl-C and SIGTERM during long work: the first asks it to end with its checkpoint, the second ends it at
// once.
#pragma once

#include <atomic>

namespace anser::cli {

/// True once SIGINT or SIGTERM has come. The first call installs the handlers.
const std::atomic<bool>& interrupted();

}  // namespace anser::cli
