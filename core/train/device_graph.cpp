#include "core/train/device_graph.h"

#include <dlfcn.h>

#include <filesystem>

#include "core/base/error.h"
#include "core/ops/cuda_library.h"

namespace anser::train {

std::shared_ptr<DeviceGraph> make_cuda_graph() {
  constexpr const char* kWhere = "train::run";
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  void* const module =
      ops::load_library(kWhere, program.parent_path().parent_path() / "lib" / "libanser_cuda_graph.so",
                        "anser's part for graphs");
  using Make = DeviceGraph*();
  auto* const make = reinterpret_cast<Make*>(dlsym(module, "anser_make_cuda_graph"));
  require(make != nullptr, kWhere,
          "libanser_cuda_graph.so lacks anser_make_cuda_graph, wanted that of this build");
  return std::shared_ptr<DeviceGraph>(make());
}

}  // namespace anser::train
