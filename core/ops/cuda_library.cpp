#include "core/ops/cuda_library.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <link.h>

#include "core/base/error.h"
#include "kernels/recurrence.h"

namespace anser::ops {
namespace {

/// The folder that the program's LibTorch lies in.
std::filesystem::path torch_folder() {
  void* const library = dlopen("libtorch_cpu.so", RTLD_NOW | RTLD_NOLOAD);
  const link_map* map = nullptr;
  ANSER_ASSERT(library != nullptr && dlinfo(library, RTLD_DI_LINKMAP, &map) == 0);
  return std::filesystem::path(map->l_name).parent_path();
}

}  // namespace

void* load_library(std::string_view where, const std::filesystem::path& library, std::string_view what) {
  void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) fail(where, "wanted a CUDA device, {} cannot be loaded: {}", what, dlerror());
  return handle;
}

void require_cuda(std::string_view where) {
  require(kernels::cuda::built(), where,
          "wanted a CUDA device, this build has no CUDA kernels (configure with -DANSER_CUDA=ON)");
  require(kernels::cuda::device_count() > 0, where, "wanted a CUDA device, this machine has none");
  // Asked of the registry: getCUDAHooks keeps its first answer.
  if (!at::CUDAHooksRegistry()->Has("CUDAHooks"))
    load_library(where, torch_folder() / "libtorch_cuda.so", "LibTorch's CUDA library");
  require(at::detail::getCUDAHooks().hasCUDA(), where,
          "wanted a CUDA device, LibTorch finds none that it can use");
}

}  // namespace anser::ops
