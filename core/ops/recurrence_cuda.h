// The recurrence on a CUDA device: from a checked call to the arguments of kernels::cuda, on the stream that
// LibTorch works on there. Offsets of a pack are copied from the host to that stream; nothing waits for the
// device but a call that is checked.
#pragma once

#include <cstdint>

#include "core/ops/recurrence_results.h"

namespace anser::ops {

/// The call's options must name a kernel, for both passes the same.
ForwardResult forward_cuda(const RecurrenceCall& call, bool checkpoints);
BackwardResult backward_cuda(const RecurrenceCall& call, const OutputGradients& given);

/// Moves `state` on; always the sequential kernel.
at::Tensor decode_cuda(const RecurrenceCall& call, const at::Tensor& state);

/// Bytes of shared memory that a block of the device may have; 0 where this process has no CUDA device, as
/// when a program is traced for one.
std::int64_t block_memory(at::Device device);

}  // namespace anser::ops
