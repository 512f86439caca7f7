// One head of one sequence, the unit of work of the CPU kernels, between the calls of kernels/wkv7.h and the
// code that Highway compiles once per instruction set.
#pragma once

#include <cstdint>

#include "kernels/wkv7.h"

namespace anser::kernels::cpu {

/// Everything the head (b, h) reads and writes; pointers to token 0 of the head, `stride` numbers between
/// tokens.
struct ForwardHead {
  std::int64_t time = 0, size = 0, stride = 0;
  Decay decay = Decay::logit;
  Wkv7Inputs<float> in;  // s0: this head's state, or null
  float* y = nullptr;
  float* sT = nullptr;           // or null
  float* checkpoints = nullptr;  // ceil(T / 16) states in block layout, or null
};

struct BackwardHead {
  std::int64_t time = 0, size = 0, stride = 0;
  Decay decay = Decay::logit;
  Wkv7Inputs<float> in;
  const float* checkpoints = nullptr;
  const float* dy = nullptr;
  const float* dsT = nullptr;  // or null
  Wkv7Gradients<float> grads;
  float* workspace = nullptr;  // backward_workspace_size(size) numbers
};

/// Numbers one head's backward pass needs: the 16 states of a chunk, the running adjoint, the chunk's decay
/// factors and u, the pending rows, and slack for alignment.
constexpr std::int64_t backward_workspace_size(std::int64_t size) {
  return (kWkv7CheckpointInterval + 2) * size * size + 64 * size + 64;
}

void wkv7_forward_head(const ForwardHead& head);
void wkv7_backward_head(const BackwardHead& head);

}  // namespace anser::kernels::cpu
