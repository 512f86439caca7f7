#include "core/ops/torch_version.h"

#include <torch/version.h>

namespace anser::ops {

std::string torch_version() {
  return TORCH_VERSION;
}

}  // namespace anser::ops
