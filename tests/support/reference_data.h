// Finds the reference data that is not part of the repository.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace anser::tests {

/// ANSER_REFERENCE_DIR, else ../shared/reference seen from the working directory (tests run in the source
/// root).
inline std::filesystem::path reference_dir() {
  const char* dir = std::getenv("ANSER_REFERENCE_DIR");
  return dir != nullptr ? std::filesystem::path(dir) : std::filesystem::path("../shared/reference");
}

inline bool have_reference(const std::string& relative) {
  return std::filesystem::exists(reference_dir() / relative);
}

}  // namespace anser::tests

/// Leaves the test with a message where a reference file is absent.
#define ANSER_NEEDS_REFERENCE(relative)                                                              \
  do {                                                                                               \
    if (!anser::tests::have_reference(relative)) {                                                   \
      WARN("skipped: no reference data at " << (anser::tests::reference_dir() / (relative)).string() \
                                            << " (set ANSER_REFERENCE_DIR)");                        \
      return;                                                                                        \
    }                                                                                                \
  } while (false)
