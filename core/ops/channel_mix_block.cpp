#include "core/ops/channel_mix_block.h"

#include <ATen/ops/zeros.h>

#include <algorithm>

#include "core/ops/block_node.h"
#include "core/ops/chunks.h"
#include "kernels/fused/layer_norm.h"
#include "kernels/fused/token_shift.h"

namespace anser::ops {
namespace {

using at::Tensor;
using kernels::fused::Major;
namespace fused = kernels::fused;

enum Input : std::size_t { kX, kNormWeight, kNormBias, kMu, kKey, kValue };

/// Hidden units that are worked on together: a chunk's numbers of them stay in the innermost cache.
constexpr std::int64_t kGroup = 64;

struct Shape {
  std::int64_t batch, time, width, hidden;

  explicit Shape(at::TensorList in)
      : batch(in[kX].size(0)), time(in[kX].size(1)), width(in[kX].size(2)), hidden(in[kKey].size(0)) {}
  Chunks chunks() const { return {batch, time}; }
};

/// What the backward pass needs of a chunk. key: one group of hidden units after the other.
struct Saved {
  float *h, *key;

  Saved(Layout& layout, const Shape& s, std::int64_t rows)
      : h(layout.take(rows * s.width)), key(layout.take(rows * s.hidden)) {}
};

/// A group's packed matrices (Major::output forward, Major::input backward).
struct Weights {
  Packed key, value;

  Weights(Layout& layout, const Shape& s, std::int64_t units, Major major)
      : key(layout, major, units, s.width), value(layout, major, s.width, units) {}
};

/// The hidden units first .. first+units-1.
struct Group {
  std::int64_t first, units;
  Weights weights;
};

/// The packed matrices of all groups.
class Groups {
 public:
  Groups(Layout& layout, const Shape& s, Major major)
      : shape_(s),
        major_(major),
        size_(layout_size<Weights>(s, kGroup, major)),
        memory_(layout.take(count() * size_)) {}

  void fill(at::TensorList in) const {
    for (std::int64_t i = 0; i < count(); ++i) {
      const Group group = (*this)[i];
      group.weights.key.fill(data<float>(in[kKey]) + group.first * shape_.width, shape_.width);
      group.weights.value.fill(data<float>(in[kValue]) + group.first, shape_.hidden);
    }
  }

  std::int64_t count() const { return (shape_.hidden + kGroup - 1) / kGroup; }
  Group operator[](std::int64_t i) const {
    Layout place(memory_ + i * size_);
    const std::int64_t first = i * kGroup, units = std::min(kGroup, shape_.hidden - first);
    return {first, units, Weights(place, shape_, units, major_)};
  }

 private:
  const Shape& shape_;
  Major major_;
  std::int64_t size_;
  float* memory_;
};

/// Memory of the forward pass: packed matrices, a chunk's mixture and a group's squared ReLU of it.
struct Scratch {
  Groups groups;
  float *mixture, *squares;

  Scratch(Layout& layout, const Shape& s, Major major = Major::output)
      : groups(layout, s, major),
        mixture(layout.take(s.chunks().rows() * s.width)),
        squares(layout.take(s.chunks().rows() * kGroup)) {}
};

/// Of the backward pass: and their gradients.
struct BackwardScratch : Scratch {
  float *dkey, *dmixture, *dh, *workspace;

  BackwardScratch(Layout& layout, const Shape& s)
      : Scratch(layout, s, Major::input),
        dkey(layout.take(s.chunks().rows() * kGroup)),
        dmixture(layout.take(s.chunks().rows() * s.width)),
        dh(layout.take(s.chunks().rows() * s.width)),
        workspace(layout.take(2 * s.width)) {}
};

struct ChannelMixNode {
  static constexpr const char* kName = "ops::channel_mix_block";
  static constexpr std::array<std::size_t, 1> kOverwritten{kX};
  Tensor before, after;  // last normed rows [B, D]; undefined: zeros, and not wanted

  variable_list forward(at::TensorList in, Tensor* saved) const {
    const Shape s(in);
    const Chunks chunks = s.chunks();
    Tensor out = reusable_empty(in[kX].sizes());
    const std::int64_t piece = layout_size<Saved>(s, chunks.rows());
    const Tensor pieces = reusable_empty({piece * (saved != nullptr ? chunks.count() : 1)});
    const Tensor memory = reusable_empty({layout_size<Scratch>(s)});
    Layout layout(mutable_data<float>(memory));
    const Scratch scratch(layout, s);
    scratch.groups.fill(in);
    for (std::int64_t chunk = 0; chunk < chunks.count(); ++chunk) {
      Layout place(mutable_data<float>(pieces) + (saved != nullptr ? chunk * piece : 0));
      const std::int64_t sequences = chunks.sequences_of(chunk);
      forward_chunk(s, in, Saved(place, s, sequences * s.time), scratch, chunks.first(chunk), sequences,
                    mutable_data<float>(out));
    }
    if (saved != nullptr) *saved = pieces;
    return {out};
  }

  void backward(at::TensorList in, const Tensor& saved, const variable_list& douts,
                const Gradients& grads) const {
    const Shape s(in);
    const Chunks chunks = s.chunks();
    const Tensor dout = defined_gradient(douts[0], in[kX]);
    const std::int64_t piece = layout_size<Saved>(s, chunks.rows());
    const Tensor memory = reusable_empty({layout_size<BackwardScratch>(s)});
    Layout layout(mutable_data<float>(memory));
    const BackwardScratch scratch(layout, s);
    scratch.groups.fill(in);
    for (std::int64_t chunk = 0; chunk < chunks.count(); ++chunk) {
      Layout place(mutable_data<float>(saved) + chunk * piece);
      const std::int64_t sequences = chunks.sequences_of(chunk);
      backward_chunk(s, in, Saved(place, s, sequences * s.time), scratch, chunks.first(chunk), sequences,
                     data<float>(dout), grads);
    }
  }

 private:
  /// The rows before those of the sequences from `first` on.
  const float* previous(const Shape& s, std::int64_t first) const {
    return before.defined() ? data<float>(before) + first * s.width : nullptr;
  }

  void forward_chunk(const Shape& s, at::TensorList in, const Saved& kept, const Scratch& scratch,
                     std::int64_t first, std::int64_t sequences, float* out) const {
    const std::int64_t rows = sequences * s.time, at = first * s.time * s.width;
    const float* x = data<float>(in[kX]) + at;
    fused::layer_norm_forward(rows, s.width, x, data<float>(in[kNormWeight]), data<float>(in[kNormBias]),
                              kept.h);
    fused::token_shift_forward({sequences, s.time, s.width, 1}, kept.h, previous(s, first),
                               data<float>(in[kMu]), scratch.mixture);
    if (after.defined())
      for (std::int64_t b = 0; b < sequences; ++b)
        std::copy_n(kept.h + ((b + 1) * s.time - 1) * s.width, s.width,
                    mutable_data<float>(after) + (first + b) * s.width);
    for (std::int64_t i = 0; i < scratch.groups.count(); ++i) {
      const Group group = scratch.groups[i];
      const Weights& weights = group.weights;
      float* key = kept.key + rows * group.first;
      weights.key.multiply(rows, scratch.mixture, key, {.squares = scratch.squares});
      weights.value.multiply(rows, scratch.squares, out + at,
                             {.add = i > 0, .residual = i + 1 == scratch.groups.count() ? x : nullptr});
    }
  }

  void backward_chunk(const Shape& s, at::TensorList in, const Saved& kept, const BackwardScratch& d,
                      std::int64_t first, std::int64_t sequences, const float* douts,
                      const Gradients& grads) const {
    const std::int64_t rows = sequences * s.time, at = first * s.time * s.width;
    const float* dout = douts + at;
    const fused::TokenShiftShape shift{sequences, s.time, s.width, 1};
    fused::token_shift_forward(shift, kept.h, previous(s, first), data<float>(in[kMu]), d.mixture);
    for (std::int64_t i = 0; i < d.groups.count(); ++i)
      backward_group(s, d.groups[i], kept.key + rows * i * kGroup, d, rows, dout, grads);
    fused::token_shift_backward(shift, kept.h, previous(s, first), data<float>(in[kMu]), d.dmixture, d.dh,
                                grads[kMu]);
    fused::layer_norm_backward(rows, s.width, data<float>(in[kX]) + at, data<float>(in[kNormWeight]), d.dh,
                               dout, grads[kX] + at, grads[kNormWeight], grads[kNormBias], d.workspace);
  }

  static void backward_group(const Shape& s, const Group& group, const float* key, const BackwardScratch& d,
                             std::int64_t rows, const float* dout, const Gradients& grads) {
    const auto& [unit, units, weights] = group;
    weights.value.multiply(rows, dout, d.dkey, {.relu = key, .squares = d.squares});
    fused::add_outer_products(rows, s.width, units, dout, d.squares, grads[kValue] + unit, s.hidden);
    fused::add_outer_products(rows, units, s.width, d.dkey, d.mixture, grads[kKey] + unit * s.width, s.width);
    weights.key.multiply(rows, d.dkey, d.dmixture, {.add = unit > 0});
  }
};

void check_inputs(at::TensorList in) {
  constexpr const char* kName = ChannelMixNode::kName;
  check_branch(kName, in[kX], in[kNormWeight], in[kNormBias]);
  const std::int64_t D = in[kX].size(2);
  check_argument(kName, "x_k", in[kMu], {1, 1, D}, in[kX]);
  check_leading(kName, "key", in[kKey], 2, "[hidden, D]");
  check_argument(kName, "key", in[kKey], {in[kKey].size(0), D}, in[kX]);
  check_argument(kName, "value", in[kValue], {D, in[kKey].size(0)}, in[kX]);
}

/// The rows before, checked, and room for those after: what was there (zeros) where no token is read.
ChannelMixNode with_state(const Tensor& x, const Tensor& shift) {
  const Tensor zeros = at::zeros({x.size(0), x.size(2)}, x.options());
  if (!shift.defined()) return {{}, zeros};
  const Tensor before = shift.contiguous();
  check_argument(ChannelMixNode::kName, "shift", before, zeros.sizes(), x);
  return {before, x.size(1) == 0 ? before : zeros};
}

}  // namespace

at::Tensor channel_mix_block(const at::Tensor& x, const at::Tensor& norm_weight, const at::Tensor& norm_bias,
                             const at::Tensor& x_k, const at::Tensor& key, const at::Tensor& value,
                             at::Tensor* shift) {
  const variable_list in{x, norm_weight, norm_bias, x_k, key, value};
  check_inputs(in);
  const ChannelMixNode node = shift != nullptr ? with_state(x, *shift) : ChannelMixNode{};
  if (shift != nullptr) *shift = node.after;
  return run_block(in, node)[0];
}

}  // namespace anser::ops
