// One head on the CPU, between the calls of kernels/wkv7.h and the code that Highway compiles once per
// instruction set.
#pragma once

#include "kernels/wkv7_head.h"

namespace anser::kernels::cpu {

/// Numbers one head's backward pass needs: the 17 states of a chunk, the running adjoint, the chunk's decay
/// factors and u, the rows of the token after it, and slack for alignment.
constexpr std::int64_t backward_workspace_size(std::int64_t size) {
  return (kWkv7CheckpointInterval + 2) * size * size + 64 * size + 64;
}

void wkv7_forward_head(const Wkv7ForwardHead& head);
void wkv7_backward_head(const Wkv7BackwardHead& head);

}  // namespace anser::kernels::cpu
