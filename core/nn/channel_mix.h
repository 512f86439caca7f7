// Channel mixing of RWKV-7 (arXiv 2503.14456 eqs 23-24): out = V max(K shift(h, x_k), 0)^2.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/nn/precision.h"

namespace anser::nn {

/// x_k [1, 1, D]; key [hidden, D] and value [D, hidden], output-major.
struct ChannelMix {
  at::Tensor x_k, key, value;

  /// h [B, T, D], the block's second layer norm. `shift` (may be null) is the last row [B, D], read and
  /// replaced.
  at::Tensor forward(const at::Tensor& h, at::Tensor* shift, const Rounding& round) const;
};

}  // namespace anser::nn
