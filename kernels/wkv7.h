// The WKV-7 recurrence (docs/math/wkv7.md): the case K = V = N, per-channel decay, low-rank part, read after
// the update, of kernels/recurrence.h, which defines it and runs it; on CUDA that is called itself.
//
// Per sequence and head, with row vectors r, w, k, v, a, b of N numbers and a state S of N x N numbers
// (row = value channel i, column = key channel j):
//
//     u_t = S_{t-1} a_t^T
//     S_t = S_{t-1} diag(w_t) + u_t b_t + v_t^T k_t            (1)
//     y_t = S_t r_t^T                                          (2)
//
// RWKV-7 calls it with a = -kappa_hat and b = c * (kappa_hat . icl) (arXiv 2503.14456 eqs 16-17; c is the
// transition multiplier). The bonus, the group norm and the gate lie outside (kernels/fused).
//
// Shapes     r, w, k, v, a, b, y [B, T, H, N] contiguous; states [B, H, N(value), N(key)] contiguous.
// Ranges     B, T, H >= 0 (an empty call is legal: sT = s0), N a multiple of 8 in 8..128; w see Decay.
// Accuracy   float against the double reference, norms and figures: docs/math/wkv7.md section 5.
// Determinism  the bits of (b, h) depend on nothing but its own inputs: not on threads, nor on B, H or the
// place in the batch. Complexity 5 N^2 multiply-adds per token and head forward, about 13 N^2 backward.
#pragma once

#include <cstdint>

#include "kernels/recurrence.h"

namespace anser::kernels {

struct Wkv7Shape {
  std::int64_t batch = 0;  // B
  std::int64_t time = 0;   // T
  std::int64_t heads = 0;  // H
  std::int64_t size = 0;   // N
};

/// s0, ds0 [B, H, N, N] may be null. Decay is logit or log here.
template <typename Real>
using Wkv7Inputs = RecurrenceInputs<Real>;
template <typename Real>
using Wkv7Gradients = RecurrenceGradients<Real>;

/// Number of tokens between two stored states of the backward pass.
inline constexpr std::int64_t kWkv7CheckpointInterval = kCheckpointInterval;

/// Numbers (not bytes) that `checkpoints` must hold: the state before tokens 0, 16, 32, ... of each (b, h);
/// B * H * ceil(T / 16) * N * N. The layout inside is the backend's own.
std::int64_t wkv7_checkpoint_size(const Wkv7Shape& shape);

/// Numbers that the backward pass's `workspace` must hold when `threads` tasks run at once.
std::int64_t wkv7_workspace_size(const Wkv7Shape& shape, int threads);

namespace cpu {

/// Forward pass. `sT` [B, H, N, N] may be null; `checkpoints` may be null when no backward pass follows.
/// y and sT may not overlap the inputs. Highway, instruction set chosen at run time.
Status wkv7_forward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<float>& in, float* y, float* sT,
                    float* checkpoints, const Executor& executor = {});

/// Backward pass for the gradients dy [B, T, H, N] and dsT [B, H, N, N] (null: zeros).
/// `checkpoints` as left by wkv7_forward of the same inputs; `workspace` of wkv7_workspace_size(shape,
/// threads) numbers, `threads` >= the executor's number of threads. Every gradient but ds0 must be given;
/// they are overwritten.
Status wkv7_backward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<float>& in,
                     const float* checkpoints, const float* dy, const float* dsT,
                     const Wkv7Gradients<float>& grads, float* workspace, int threads = 1,
                     const Executor& executor = {});

/// Name of the instruction set that the calls above use here: "AVX3", "AVX2", "SSE4", ...
const char* wkv7_target();

/// Restricts the choice to one instruction set by that name ("" lifts it); false when this machine lacks it.
/// For tests and benchmarks; not thread-safe.
bool wkv7_force_target(const char* name);

}  // namespace cpu

namespace reference {

/// The definition: formulas (1) and (2) and their adjoint, token by token. Real is float or double.
/// `states` [B, T, H, N, N] (null: not wanted) receives S_t after each token.
template <typename Real>
Status wkv7_forward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<Real>& in, Real* y, Real* sT,
                    Real* states = nullptr);

/// Adjoint of the above (docs/math/wkv7.md section 2). Recomputes all states: `workspace` holds (T + 2) * N *
/// N numbers.
template <typename Real>
Status wkv7_backward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<Real>& in, const Real* dy,
                     const Real* dsT, const Wkv7Gradients<Real>& grads, Real* workspace);

}  // namespace reference

}  // namespace anser::kernels
