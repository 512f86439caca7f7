#include "core/ops/norm_linear.h"

#include "core/ops/block_node.h"
#include "core/ops/chunks.h"
#include "kernels/fused/layer_norm.h"

namespace anser::ops {
namespace {

using at::Tensor;
using kernels::fused::Major;
namespace fused = kernels::fused;

enum Input : std::size_t { kX, kNormWeight, kNormBias, kWeight, kBias };

struct Shape {
  std::int64_t rows, width, labels;

  explicit Shape(at::TensorList in)
      : rows(in[kX].size(0) * in[kX].size(1)), width(in[kX].size(2)), labels(in[kWeight].size(0)) {}
  Chunks chunks() const { return {rows, 1}; }
};

/// Memory for the packed weight and a chunk's gradients.
struct Scratch {
  Packed weight;
  float *dh, *workspace;

  Scratch(Layout& layout, const Shape& s, Major major)
      : weight(layout, major, s.labels, s.width),
        dh(layout.take(kChunkRows * s.width)),
        workspace(layout.take(2 * s.width)) {}
};

struct NormLinear {
  static constexpr const char* kName = "ops::norm_linear";
  static constexpr std::array<std::size_t, 1> kOverwritten{kX};

  /// Saves the normed rows.
  variable_list forward(at::TensorList in, Tensor* saved) const {
    const Shape s(in);
    Tensor out = reusable_empty({in[kX].size(0), in[kX].size(1), s.labels});
    const Tensor normed = reusable_empty({s.rows, s.width});
    const Tensor memory = reusable_empty({layout_size<Scratch>(s, Major::output)});
    Layout layout(mutable_data<float>(memory));
    const Scratch scratch(layout, s, Major::output);
    scratch.weight.fill(data<float>(in[kWeight]), s.width);
    const Chunks chunks = s.chunks();
    for (std::int64_t chunk = 0; chunk < chunks.count(); ++chunk) {
      const std::int64_t row = chunks.first(chunk), rows = chunks.sequences_of(chunk);
      float* h = mutable_data<float>(normed) + row * s.width;
      fused::layer_norm_forward(rows, s.width, data<float>(in[kX]) + row * s.width,
                                data<float>(in[kNormWeight]), data<float>(in[kNormBias]), h);
      scratch.weight.multiply(rows, h, mutable_data<float>(out) + row * s.labels,
                              {.bias = in.size() > kBias ? data<float>(in[kBias]) : nullptr});
    }
    if (saved != nullptr) *saved = normed;
    return {out};
  }

  void backward(at::TensorList in, const Tensor& normed, const variable_list& douts,
                const Gradients& grads) const {
    const Shape s(in);
    const Tensor dlogits = douts[0].contiguous();
    const Tensor memory = reusable_empty({layout_size<Scratch>(s, Major::input)});
    Layout layout(mutable_data<float>(memory));
    const Scratch scratch(layout, s, Major::input);
    scratch.weight.fill(data<float>(in[kWeight]), s.width);
    const Chunks chunks = s.chunks();
    for (std::int64_t chunk = 0; chunk < chunks.count(); ++chunk) {
      const std::int64_t row = chunks.first(chunk), rows = chunks.sequences_of(chunk), at = row * s.width;
      const float* dout = data<float>(dlogits) + row * s.labels;
      fused::add_outer_products(rows, s.labels, s.width, dout, data<float>(normed) + at, grads[kWeight],
                                s.width);
      if (in.size() > kBias) fused::add_column_sums(rows, s.labels, dout, grads[kBias]);
      scratch.weight.multiply(rows, dout, scratch.dh);
      fused::layer_norm_backward(rows, s.width, data<float>(in[kX]) + at, data<float>(in[kNormWeight]),
                                 scratch.dh, nullptr, grads[kX] + at, grads[kNormWeight], grads[kNormBias],
                                 scratch.workspace);
    }
  }
};

void check_inputs(at::TensorList in) {
  constexpr const char* kName = NormLinear::kName;
  check_branch(kName, in[kX], in[kNormWeight], in[kNormBias]);
  check_leading(kName, "weight", in[kWeight], 2, "[V, D]");
  check_argument(kName, "weight", in[kWeight], {in[kWeight].size(0), in[kX].size(2)}, in[kX]);
  if (in.size() > kBias) check_argument(kName, "bias", in[kBias], {in[kWeight].size(0)}, in[kX]);
}

}  // namespace

at::Tensor norm_linear(const at::Tensor& x, const at::Tensor& norm_weight, const at::Tensor& norm_bias,
                       const at::Tensor& weight, const at::Tensor& bias) {
  variable_list in{x, norm_weight, norm_bias, weight};
  if (bias.defined()) in.push_back(bias);
  check_inputs(in);
  return run_block(in, NormLinear{})[0];
}

}  // namespace anser::ops
