// The generalised linear recurrence: contract of every backend (docs/math/recurrence.md).
//
// Per sequence and head, with row vectors r, w, k, a, b of K numbers, v, y of V numbers and a state S of
// V x K numbers (row = value channel i, column = key channel j):
//
//     u_t = S_{t-1} a_t^T
//     S_t = S_{t-1} diag(w_t) + u_t b_t + v_t^T k_t            (1)
//     y_t = S_t r_t^T  or  S_{t-1} r_t^T                       (2)  Read::after or Read::before
//
// RWKV-4 to 7, linear attention, RetNet, GLA, Mamba-2, DeltaNet, Gated DeltaNet, KDA and DeltaProduct are
// cases of it; which arguments make which is the table of docs/math/recurrence.md section 4. kernels/wkv7.h
// is the case of RWKV-7.
//
// Shapes     r, k, a, b [B, T, H, K]; v, y [B, T, H, V]; w [B, T, H, K], or [B, T, H] with decay_per_head;
//            states [B, H, V, K]; all contiguous. With cu_seqlens the sequences are packed one after the
//            other: [T, H, K] and so on with T tokens in all, states [sequence, H, V, K].
// Ranges     B, T, H >= 0 (an empty call or sequence is legal: sT = s0); K and V multiples of 8 in 8..128.
// Types      float: everything float. Bf16: tokens and their gradients bf16, rounded to nearest even;
//            states, checkpoints and arithmetic float. double: reference and cuda.
// Accuracy   float against the double reference, norms and figures: docs/math/recurrence.md section 5.
// Determinism  the bits of a sequence's head depend on nothing but its own inputs: not on threads, nor on B,
//            H or the place in the batch or pack. Packed equals separate bit for bit.
// Complexity 5 K V multiply-adds per token and head forward (3 without low-rank part), about 13 K V backward.
#pragma once

#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/status.h"

namespace anser::kernels {

struct RecurrenceShape {
  std::int64_t sequences = 0;  // B
  std::int64_t time = 0;       // T: tokens of each sequence; with cu_seqlens the tokens of all together
  std::int64_t heads = 0;      // H
  std::int64_t keys = 0;       // K
  std::int64_t values = 0;     // V
  /// Null, or B + 1 offsets on the host: sequence s holds the tokens cu_seqlens[s] .. cu_seqlens[s + 1] - 1.
  /// Starts at 0, never falls, ends at T.
  const std::int64_t* cu_seqlens = nullptr;
};

/// How the argument `w` gives the decay.
enum class Decay : std::uint8_t {
  logit,   // w holds d; decay = exp(-exp(-1/2) sigmoid(d)), in (0.5452, 1): RWKV-7
  log,     // w holds log(decay); exactly 0 is decay 1, -infinity is decay 0: a reset
  direct,  // w holds the decay, any finite number of any sign
  none,    // w is not read: decay 1
};

/// Which state a token reads.
enum class Read : std::uint8_t {
  after,   // y_t = S_t r_t: its own update is in it
  before,  // y_t = S_{t-1} r_t
};

/// Which case of the recurrence a call runs.
struct RecurrenceMode {
  Decay decay = Decay::logit;
  bool decay_per_head = false;  // one decay for all K channels: w [B, T, H]
  bool low_rank = true;         // false: a and b are not read (taken as 0), da and db are not written
  Read read = Read::after;
  bool check =
      false;  // refuse inputs that are not finite (a log decay of -infinity is) and an overflow of y, sT
};

/// Type of states that belong to tokens of type Real.
template <typename Real>
struct StateOf {
  using Type = Real;
};
template <>
struct StateOf<Bf16> {
  using Type = float;
};

template <typename Real>
struct RecurrenceInputs {
  const Real* r = nullptr;
  const Real* w = nullptr;
  const Real* k = nullptr;
  const Real* v = nullptr;
  const Real* a = nullptr;
  const Real* b = nullptr;
  const typename StateOf<Real>::Type* s0 = nullptr;  // may be null: zeros
};

template <typename Real>
struct RecurrenceOutputs {
  using State = typename StateOf<Real>::Type;
  Real* y = nullptr;
  State* sT = nullptr;  // may be null
  /// May be null: checkpoints for the backward pass, of the backend's recurrence_checkpoint_size numbers. Not
  /// written by the reference.
  State* checkpoints = nullptr;
  /// May be null: the states after tokens M, 2M, ... of each sequence, M = snapshot_interval, without
  /// gradient: [B, floor(T / M), H, V, K]; packed: [floor(T / M), H, V, K] where sequence s begins at slot
  /// floor(cu_seqlens[s] / M) and the slots between two sequences' are left as they were.
  State* snapshots = nullptr;
  std::int64_t snapshot_interval = 0;
};

template <typename Real>
struct RecurrenceGradients {
  Real* dr = nullptr;
  Real* dw = nullptr;  // with respect to the argument w: the logit, log(decay) or the decay
  Real* dk = nullptr;
  Real* dv = nullptr;
  Real* da = nullptr;
  Real* db = nullptr;
  typename StateOf<Real>::Type* ds0 = nullptr;  // may be null
};

/// Number of tokens between two stored states of the backward pass.
inline constexpr std::int64_t kCheckpointInterval = 16;

/// Numbers (not bytes) that `checkpoints` must hold: the state before tokens 0, 16, 32, ... of each sequence
/// and head; B * H * ceil(T / 16) * K * V, packed (floor(T / 16) + B) * H * K * V. The layout inside is the
/// backend's own.
std::int64_t recurrence_checkpoint_size(const RecurrenceShape& shape);

/// Numbers that the backward pass's `workspace` must hold when `threads` tasks run at once.
std::int64_t recurrence_workspace_size(const RecurrenceShape& shape, int threads);

/// States that `snapshots` must hold, of H * V * K numbers each.
std::int64_t recurrence_snapshot_count(const RecurrenceShape& shape, std::int64_t interval);

/// Makes every call of this process run as with mode.check, or no longer does: for runs that look for the
/// first number that is not finite. Not while calls are running.
void set_recurrence_check(bool every_call);

/// Whether calls of this mode are checked, by it or by set_recurrence_check.
bool checks_numbers(const RecurrenceMode& mode);

namespace cpu {

/// Forward pass. The outputs may not overlap the inputs, but sT may be s0. Real is float or Bf16.
template <typename Real>
Status recurrence_forward(const RecurrenceShape& shape, const RecurrenceMode& mode,
                          const RecurrenceInputs<Real>& in, const RecurrenceOutputs<Real>& out,
                          const Executor& executor = {});

/// Backward pass for the gradients dy and dsT [B, H, V, K] (null: zeros) of y and sT. `checkpoints` as left
/// by recurrence_forward of the same inputs; `workspace` of recurrence_workspace_size(shape, threads)
/// numbers, `threads` >= the executor's number of threads. Every gradient that the mode has but ds0 must be
/// given; they are overwritten. Real is float or Bf16.
template <typename Real>
Status recurrence_backward(const RecurrenceShape& shape, const RecurrenceMode& mode,
                           const RecurrenceInputs<Real>& in, const float* checkpoints, const Real* dy,
                           const float* dsT, const RecurrenceGradients<Real>& grads, float* workspace,
                           int threads = 1, const Executor& executor = {});

/// One token for each of B sequences: shape.time = 1 without cu_seqlens. `state` [B, H, V, K] is s0 before
/// the call and sT after it; in.s0 is not read. Same bits as recurrence_forward. Real is float or Bf16.
template <typename Real>
Status recurrence_decode(const RecurrenceShape& shape, const RecurrenceMode& mode,
                         const RecurrenceInputs<Real>& in, float* state, Real* y,
                         const Executor& executor = {});

}  // namespace cpu

namespace reference {

/// The definition: formulas (1) and (2) and their adjoint, token by token. Real is float or double.
template <typename Real>
Status recurrence_forward(const RecurrenceShape& shape, const RecurrenceMode& mode,
                          const RecurrenceInputs<Real>& in, const RecurrenceOutputs<Real>& out);

/// Numbers that the workspace below must hold: all states of the longest sequence and two more.
std::int64_t recurrence_workspace_size(const RecurrenceShape& shape);

/// Adjoint of the above (docs/math/recurrence.md section 2). Recomputes all states.
template <typename Real>
Status recurrence_backward(const RecurrenceShape& shape, const RecurrenceMode& mode,
                           const RecurrenceInputs<Real>& in, const Real* dy, const Real* dsT,
                           const RecurrenceGradients<Real>& grads, Real* workspace);

}  // namespace reference

namespace cuda {

/// The program that runs a call. The bits of a result hold for a named kernel: a run chooses one and keeps to
/// it.
enum class CudaKernel : std::uint8_t {
  sequential,  // exact, token by token: every decay, K, V and type
  chunked,     // 16 tokens at a time on tensor cores (docs/math/recurrence.md section 7): bf16 tokens,
               // K = V in {16, 32, 64, 128}, no snapshots, decay logit or none, or log where the caller
               // vouches that no product of 16 neighbouring decays of a channel is below 2^-100
};

/// What only a call on a device needs.
struct CudaLaunch {
  CudaKernel kernel = CudaKernel::sequential;
  void* stream = nullptr;                    // a cudaStream_t of the current device
  const std::int64_t* cu_seqlens = nullptr;  // shape.cu_seqlens once more, on the device; null as it is
};

/// True when this build holds CUDA kernels.
bool built();
/// Number of usable devices; 0 without a driver.
int device_count();
/// Bytes of shared memory that a block of the current device may have; 0 without a device.
std::int64_t device_block_memory();

/// Tokens that the chunked kernel takes at a time.
inline constexpr int kChunkTokens = 16;

/// The kernel for such calls: chunked where tokens are bf16, K = V in {16, 32, 64, 128}, the decay is logit
/// or none, sequences have kChunkTokens tokens or more (on average, where packed), no snapshots are asked for
/// and a block's tiles of the backward pass fit into `block_memory` bytes: 77 KiB for K = 64, which every
/// device has, and 211 KiB for K = 128, which one of compute capability 9.0 has but none of 8.x or 12.0; else
/// sequential.
CudaKernel choose_kernel(const RecurrenceShape& shape, const RecurrenceMode& mode, bool bf16_tokens,
                         bool snapshots = false, std::int64_t block_memory = device_block_memory());

/// The rule in words, for people.
const char* kernel_rule();

/// Whether the kernel can run such calls: answers what is in the way. Of the shape it reads keys and values.
Status check_kernel(const char* function, CudaKernel kernel, const RecurrenceShape& shape,
                    const RecurrenceMode& mode, bool bf16_tokens, bool snapshots = false);

/// "sequential" or "chunked".
const char* kernel_name(CudaKernel kernel);

/// Tokens between two checkpoints of a kernel: 16 or 64.
std::int64_t checkpoint_interval(CudaKernel kernel);
/// Numbers that `checkpoints` must hold: [B, H] states before every checkpoint_interval-th token.
std::int64_t recurrence_checkpoint_size(const RecurrenceShape& shape, CudaKernel kernel);
/// Numbers that the backward pass's `workspace` must hold.
std::int64_t recurrence_workspace_size(const RecurrenceShape& shape, CudaKernel kernel);

/// Loads the kernels to the current device. The first call on a device does it too; a program that captures
/// its first call in a CUDA graph does it before.
Status prepare();

/// cpu::recurrence_forward on arrays of the current device, on launch.stream: allocates nothing, waits for
/// nothing, may be captured. shape.cu_seqlens lies on the host, for the checks, and launch.cu_seqlens on the
/// device. Real is float, double or Bf16. For the chunked kernel arrays of tokens begin at multiples of 16
/// bytes. Numbers are not looked at, for that would wait: set_recurrence_check has no effect here. A kernel
/// that cannot run the call, mode.check and a build or machine without CUDA are answered by a Status.
template <typename Real>
Status recurrence_forward(const RecurrenceShape& shape, const RecurrenceMode& mode,
                          const RecurrenceInputs<Real>& in, const RecurrenceOutputs<Real>& out,
                          const CudaLaunch& launch);

/// cpu::recurrence_backward likewise; `checkpoints` as left by recurrence_forward of the same kernel.
template <typename Real>
Status recurrence_backward(const RecurrenceShape& shape, const RecurrenceMode& mode,
                           const RecurrenceInputs<Real>& in, const typename StateOf<Real>::Type* checkpoints,
                           const Real* dy, const typename StateOf<Real>::Type* dsT,
                           const RecurrenceGradients<Real>& grads, typename StateOf<Real>::Type* workspace,
                           const CudaLaunch& launch);

/// cpu::recurrence_decode likewise. Always the sequential kernel, with the bits of its recurrence_forward.
template <typename Real>
Status recurrence_decode(const RecurrenceShape& shape, const RecurrenceMode& mode,
                         const RecurrenceInputs<Real>& in, typename StateOf<Real>::Type* state, Real* y,
                         void* stream);

}  // namespace cuda

}  // namespace anser::kernels
