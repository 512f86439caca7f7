#include "core/train/device_graph.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <link.h>

#include <filesystem>

#include "core/base/error.h"
#include "kernels/recurrence.h"

namespace anser::train {
namespace {

constexpr const char* kWhere = "train::run";

/// The folder that the program's LibTorch lies in.
std::filesystem::path torch_folder() {
  void* const library = dlopen("libtorch_cpu.so", RTLD_NOW | RTLD_NOLOAD);
  const link_map* map = nullptr;
  ANSER_ASSERT(library != nullptr && dlinfo(library, RTLD_DI_LINKMAP, &map) == 0);
  return std::filesystem::path(map->l_name).parent_path();
}

/// Loads a library for as long as the program runs; InputError with the loader's reason.
void* load(const std::filesystem::path& library, const char* what) {
  void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) fail(kWhere, "wanted a CUDA device, {} cannot be loaded: {}", what, dlerror());
  return handle;
}

}  // namespace

void require_cuda() {
  require(kernels::cuda::built(), kWhere,
          "wanted a CUDA device, this build has no CUDA kernels (configure with -DANSER_CUDA=ON)");
  require(kernels::cuda::device_count() > 0, kWhere, "wanted a CUDA device, this machine has none");
  load(torch_folder() / "libtorch_cuda.so", "LibTorch's CUDA library");
  require(at::detail::getCUDAHooks().hasCUDA(), kWhere,
          "wanted a CUDA device, LibTorch finds none that it can use");
}

std::shared_ptr<DeviceGraph> make_cuda_graph() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  void* const module =
      load(program.parent_path().parent_path() / "lib" / "libanser_cuda_graph.so", "anser's part for graphs");
  using Make = DeviceGraph*();
  auto* const make = reinterpret_cast<Make*>(dlsym(module, "anser_make_cuda_graph"));
  require(make != nullptr, kWhere,
          "libanser_cuda_graph.so lacks anser_make_cuda_graph, wanted that of this build");
  return std::shared_ptr<DeviceGraph>(make());
}

}  // namespace anser::train
