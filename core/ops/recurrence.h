// The generalised recurrence (kernels/recurrence.h, docs/math/recurrence.md) as a differentiable tensor
// function, registered as torch.ops.anser.recurrence and its kin (docs/how-to/python.md).
//
// Shapes     r, k, a, b [B, T, H, K]; v, y [B, T, H, V]; w [B, T, H, K], or [B, T, H]: one decay per head;
//            s0, sT [B, H, V, K]. With cu_seqlens [B + 1] the sequences are packed one after the other:
//            [T, H, K] and so on, states [B, H, V, K].
// Types      CPU: float by the fast kernel, bfloat16 tokens with float states by the same kernel, double by
//            the reference. CUDA: all three by kernels::cuda, on LibTorch's current stream; only a checked
//            call waits for the device.
// Gradients  first derivatives in r, w, k, v, a, b and s0; snapshots carry none.
// Arguments are contiguous. What is wrong is an InputError: one sentence with argument, value and wish.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string_view>

#include "kernels/recurrence.h"

namespace anser::ops {

using kernels::Decay;
using kernels::Read;
using kernels::cuda::CudaKernel;

struct RecurrenceTensors {
  at::Tensor r;
  std::optional<at::Tensor> w = {};  // nothing with Decay::none
  at::Tensor k, v;
  std::optional<at::Tensor> a = {}, b = {};  // both, or neither: no low-rank part
  std::optional<at::Tensor> s0 = {};         // nothing: zeros
  /// int64 on the CPU, wherever the others are; starts at 0, never falls, ends at T.
  std::optional<at::Tensor> cu_seqlens = {};
};

struct RecurrenceOptions {
  Decay decay = Decay::logit;
  Read read = Read::after;
  /// M > 0: keep the states after tokens M, 2M, ... of each sequence.
  std::int64_t snapshot_interval = 0;
  /// Refuse inputs that are not finite (a log decay of -infinity is) and an overflow of y or sT.
  bool check = false;
  /// Which program runs on a CUDA device, forward and backward; nothing: the one of
  /// kernels::cuda::choose_kernel. Elsewhere nothing.
  std::optional<CudaKernel> kernel = {};
};

/// "auto" (nothing), "sequential" or "chunked"; InputError for any other.
std::optional<CudaKernel> parse_kernel(std::string_view where, std::string_view name);
std::string_view name_of(std::optional<CudaKernel> kernel);

/// InputError where the kernel cannot run such calls (kernels::cuda::check_kernel).
void require_kernel(const char* where, CudaKernel kernel, const kernels::RecurrenceShape& shape,
                    const kernels::RecurrenceMode& mode, bool bf16_tokens, bool snapshots = false);

struct RecurrenceResults {
  at::Tensor y, sT;
  /// [B, floor(T / M), H, V, K]; packed [floor(T / M), H, V, K], sequence s from slot floor(cu_seqlens[s] /
  /// M) on, slots between two sequences' zero. [0] where none were asked for.
  at::Tensor snapshots;
};

/// The whole recurrence. O(T H K V) time; a recorded call keeps a state every 16 tokens (chunked: 64).
RecurrenceResults recurrence(const RecurrenceTensors& in, const RecurrenceOptions& options = {});

/// One token for each of B sequences: r, k, a, b [B, H, K], w [B, H, K] or [B, H], v [B, H, V]. `state`
/// [B, H, V, K] is the one before the token, and after the call the one behind it. Returns y [B, H, V]. Same
/// bits as `recurrence` (on CUDA of the sequential kernel, the only one here: options.kernel is not read). No
/// gradient: InputError where one is recorded. in.s0 and in.cu_seqlens are not read.
at::Tensor recurrence_decode(const RecurrenceTensors& in, const at::Tensor& state,
                             const RecurrenceOptions& options = {});

}  // namespace anser::ops
