#include "core/ops/channel_mix_block.h"

#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "core/ops/block.h"
#include "core/ops/checks.h"
#include "core/ops/differentiate.h"
#include "kernels/fused/gates.h"
#include "kernels/fused/layer_norm.h"
#include "kernels/fused/squared_relu.h"
#include "kernels/fused/token_shift.h"

namespace anser::ops {
namespace {

using at::Tensor;
using kernels::fused::Major;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
namespace fused = kernels::fused;

constexpr const char* kName = "ops::channel_mix_block";
constexpr std::int64_t kChunkRows = 64;

enum Input : std::size_t { kX, kNormWeight, kNormBias, kMu, kKey, kValue };

struct Shape {
  std::int64_t batch, time, width, hidden;

  explicit Shape(at::TensorList in)
      : batch(in[kX].size(0)), time(in[kX].size(1)), width(in[kX].size(2)), hidden(in[kKey].size(0)) {}
  Chunks chunks() const { return {batch, time, kChunkRows}; }
};

/// The last normed rows [B, D] before and after the call; undefined: zeros, and not wanted.
struct Carried {
  Tensor before, after;

  const float* previous(std::int64_t offset) const {
    return before.defined() ? data<float>(before) + offset : nullptr;
  }
};

/// What the backward pass needs of a chunk.
struct Saved {
  float *h, *mixed, *key;

  Saved(Layout& layout, const Shape& s, std::int64_t rows)
      : h(layout.take(rows * s.width)),
        mixed(layout.take(rows * s.width)),
        key(layout.take(rows * s.hidden)) {}
};

std::int64_t saved_size(const Shape& s, std::int64_t rows) {
  Layout layout;
  Saved(layout, s, rows);
  return layout.size();
}

/// Memory of both passes that is not kept. `squares` holds the squared ReLU; the rest is the backward pass's.
struct Scratch {
  Packed key, value;
  float *squares, *dsquares, *dkey, *dmixed, *dh, *sums;

  Scratch(Layout& layout, const Shape& s, std::int64_t rows, bool backward)
      : key(layout, backward ? s.hidden : s.width, backward ? s.width : s.hidden),
        value(layout, backward ? s.width : s.hidden, backward ? s.hidden : s.width),
        squares(layout.take(rows * s.hidden)),
        dsquares(layout.take(backward ? rows * s.hidden : 0)),
        dkey(layout.take(backward ? rows * s.hidden : 0)),
        dmixed(layout.take(backward ? rows * s.width : 0)),
        dh(layout.take(backward ? rows * s.width : 0)),
        sums(layout.take(2 * s.width)) {}

  void pack(at::TensorList in, Major major) const {
    key.fill(major, data<float>(in[kKey]));
    value.fill(major, data<float>(in[kValue]));
  }
};

/// Memory for a Scratch.
Tensor scratch_memory(const Shape& s, std::int64_t rows, bool backward) {
  Layout size;
  const Scratch unplaced(size, s, rows, backward);
  return reusable_empty({size.size()});
}

/// Returns what the backward pass needs where `keep`.
Tensor run_forward(const Shape& s, at::TensorList in, const Carried& carried, bool keep, const Tensor& out) {
  const Chunks chunks = s.chunks();
  const std::int64_t piece = saved_size(s, chunks.rows());
  const Tensor saved = reusable_empty({piece * (keep ? chunks.count() : 1)});
  const Tensor memory = scratch_memory(s, chunks.rows(), false);
  Layout layout(memory.mutable_data_ptr<float>());
  const Scratch scratch(layout, s, chunks.rows(), false);
  scratch.pack(in, Major::output);
  for (std::int64_t chunk = 0; chunk < chunks.count(); ++chunk) {
    const std::int64_t sequences = chunks.sequences_of(chunk), rows = sequences * s.time;
    const std::int64_t at = chunks.first(chunk) * s.time * s.width;
    Layout place(saved.mutable_data_ptr<float>() + (keep ? chunk * piece : 0));
    const Saved kept(place, s, rows);
    const float* x = data<float>(in[kX]) + at;
    float* result = out.mutable_data_ptr<float>() + at;
    fused::layer_norm_forward(rows, s.width, x, data<float>(in[kNormWeight]), data<float>(in[kNormBias]),
                              kept.h);
    fused::token_shift_forward({sequences, s.time, s.width, 1}, kept.h,
                               carried.previous(chunks.first(chunk) * s.width), data<float>(in[kMu]),
                               kept.mixed);
    if (carried.after.defined())
      for (std::int64_t b = 0; b < sequences; ++b)
        std::copy_n(kept.h + ((b + 1) * s.time - 1) * s.width, s.width,
                    mutable_data<float>(carried.after) + (chunks.first(chunk) + b) * s.width);
    scratch.key.multiply(rows, kept.mixed, kept.key);
    fused::squared_relu_forward(rows * s.hidden, kept.key, scratch.squares);
    scratch.value.multiply(rows, scratch.squares, result);
    fused::add_to(rows * s.width, x, result);
  }
  return saved;
}

void backward_chunk(const Shape& s, at::TensorList in, const Saved& kept, const Scratch& scratch,
                    std::int64_t sequences, const float* previous, const float* x, const float* dout,
                    float* dx, const Gradients& grads) {
  const std::int64_t rows = sequences * s.time;
  fused::squared_relu_forward(rows * s.hidden, kept.key, scratch.squares);
  fused::add_outer_products(rows, s.width, s.hidden, dout, scratch.squares, grads[kValue]);
  scratch.value.multiply(rows, dout, scratch.dsquares);
  fused::squared_relu_backward(rows * s.hidden, kept.key, scratch.dsquares, scratch.dkey);
  fused::add_outer_products(rows, s.hidden, s.width, scratch.dkey, kept.mixed, grads[kKey]);
  scratch.key.multiply(rows, scratch.dkey, scratch.dmixed);
  fused::token_shift_backward({sequences, s.time, s.width, 1}, kept.h, previous, data<float>(in[kMu]),
                              scratch.dmixed, scratch.dh, scratch.sums);
  fused::add_to(s.width, scratch.sums, grads[kMu]);
  fused::layer_norm_backward(rows, s.width, x, data<float>(in[kNormWeight]), scratch.dh, dx, scratch.sums,
                             scratch.sums + s.width);
  fused::add_to(s.width, scratch.sums, grads[kNormWeight]);
  fused::add_to(s.width, scratch.sums + s.width, grads[kNormBias]);
  fused::add_to(rows * s.width, dout, dx);
}

void run_backward(const Shape& s, at::TensorList in, const Carried& carried, const Tensor& saved,
                  const float* dout, const Gradients& grads) {
  const Chunks chunks = s.chunks();
  const std::int64_t piece = saved_size(s, chunks.rows());
  const Tensor memory = scratch_memory(s, chunks.rows(), true);
  Layout layout(memory.mutable_data_ptr<float>());
  const Scratch scratch(layout, s, chunks.rows(), true);
  scratch.pack(in, Major::input);
  for (std::int64_t chunk = 0; chunk < chunks.count(); ++chunk) {
    const std::int64_t sequences = chunks.sequences_of(chunk);
    const std::int64_t at = chunks.first(chunk) * s.time * s.width;
    Layout place(saved.mutable_data_ptr<float>() + chunk * piece);
    backward_chunk(s, in, Saved(place, s, sequences * s.time), scratch, sequences,
                   carried.previous(chunks.first(chunk) * s.width), data<float>(in[kX]) + at, dout + at,
                   grads[kX] + at, grads);
  }
}

class ChannelMixFunction : public torch::autograd::Function<ChannelMixFunction> {
 public:
  static Tensor forward(AutogradContext* ctx, at::TensorList in, const Carried& carried) {
    at::AutoDispatchBelowADInplaceOrView below;
    const Tensor out = reusable_empty(in[kX].sizes());
    ctx->saved_data["saved"] = run_forward(Shape(in), in, carried, true, out);
    ctx->saved_data["previous"] = carried.before;
    ctx->save_for_backward(in.vec());
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list douts) {
    refuse_second_derivative(kName);
    const variable_list in = ctx->get_saved_variables();
    const Gradients grads(in);
    const Tensor dout = defined_gradient(douts[0], in[kX]);
    const Carried carried{ctx->saved_data["previous"].toTensor(), {}};
    run_backward(Shape(in), in, carried, ctx->saved_data["saved"].toTensor(), data<float>(dout), grads);
    variable_list result = grads.tensors();
    result.emplace_back();  // the predecessor has none
    return result;
  }
};

void check_inputs(at::TensorList in) {
  check_leading(kName, "x", in[kX], 3, "[B, T, D]");
  require(runs_blocks(in[kX]), kName, "x is {} on {}, wanted float on cpu", in[kX].dtype().name(),
          in[kX].device().str());
  const std::int64_t D = in[kX].size(2);
  check_argument(kName, "norm_weight", in[kNormWeight], {D}, in[kX]);
  check_argument(kName, "norm_bias", in[kNormBias], {D}, in[kX]);
  check_argument(kName, "x_k", in[kMu], {1, 1, D}, in[kX]);
  check_leading(kName, "key", in[kKey], 2, "[hidden, D]");
  check_argument(kName, "key", in[kKey], {in[kKey].size(0), D}, in[kX]);
  check_argument(kName, "value", in[kValue], {D, in[kKey].size(0)}, in[kX]);
}

Carried carried_row(const Tensor& x, const Tensor& shift) {
  const Tensor zeros = at::zeros({x.size(0), x.size(2)}, x.options());
  if (!shift.defined()) return {{}, zeros};
  const Tensor before = shift.contiguous();
  check_argument(kName, "shift", before, zeros.sizes(), x);
  return {before, x.size(1) == 0 ? before : zeros};
}

}  // namespace

at::Tensor channel_mix_block(const at::Tensor& x, const at::Tensor& norm_weight, const at::Tensor& norm_bias,
                             const at::Tensor& x_k, const at::Tensor& key, const at::Tensor& value,
                             at::Tensor* shift) {
  const variable_list in{x, norm_weight, norm_bias, x_k, key, value};
  check_inputs(in);
  const Carried carried = shift != nullptr ? carried_row(x, *shift) : Carried{};
  if (shift != nullptr) *shift = carried.after;
  if (wants_gradient(x, norm_weight, norm_bias, x_k, key, value))
    return ChannelMixFunction::apply(at::TensorList(in), carried);
  Tensor out = reusable_empty(x.sizes());
  run_forward(Shape(in), in, carried, false, out);
  return out;
}

}  // namespace anser::ops
