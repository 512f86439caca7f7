// Time mixing of RWKV-7 (arXiv 2503.14456 eqs 3-22): everything between the first layer norm of a block and
// its residual.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/nn/precision.h"
#include "core/ops/recurrence.h"
#include "core/ops/time_mix_block.h"

namespace anser::nn {

using ops::TimeMixState;

struct TimeMix : ops::TimeMixParameters {
  /// What runs the recurrence on a CUDA device; nothing: the rule's.
  std::optional<ops::CudaKernel> kernel = {};

  /// h [B, T, D], the block's first layer norm. Writes `v_first` in the first layer and reads it elsewhere.
  /// `state` may be null; otherwise read and replaced. Returns [B, T, D], what the block adds to the
  /// residual.
  at::Tensor forward(const at::Tensor& h, at::Tensor& v_first, TimeMixState* state,
                     const Rounding& round) const;
};

}  // namespace anser::nn
