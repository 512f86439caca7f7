#include "core/nn/channel_mix.h"

#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>

#include "core/nn/shift_state.h"
#include "core/ops/ops.h"

namespace anser::nn {

void keep_last_row(const at::Tensor& h, at::Tensor& last) {
  if (h.size(1) > 0)
    last = h.detach().select(1, h.size(1) - 1).contiguous();
  else if (!last.defined())
    last = at::zeros({h.size(0), h.size(2)}, h.options());
}

at::Tensor ChannelMix::forward(const at::Tensor& h, at::Tensor* shift, const Rounding& round) const {
  const std::int64_t width = h.size(2);
  const auto previous = shift != nullptr && shift->defined() ? std::optional(*shift) : std::nullopt;
  const auto mixed = round(ops::token_shift(h, previous, x_k.view({1, width}))).view({-1, width});
  if (shift != nullptr) keep_last_row(h, *shift);
  const auto hidden = round(ops::squared_relu(round(at::linear(mixed, key))));
  return round(at::linear(hidden, value)).view(h.sizes());
}

}  // namespace anser::nn
