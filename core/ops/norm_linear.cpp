#include "core/ops/norm_linear.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "core/ops/block.h"
#include "core/ops/checks.h"
#include "core/ops/differentiate.h"
#include "kernels/fused/gates.h"
#include "kernels/fused/layer_norm.h"

namespace anser::ops {
namespace {

using at::Tensor;
using kernels::fused::Major;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
namespace fused = kernels::fused;

constexpr const char* kName = "ops::norm_linear";
constexpr std::int64_t kChunkRows = 64;

enum Input : std::size_t { kX, kNormWeight, kNormBias, kWeight, kBias };

struct Shape {
  std::int64_t rows, width, labels;

  explicit Shape(at::TensorList in)
      : rows(in[kX].size(0) * in[kX].size(1)), width(in[kX].size(2)), labels(in[kWeight].size(0)) {}
};

Tensor output_like(const Tensor& x, std::int64_t labels) {
  return reusable_empty({x.size(0), x.size(1), labels});
}

/// Memory for a packed weight and, in the backward pass, a chunk's gradients.
struct Scratch {
  Packed weight;
  float *dh, *sums;

  Scratch(Layout& layout, const Shape& s, bool backward)
      : weight(layout, backward ? s.labels : s.width, backward ? s.width : s.labels),
        dh(layout.take(backward ? kChunkRows * s.width : 0)),
        sums(layout.take(2 * s.width)) {}
};

Tensor scratch_memory(const Shape& s, bool backward) {
  Layout size;
  const Scratch unplaced(size, s, backward);
  return reusable_empty({size.size()});
}

/// Returns the normed rows.
Tensor run_forward(const Shape& s, at::TensorList in, const Tensor& out) {
  const Tensor normed = reusable_empty({s.rows, s.width});
  const Tensor memory = scratch_memory(s, false);
  Layout layout(memory.mutable_data_ptr<float>());
  const Scratch scratch(layout, s, false);
  scratch.weight.fill(Major::output, data<float>(in[kWeight]));
  const float* bias = in.size() > kBias ? data<float>(in[kBias]) : nullptr;
  for (std::int64_t row = 0; row < s.rows; row += kChunkRows) {
    const std::int64_t rows = std::min(kChunkRows, s.rows - row);
    float* h = mutable_data<float>(normed) + row * s.width;
    fused::layer_norm_forward(rows, s.width, data<float>(in[kX]) + row * s.width,
                              data<float>(in[kNormWeight]), data<float>(in[kNormBias]), h);
    scratch.weight.multiply(rows, h, mutable_data<float>(out) + row * s.labels, bias);
  }
  return normed;
}

void run_backward(const Shape& s, at::TensorList in, const Tensor& normed, const float* dout,
                  const Gradients& grads) {
  const Tensor memory = scratch_memory(s, true);
  Layout layout(memory.mutable_data_ptr<float>());
  const Scratch scratch(layout, s, true);
  scratch.weight.fill(Major::input, data<float>(in[kWeight]));
  for (std::int64_t row = 0; row < s.rows; row += kChunkRows, dout += kChunkRows * s.labels) {
    const std::int64_t rows = std::min(kChunkRows, s.rows - row), at = row * s.width;
    fused::add_outer_products(rows, s.labels, s.width, dout, data<float>(normed) + at, grads[kWeight]);
    if (in.size() > kBias) fused::add_column_sums(rows, s.labels, dout, grads[kBias]);
    scratch.weight.multiply(rows, dout, scratch.dh);
    fused::layer_norm_backward(rows, s.width, data<float>(in[kX]) + at, data<float>(in[kNormWeight]),
                               scratch.dh, grads[kX] + at, scratch.sums, scratch.sums + s.width);
    fused::add_to(s.width, scratch.sums, grads[kNormWeight]);
    fused::add_to(s.width, scratch.sums + s.width, grads[kNormBias]);
  }
}

class NormLinearFunction : public torch::autograd::Function<NormLinearFunction> {
 public:
  static Tensor forward(AutogradContext* ctx, at::TensorList in) {
    at::AutoDispatchBelowADInplaceOrView below;
    const Shape s(in);
    const Tensor out = output_like(in[kX], s.labels);
    ctx->saved_data["normed"] = run_forward(s, in, out);
    ctx->save_for_backward(in.vec());
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list douts) {
    refuse_second_derivative(kName);
    const variable_list in = ctx->get_saved_variables();
    const Gradients grads(in);
    const Tensor dout = douts[0].contiguous();
    run_backward(Shape(in), in, ctx->saved_data["normed"].toTensor(), data<float>(dout), grads);
    return grads.tensors();
  }
};

void check_inputs(at::TensorList in) {
  check_leading(kName, "x", in[kX], 3, "[B, T, D]");
  require(runs_blocks(in[kX]), kName, "x is {} on {}, wanted float on cpu", in[kX].dtype().name(),
          in[kX].device().str());
  const std::int64_t D = in[kX].size(2);
  check_argument(kName, "norm_weight", in[kNormWeight], {D}, in[kX]);
  check_argument(kName, "norm_bias", in[kNormBias], {D}, in[kX]);
  check_leading(kName, "weight", in[kWeight], 2, "[V, D]");
  check_argument(kName, "weight", in[kWeight], {in[kWeight].size(0), D}, in[kX]);
  if (in.size() > kBias) check_argument(kName, "bias", in[kBias], {in[kWeight].size(0)}, in[kX]);
}

}  // namespace

at::Tensor norm_linear(const at::Tensor& x, const at::Tensor& norm_weight, const at::Tensor& norm_bias,
                       const at::Tensor& weight, const at::Tensor& bias) {
  variable_list in{x, norm_weight, norm_bias, weight};
  if (bias.defined()) in.push_back(bias);
  check_inputs(in);
  if (std::any_of(in.begin(), in.end(), [](const Tensor& t) { return wants_gradient(t); }))
    return NormLinearFunction::apply(at::TensorList(in));
  const Shape s(in);
  Tensor out = output_like(x, s.labels);
  run_forward(s, in, out);
  return out;
}

}  // namespace anser::ops
