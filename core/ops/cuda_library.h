// LibTorch's CUDA library, which no program links (cmake/torch.cmake): it is loaded where a device is asked
// for.
#pragma once

#include <filesystem>
#include <string_view>

namespace anser::ops {

/// Makes LibTorch know CUDA devices. To be called before anything else asks it for one; again does nothing.
/// InputError naming `where`, and that this build or LibTorch has no CUDA or the machine no device.
void require_cuda(std::string_view where);

/// Loads a library, its symbols for all, for as long as the program runs. InputError naming `where` and
/// `what`, with the loader's reason.
void* load_library(std::string_view where, const std::filesystem::path& library, std::string_view what);

}  // namespace anser::ops
