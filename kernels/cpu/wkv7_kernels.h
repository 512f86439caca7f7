// A few heads on the CPU, between the calls of kernels/wkv7.h and the code that Highway compiles once per
// instruction set.
#pragma once

#include <cstddef>

#include "kernels/wkv7_head.h"

namespace anser::kernels::cpu {

/// Numbers one head's backward pass needs: the 17 states of a chunk, the running adjoint, the chunk's decay
/// factors and u, the rows of the token after it, and slack for alignment.
constexpr std::int64_t backward_workspace_size(std::int64_t size) {
  return (kWkv7CheckpointInterval + 2) * size * size + 64 * size + 64;
}

/// Most heads that one forward task takes.
inline constexpr std::int64_t kForwardHeads = 4;

/// `count` heads in 1..kForwardHeads of one sequence, of equal shape.
void wkv7_forward_heads(const Wkv7ForwardHead* heads, std::size_t count);
void wkv7_backward_head(const Wkv7BackwardHead& head);

}  // namespace anser::kernels::cpu
