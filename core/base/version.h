// What was built, from which sources, by what: for manifests and `anser doctor`.
#pragma once

#include <string>

namespace anser {

struct BuildInfo {
  std::string version;   // "0.1.0"
  std::string commit;    // short hash, "unknown" outside a git checkout
  bool dirty = false;    // uncommitted changes when it was built
  std::string compiler;  // "g++ 12.2.0"
};

const BuildInfo& build_info();

/// Model name of this machine's processor.
std::string processor_name();

}  // namespace anser
