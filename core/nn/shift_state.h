// The token that a shift remembers between two calls.
#pragma once

#include <ATen/core/Tensor.h>

namespace anser::nn {

/// Replaces `last` by the last row of h [B, T, D]; with T = 0 it stays, or becomes zeros [B, D] where it was
/// undefined.
void keep_last_row(const at::Tensor& h, at::Tensor& last);

}  // namespace anser::nn
