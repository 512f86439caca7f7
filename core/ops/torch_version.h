// Which LibTorch this program was built with.
#pragma once

#include <string>

namespace anser::ops {

/// "2.11.0"
std::string torch_version();

}  // namespace anser::ops
