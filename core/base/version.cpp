#include "core/base/version.h"

#include <fmt/format.h>

#include <fstream>

#include "anser_version.inc"

namespace anser {

const BuildInfo& build_info() {
#ifdef __clang__
  static const std::string compiler = fmt::format("clang {}.{}", __clang_major__, __clang_minor__);
#else
  static const std::string compiler =
      fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
  static const BuildInfo info{ANSER_VERSION, ANSER_COMMIT, ANSER_DIRTY, compiler};
  return info;
}

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(std::min(line.find(':') + 2, line.size()));
  return "unknown processor";
}

}  // namespace anser
