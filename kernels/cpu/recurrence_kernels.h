// A few heads on the CPU, between the calls of kernels/recurrence.h and the code that Highway compiles once
// per instruction set.
#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/recurrence_head.h"

namespace anser::kernels::cpu {

/// Most heads that one backward task takes.
inline constexpr std::int64_t kBackwardHeads = 8;

/// Numbers one backward task needs: the 17 states of a chunk, decay factors, u, the chunk's rows as floats
/// and their gradients; for each head the running adjoint, du and a decay factor; slack for alignment.
constexpr std::int64_t backward_workspace_size(std::int64_t keys, std::int64_t values) {
  constexpr std::int64_t kRows = kCheckpointInterval + 1;
  return kRows * keys * values + kRows * (12 * keys + 4 * values) +
         kBackwardHeads * (keys * values + keys + values) + 64;
}

/// Numbers one head's forward pass needs: its state, u, a chunk's decay factors, and where the arrays hold no
/// floats its rows as floats.
constexpr std::int64_t forward_space(std::int64_t keys, std::int64_t values, bool converted) {
  constexpr std::int64_t kRows = kCheckpointInterval;
  return keys * values + values + kRows * keys +
         (converted ? (5 * kRows + 1) * keys + 2 * kRows * values : 0);
}

/// Most heads that one forward task takes, and the numbers on the stack that they share, alignment included.
inline constexpr std::int64_t kForwardHeads = 12;
inline constexpr std::int64_t kForwardSpace = 4 * forward_space(128, 128, false) + 16;

/// Heads that one forward task can take.
constexpr std::int64_t forward_heads_limit(std::int64_t keys, std::int64_t values, bool converted) {
  return std::min(kForwardHeads, (kForwardSpace - 16) / forward_space(keys, values, converted));
}

/// One head of one sequence; every pointer is at its token 0 or its own state.
template <typename Real>
struct ForwardHead {
  HeadPlace at;
  RecurrenceMode mode;
  RecurrenceInputs<Real> in;
  Real* y = nullptr;
  float* sT = nullptr;
  float* checkpoints = nullptr;
  float* snapshots = nullptr;
  std::int64_t snapshot_interval = 0;
  std::int64_t state_stride = 0;  // between two checkpoints or snapshots of this head
};

template <typename Real>
struct BackwardHead {
  HeadPlace at;
  RecurrenceMode mode;
  RecurrenceInputs<Real> in;
  const float* checkpoints = nullptr;
  std::int64_t state_stride = 0;
  const Real* dy = nullptr;
  const float* dsT = nullptr;
  RecurrenceGradients<Real> grads;
  float* workspace = nullptr;  // that of the first head is used
};

/// `count` heads of one sequence, at most forward_heads_limit.
void forward_heads(const ForwardHead<float>* heads, std::size_t count);
void forward_heads(const ForwardHead<Bf16>* heads, std::size_t count);
/// `count` heads in 1..kBackwardHeads of one sequence.
void backward_heads(const BackwardHead<float>* heads, std::size_t count);
void backward_heads(const BackwardHead<Bf16>* heads, std::size_t count);
/// One token of one head, `state` [V, K] in and out; of `head` the inputs, y and sizes are used.
void decode_head(const ForwardHead<float>& head, float* state);
void decode_head(const ForwardHead<Bf16>& head, float* state);

}  // namespace anser::kernels::cpu
