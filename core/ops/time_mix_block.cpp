#include "core/ops/time_mix_block.h"

#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/ops/block.h"
#include "core/ops/checks.h"
#include "core/ops/differentiate.h"
#include "kernels/fused/gates.h"
#include "kernels/fused/layer_norm.h"
#include "kernels/fused/read_out.h"
#include "kernels/fused/token_shift.h"

namespace anser::ops {
namespace {

using at::Tensor;
using kernels::fused::Major;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
namespace fused = kernels::fused;

constexpr const char* kName = "ops::time_mix_block";
constexpr std::int64_t kChunkRows = 64;

/// The node's inputs. The last four are there after the first layer only.
enum Input : std::size_t {
  kX,
  kNormWeight,
  kNormBias,  //
  kMuR,
  kMuW,
  kMuK,
  kMuV,
  kMuA,
  kMuG,  //
  kW0,
  kW1,
  kW2,
  kA0,
  kA1,
  kA2,
  kG1,
  kG2,  //
  kKK,
  kKA,
  kRK,
  kReceptance,
  kKey,
  kValue,
  kOutput,
  kLnXWeight,
  kLnXBias,  //
  kVFirst,
  kV0,
  kV1,
  kV2,
  kInputs
};
constexpr std::int64_t kMixtures = 6;

/// A low-rank path: [D, rank] and [rank, D].
struct LowRank {
  std::int64_t rank = 0;
  std::size_t inner = 0, outer = 0;  // places among the inputs
};

/// The call's state: what was there before, and where to leave what is there after. Undefined: zeros, and
/// nothing is left.
struct Carried {
  TimeMixState before, after;
};

/// A call's sizes, multiplier and state.
struct Call {
  std::int64_t batch, time, width, heads, size;
  LowRank w, a, g, v;
  bool first;  // layer
  Multiplier c;
  Carried carried;

  Call(at::TensorList in, Multiplier multiplier, Carried state)
      : batch(in[kX].size(0)),
        time(in[kX].size(1)),
        width(in[kX].size(2)),
        heads(in[kRK].size(0)),
        size(in[kRK].size(1)),
        w{in[kW1].size(1), kW1, kW2},
        a{in[kA1].size(1), kA1, kA2},
        g{in[kG1].size(1), kG1, kG2},
        first(in.size() == kVFirst),
        c(multiplier),
        carried(std::move(state)) {
    if (!first) v = {in[kV1].size(1), kV1, kV2};
  }
};

const float* at_row(const Tensor& x, std::int64_t row) {
  return data<float>(x) + row * x.size(2);
}

const float* data_or_null(const Tensor& tensor, std::int64_t offset) {
  return tensor.defined() ? data<float>(tensor) + offset : nullptr;
}

float* mutable_data_or_null(const Tensor& tensor, std::int64_t offset) {
  return tensor.defined() ? mutable_data<float>(tensor) + offset : nullptr;
}

/// What the backward pass needs of a chunk of `rows` rows.
struct Saved {
  float *h, *mixed, *r, *k, *own, *decay, *icl, *gate, *hidden_w, *hidden_a, *hidden_g, *hidden_v, *z, *v;
  float *k_tilde, *a, *b, *y, *read, *checkpoints;

  Saved(Layout& layout, const Call& s, const kernels::Wkv7Shape& recurrence) {
    const std::int64_t rows = recurrence.batch * s.time, n = rows * s.width;
    h = layout.take(n);
    mixed = layout.take(kMixtures * n);
    for (float** array : {&r, &k, &own, &decay, &icl, &gate, &k_tilde, &a, &b, &y, &read})
      *array = layout.take(n);
    hidden_w = layout.take(rows * s.w.rank);
    hidden_a = layout.take(rows * s.a.rank);
    hidden_g = layout.take(rows * s.g.rank);
    hidden_v = layout.take(rows * s.v.rank);
    z = v = own;
    if (!s.first) {
      z = layout.take(n);
      v = layout.take(n);
    }
    checkpoints = layout.take(kernels::wkv7_checkpoint_size(recurrence));
  }
};

kernels::Wkv7Shape recurrence_of(const Call& s, std::int64_t sequences) {
  return {.batch = sequences, .time = s.time, .heads = s.heads, .size = s.size};
}

/// Numbers of a sequence's WKV state.
std::int64_t state_size(const Call& s) {
  return s.heads * s.size * s.size;
}

std::int64_t saved_size(const Call& s, std::int64_t sequences) {
  Layout layout;
  Saved(layout, s, recurrence_of(s, sequences));
  return layout.size();
}

fused::KeyPreparationInputs<float> key_inputs(at::TensorList in, const Saved& kept) {
  return {.k = kept.k,
          .icl_logit = kept.icl,
          .decay_logit = kept.decay,
          .k_k = data<float>(in[kKK]),
          .k_a = data<float>(in[kKA])};
}

fused::ReadOutInputs<float> read_out_inputs(at::TensorList in, const Saved& kept) {
  return {.y = kept.y,
          .r = kept.r,
          .k_tilde = kept.k_tilde,
          .v = kept.v,
          .gate = kept.gate,
          .r_k = data<float>(in[kRK]),
          .norm_weight = data<float>(in[kLnXWeight]),
          .norm_bias = data<float>(in[kLnXBias])};
}

kernels::Wkv7Inputs<float> recurrence_inputs(const Saved& kept, const float* s0) {
  return {.r = kept.r, .w = kept.decay, .k = kept.k_tilde, .v = kept.v, .a = kept.a, .b = kept.b, .s0 = s0};
}

/// The six mixing vectors behind one another.
void gather_mixtures(at::TensorList in, std::int64_t width, float* mu) {
  for (std::int64_t m = 0; m < kMixtures; ++m)
    std::copy_n(data<float>(in[kMuR + static_cast<std::size_t>(m)]), width, mu + m * width);
}

// Forward.

class Forward {
 public:
  Forward(const Call& shape, at::TensorList in, Layout& layout)
      : s_(shape),
        in_(in),
        mu_(layout.take(kMixtures * s_.width)),
        receptance_(layout, s_.width, s_.width),
        key_(layout, s_.width, s_.width),
        value_(layout, s_.width, s_.width),
        output_(layout, s_.width, s_.width),
        w_(layout, s_, s_.w),
        a_(layout, s_, s_.a),
        g_(layout, s_, s_.g),
        v_(layout, s_, s_.v) {}

  void pack() const {
    gather_mixtures(in_, s_.width, mu_);
    receptance_.fill(Major::output, data<float>(in_[kReceptance]));
    key_.fill(Major::output, data<float>(in_[kKey]));
    value_.fill(Major::output, data<float>(in_[kValue]));
    output_.fill(Major::output, data<float>(in_[kOutput]));
    for (const LowRankPath* path : {&w_, &a_, &g_, &v_}) path->pack(in_);
  }

  /// Sequences first.. of the batch; `keep` leaves the recurrence's checkpoints.
  void run(const Saved& kept, std::int64_t first, std::int64_t sequences, bool keep, const Tensor& out,
           const Tensor& v_first) const {
    const std::int64_t rows = sequences * s_.time, n = rows * s_.width, row = first * s_.time;
    const float* x = at_row(in_[kX], row);
    fused::layer_norm_forward(rows, s_.width, x, data<float>(in_[kNormWeight]), data<float>(in_[kNormBias]),
                              kept.h);
    fused::token_shift_forward({sequences, s_.time, s_.width, kMixtures}, kept.h,
                               data_or_null(s_.carried.before.shift, first * s_.width), mu_, kept.mixed);
    keep_last_rows(kept.h, first, sequences);
    project(kept, rows);
    if (s_.first)
      std::copy_n(kept.v, n, v_first.mutable_data_ptr<float>() + row * s_.width);
    else
      fused::value_mix_forward(n, kept.own, at_row(v_first, row), kept.z, kept.v);
    fused::key_preparation_forward({rows, s_.heads, s_.size}, s_.c, key_inputs(in_, kept),
                                   {.k_tilde = kept.k_tilde, .a = kept.a, .b = kept.b});
    require_ok(kernels::cpu::wkv7_forward(
        recurrence_of(s_, sequences), Decay::logit,
        recurrence_inputs(kept, data_or_null(s_.carried.before.wkv, first * state_size(s_))), kept.y,
        mutable_data_or_null(s_.carried.after.wkv, first * state_size(s_)),
        keep ? kept.checkpoints : nullptr));
    fused::read_out_forward({rows, s_.heads, s_.size}, read_out_inputs(in_, kept), kept.read);
    float* result = out.mutable_data_ptr<float>() + row * s_.width;
    output_.multiply(rows, kept.read, result);
    fused::add_to(n, x, result);
  }

 private:
  struct LowRankPath {
    LowRank path;
    Packed inner, outer;

    LowRankPath(Layout& layout, const Call& s, const LowRank& low_rank)
        : path(low_rank), inner(layout, s.width, path.rank), outer(layout, path.rank, s.width) {}
    void pack(at::TensorList in) const {
      if (path.rank == 0) return;
      inner.fill(Major::input, data<float>(in[path.inner]));
      outer.fill(Major::input, data<float>(in[path.outer]));
    }
  };

  /// The last normed row of each sequence, where it is asked for.
  void keep_last_rows(const float* h, std::int64_t first, std::int64_t sequences) const {
    float* last = mutable_data_or_null(s_.carried.after.shift, first * s_.width);
    if (last == nullptr) return;
    for (std::int64_t b = 0; b < sequences; ++b)
      std::copy_n(h + ((b + 1) * s_.time - 1) * s_.width, s_.width, last + b * s_.width);
  }

  /// All products of the mixed rows.
  void project(const Saved& kept, std::int64_t rows) const {
    const auto mixed = [&](std::int64_t m) { return kept.mixed + m * rows * s_.width; };  // r w k v a g
    receptance_.multiply(rows, mixed(0), kept.r);
    key_.multiply(rows, mixed(2), kept.k);
    value_.multiply(rows, mixed(3), kept.own);
    w_.inner.multiply(rows, mixed(1), kept.hidden_w);
    fused::tanh_forward(rows * s_.w.rank, kept.hidden_w, kept.hidden_w);
    w_.outer.multiply(rows, kept.hidden_w, kept.decay, data<float>(in_[kW0]));
    a_.inner.multiply(rows, mixed(4), kept.hidden_a);
    a_.outer.multiply(rows, kept.hidden_a, kept.icl, data<float>(in_[kA0]));
    g_.inner.multiply(rows, mixed(5), kept.hidden_g);
    fused::sigmoid_forward(rows * s_.g.rank, kept.hidden_g, kept.hidden_g);
    g_.outer.multiply(rows, kept.hidden_g, kept.gate);
    if (s_.first) return;
    v_.inner.multiply(rows, mixed(3), kept.hidden_v);
    v_.outer.multiply(rows, kept.hidden_v, kept.z, data<float>(in_[kV0]));
  }

  const Call& s_;
  at::TensorList in_;
  float* mu_;
  Packed receptance_, key_, value_, output_;
  LowRankPath w_, a_, g_, v_;
};

/// out and v_first are whole tensors; returns what the backward pass needs (one piece per chunk) where
/// `keep`.
Tensor run_forward(const Call& s, at::TensorList in, bool keep, const Tensor& out, const Tensor& v_first) {
  const Chunks chunks(s.batch, s.time, kChunkRows);
  Layout shared_size;
  const Forward unplaced(s, in, shared_size);
  const std::int64_t piece = saved_size(s, chunks.sequences);
  const Tensor shared = reusable_empty({shared_size.size()});
  const Tensor saved = reusable_empty({piece * (keep ? chunks.count() : 1)});
  Layout layout(shared.mutable_data_ptr<float>());
  const Forward forward(s, in, layout);
  forward.pack();
  for (std::int64_t chunk = 0; chunk < chunks.count(); ++chunk) {
    Layout place(saved.mutable_data_ptr<float>() + (keep ? chunk * piece : 0));
    const std::int64_t sequences = chunks.sequences_of(chunk);
    forward.run(Saved(place, s, recurrence_of(s, sequences)), chunks.first(chunk), sequences, keep, out,
                v_first);
  }
  return saved;
}

// Backward.

/// Gradients of a chunk's arrays.
struct ChunkGradients {
  float *read, *y, *r, *k_tilde, *v, *gate, *r2, *decay, *k2, *v2, *a, *b, *k, *icl, *decay2, *z, *hidden,
      *mixed, *h, *parameters, *workspace;

  ChunkGradients(Layout& layout, const Call& s, const kernels::Wkv7Shape& recurrence) {
    const std::int64_t rows = recurrence.batch * s.time, n = rows * s.width;
    for (float** array :
         {&read, &y, &r, &k_tilde, &v, &gate, &r2, &decay, &k2, &v2, &a, &b, &k, &icl, &decay2, &z, &h})
      *array = layout.take(n);
    hidden = layout.take(rows * std::max({s.w.rank, s.a.rank, s.g.rank, s.v.rank}));
    mixed = layout.take(kMixtures * n);
    parameters = layout.take(kMixtures * s.width);  // sums of one chunk that are then added to the total
    workspace = layout.take(kernels::wkv7_workspace_size(recurrence, 1));
  }
};

class Backward {
 public:
  Backward(const Call& shape, at::TensorList in, const Gradients& grads, Layout& layout)
      : s_(shape),
        in_(in),
        grads_(grads),
        mu_(layout.take(kMixtures * s_.width)),
        receptance_(layout, s_.width, s_.width),
        key_(layout, s_.width, s_.width),
        value_(layout, s_.width, s_.width),
        output_(layout, s_.width, s_.width),
        w_(layout, s_, s_.w),
        a_(layout, s_, s_.a),
        g_(layout, s_, s_.g),
        v_(layout, s_, s_.v) {}

  void pack() const {
    gather_mixtures(in_, s_.width, mu_);
    receptance_.fill(Major::input, data<float>(in_[kReceptance]));
    key_.fill(Major::input, data<float>(in_[kKey]));
    value_.fill(Major::input, data<float>(in_[kValue]));
    output_.fill(Major::input, data<float>(in_[kOutput]));
    for (const LowRankPath* path : {&w_, &a_, &g_, &v_}) path->pack(in_);
  }

  /// dv_first: the gradient that reached the first layer's value (or null).
  void run(const Saved& kept, const ChunkGradients& d, std::int64_t first, std::int64_t sequences,
           const float* dout, const float* dv_first) const {
    const std::int64_t rows = sequences * s_.time, n = rows * s_.width, at = first * s_.time * s_.width;
    output_.multiply(rows, dout, d.read);
    fused::add_outer_products(rows, s_.width, s_.width, dout, kept.read, grads_[kOutput]);
    read_out(kept, d, rows);
    recurrence(kept, d, first, sequences);
    keys(kept, d, rows);
    values(kept, d, rows, at, dv_first);
    project(kept, d, rows);
    fused::token_shift_backward({sequences, s_.time, s_.width, kMixtures}, kept.h,
                                data_or_null(s_.carried.before.shift, first * s_.width), mu_, d.mixed, d.h,
                                d.parameters);
    for (std::size_t m = 0; m < kMixtures; ++m)
      fused::add_to(s_.width, d.parameters + static_cast<std::int64_t>(m) * s_.width, grads_[kMuR + m]);
    float* dx = grads_[kX] + at;
    fused::layer_norm_backward(rows, s_.width, data<float>(in_[kX]) + at, data<float>(in_[kNormWeight]), d.h,
                               dx, d.parameters, d.parameters + s_.width);
    fused::add_to(s_.width, d.parameters, grads_[kNormWeight]);
    fused::add_to(s_.width, d.parameters + s_.width, grads_[kNormBias]);
    fused::add_to(n, dout, dx);
  }

 private:
  struct LowRankPath {
    LowRank path;
    Packed inner, outer;

    LowRankPath(Layout& layout, const Call& s, const LowRank& low_rank)
        : path(low_rank), inner(layout, path.rank, s.width), outer(layout, s.width, path.rank) {}
    void pack(at::TensorList in) const {
      if (path.rank == 0) return;
      inner.fill(Major::output, data<float>(in[path.inner]));
      outer.fill(Major::output, data<float>(in[path.outer]));
    }
  };

  void read_out(const Saved& kept, const ChunkGradients& d, std::int64_t rows) const {
    float* sums = d.parameters;
    fused::read_out_backward({rows, s_.heads, s_.size}, read_out_inputs(in_, kept), d.read,
                             {.dy = d.y,
                              .dr = d.r,
                              .dk_tilde = d.k_tilde,
                              .dv = d.v,
                              .dgate = d.gate,
                              .dr_k = sums,
                              .dnorm_weight = sums + s_.width,
                              .dnorm_bias = sums + 2 * s_.width});
    fused::add_to(s_.width, sums, grads_[kRK]);
    fused::add_to(s_.width, sums + s_.width, grads_[kLnXWeight]);
    fused::add_to(s_.width, sums + 2 * s_.width, grads_[kLnXBias]);
  }

  void recurrence(const Saved& kept, const ChunkGradients& d, std::int64_t first,
                  std::int64_t sequences) const {
    const std::int64_t n = sequences * s_.time * s_.width;
    require_ok(kernels::cpu::wkv7_backward(
        recurrence_of(s_, sequences), Decay::logit,
        recurrence_inputs(kept, data_or_null(s_.carried.before.wkv, first * state_size(s_))),
        kept.checkpoints, d.y, nullptr,
        {.dr = d.r2, .dw = d.decay, .dk = d.k2, .dv = d.v2, .da = d.a, .db = d.b, .ds0 = nullptr},
        d.workspace));
    fused::add_to(n, d.r2, d.r);
    fused::add_to(n, d.k2, d.k_tilde);
    fused::add_to(n, d.v2, d.v);
  }

  void keys(const Saved& kept, const ChunkGradients& d, std::int64_t rows) const {
    const bool reads_decay = s_.c == Multiplier::one_plus_decay;
    float* sums = d.parameters;
    fused::key_preparation_backward({rows, s_.heads, s_.size}, s_.c, key_inputs(in_, kept),
                                    {.k_tilde = d.k_tilde, .a = d.a, .b = d.b},
                                    {.dk = d.k,
                                     .dicl_logit = d.icl,
                                     .ddecay_logit = reads_decay ? d.decay2 : nullptr,
                                     .dk_k = sums,
                                     .dk_a = sums + s_.width});
    fused::add_to(s_.width, sums, grads_[kKK]);
    fused::add_to(s_.width, sums + s_.width, grads_[kKA]);
    if (reads_decay) fused::add_to(rows * s_.width, d.decay2, d.decay);
  }

  void values(const Saved& kept, const ChunkGradients& d, std::int64_t rows, std::int64_t at,
              const float* dv_first) const {
    const std::int64_t n = rows * s_.width;
    if (!s_.first)
      fused::value_mix_backward(n, kept.own, data<float>(in_[kVFirst]) + at, kept.z, d.v, d.v,
                                grads_[kVFirst] + at, d.z);
    else if (dv_first != nullptr)
      fused::add_to(n, dv_first + at, d.v);
  }

  /// One projection: its weight's gradient, and din = dout W.
  void projection(const Packed& matrix, std::size_t weight, std::int64_t rows, const float* in,
                  const float* dout, float* din) const {
    fused::add_outer_products(rows, s_.width, s_.width, dout, in, grads_[weight]);
    matrix.multiply(rows, dout, din);
  }

  /// The gradient of a low-rank path, given that of its output; leaves that of its hidden numbers in
  /// d.hidden.
  template <class Activation>
  void low_rank(const LowRankPath& low, std::int64_t rows, const float* in, const float* hidden,
                const float* dout, const ChunkGradients& d, const Activation& activation) const {
    const std::int64_t rank = low.path.rank;
    fused::add_outer_products(rows, rank, s_.width, hidden, dout, grads_[low.path.outer]);
    low.outer.multiply(rows, dout, d.hidden);
    activation(rows * rank, hidden, d.hidden, d.hidden);
    fused::add_outer_products(rows, s_.width, rank, in, d.hidden, grads_[low.path.inner]);
  }

  void project(const Saved& kept, const ChunkGradients& d, std::int64_t rows) const {
    const auto mixed = [&](std::int64_t m) { return kept.mixed + m * rows * s_.width; };
    const auto dmixed = [&](std::int64_t m) { return d.mixed + m * rows * s_.width; };
    const auto linear = [](std::int64_t, const float*, const float*, float*) {};
    projection(receptance_, kReceptance, rows, mixed(0), d.r, dmixed(0));
    projection(key_, kKey, rows, mixed(2), d.k, dmixed(2));
    projection(value_, kValue, rows, mixed(3), d.v, dmixed(3));
    fused::add_column_sums(rows, s_.width, d.decay, grads_[kW0]);
    low_rank(w_, rows, mixed(1), kept.hidden_w, d.decay, d, fused::tanh_backward);
    w_.inner.multiply(rows, d.hidden, dmixed(1));
    fused::add_column_sums(rows, s_.width, d.icl, grads_[kA0]);
    low_rank(a_, rows, mixed(4), kept.hidden_a, d.icl, d, linear);
    a_.inner.multiply(rows, d.hidden, dmixed(4));
    low_rank(g_, rows, mixed(5), kept.hidden_g, d.gate, d, fused::sigmoid_backward);
    g_.inner.multiply(rows, d.hidden, dmixed(5));
    if (s_.first) return;
    fused::add_column_sums(rows, s_.width, d.z, grads_[kV0]);
    low_rank(v_, rows, mixed(3), kept.hidden_v, d.z, d, linear);
    v_.inner.multiply_add(rows, d.hidden, dmixed(3));
  }

  const Call& s_;
  at::TensorList in_;
  const Gradients& grads_;
  float* mu_;
  Packed receptance_, key_, value_, output_;
  LowRankPath w_, a_, g_, v_;
};

void run_backward(const Call& s, at::TensorList in, const Tensor& saved, const float* dout,
                  const float* dv_first, const Gradients& grads) {
  const Chunks chunks(s.batch, s.time, kChunkRows);
  const std::int64_t piece = saved_size(s, chunks.sequences);
  const auto whole = recurrence_of(s, chunks.sequences);
  Layout size;
  const Backward unplaced(s, in, grads, size);
  ChunkGradients(size, s, whole);
  const Tensor scratch = reusable_empty({size.size()});
  Layout layout(scratch.mutable_data_ptr<float>());
  const Backward backward(s, in, grads, layout);
  const ChunkGradients d(layout, s, whole);
  backward.pack();
  for (std::int64_t chunk = 0; chunk < chunks.count(); ++chunk) {
    Layout place(saved.mutable_data_ptr<float>() + chunk * piece);
    const std::int64_t first = chunks.first(chunk), sequences = chunks.sequences_of(chunk);
    const Saved kept(place, s, recurrence_of(s, sequences));
    backward.run(kept, d, first, sequences, dout + first * s.time * s.width, dv_first);
  }
}

// Autograd.

void check_inputs(at::TensorList in) {
  check_leading(kName, "x", in[kX], 3, "[B, T, D]");
  const std::int64_t D = in[kX].size(2);
  const auto check = [&](const char* name, std::size_t index, at::IntArrayRef shape) {
    check_argument(kName, name, in[index], shape, in[kX]);
  };
  check("norm_weight", kNormWeight, {D});
  check("norm_bias", kNormBias, {D});
  constexpr std::array kMixtureNames{"x_r", "x_w", "x_k", "x_v", "x_a", "x_g"};
  for (std::size_t m = 0; m < kMixtureNames.size(); ++m) check(kMixtureNames[m], kMuR + m, {1, 1, D});
  const auto low_rank = [&](std::array<const char*, 2> names, std::size_t inner) {
    check_leading(kName, names[0], in[inner], 2, "[D, rank]");
    check(names[0], inner, {D, in[inner].size(1)});
    check(names[1], inner + 1, {in[inner].size(1), D});
  };
  check("w0", kW0, {1, 1, D});
  check("a0", kA0, {1, 1, D});
  low_rank({"w1", "w2"}, kW1);
  low_rank({"a1", "a2"}, kA1);
  low_rank({"g1", "g2"}, kG1);
  check("k_k", kKK, {1, 1, D});
  check("k_a", kKA, {1, 1, D});
  check_leading(kName, "r_k", in[kRK], 2, "[H, N]");
  require(in[kRK].numel() == D, kName, "r_k has {} numbers, wanted H N = D = {}", in[kRK].numel(), D);
  check("receptance", kReceptance, {D, D});
  check("key", kKey, {D, D});
  check("value", kValue, {D, D});
  check("output", kOutput, {D, D});
  check("ln_x_weight", kLnXWeight, {D});
  check("ln_x_bias", kLnXBias, {D});
  if (in.size() == kVFirst) return;
  check("v_first", kVFirst, in[kX].sizes());
  check("v0", kV0, {1, 1, D});
  low_rank({"v1", "v2"}, kV1);
}

variable_list input_list(const Tensor& x, const Tensor& norm_weight, const Tensor& norm_bias,
                         const TimeMixParameters& p, const Tensor& v_first) {
  variable_list in{x,     norm_weight, norm_bias, p.x_r,         p.x_w,      p.x_k, p.x_v,
                   p.x_a, p.x_g,       p.w0,      p.w1,          p.w2,       p.a0,  p.a1,
                   p.a2,  p.g1,        p.g2,      p.k_k,         p.k_a,      p.r_k, p.receptance,
                   p.key, p.value,     p.output,  p.ln_x_weight, p.ln_x_bias};
  if (p.v0.defined()) in.insert(in.end(), {v_first, p.v0, p.v1, p.v2});
  return in;
}

/// Outputs: out and, in the first layer, v_first.
variable_list forward_outputs(const Call& s, at::TensorList in, bool keep, Tensor& saved) {
  variable_list outputs{reusable_empty(in[kX].sizes())};
  if (s.first) outputs.push_back(reusable_empty(in[kX].sizes()));
  saved = run_forward(s, in, keep, outputs[0], s.first ? outputs[1] : in[kVFirst]);
  return outputs;
}

class TimeMixFunction : public torch::autograd::Function<TimeMixFunction> {
 public:
  static variable_list forward(AutogradContext* ctx, at::TensorList in, std::int64_t c,
                               const Carried& carried) {
    at::AutoDispatchBelowADInplaceOrView below;
    Tensor saved;
    auto outputs = forward_outputs(Call(in, static_cast<Multiplier>(c), carried), in, true, saved);
    ctx->save_for_backward(in.vec());
    ctx->saved_data["saved"] = saved;
    ctx->saved_data["c"] = c;
    ctx->saved_data["shift"] = carried.before.shift;
    ctx->saved_data["wkv"] = carried.before.wkv;
    ctx->set_materialize_grads(false);
    return outputs;
  }

  static variable_list backward(AutogradContext* ctx, variable_list douts) {
    refuse_second_derivative(kName);
    const variable_list in = ctx->get_saved_variables();
    const TimeMixState before{ctx->saved_data["shift"].toTensor(), ctx->saved_data["wkv"].toTensor()};
    const Call s(in, static_cast<Multiplier>(ctx->saved_data["c"].toInt()), {before, {}});
    const Gradients grads(in);
    const Tensor dout = defined_gradient(douts[0], in[kX]);
    const Tensor dv_first = s.first && douts[1].defined() ? douts[1].contiguous() : Tensor();
    run_backward(s, in, ctx->saved_data["saved"].toTensor(), data<float>(dout),
                 dv_first.defined() ? data<float>(dv_first) : nullptr, grads);
    variable_list result = grads.tensors();
    result.resize(in.size() + 2);  // c and the state have none
    return result;
  }
};

/// The state before, checked, and room for the one after it: what was there (zeros) where no token is read.
Carried carried_state(at::TensorList in, const TimeMixState& state) {
  const std::int64_t batch = in[kX].size(0), heads = in[kRK].size(0), size = in[kRK].size(1);
  TimeMixState before, after{at::zeros({batch, in[kX].size(2)}, in[kX].options()),
                             at::zeros({batch, heads, size, size}, in[kX].options())};
  if (state.shift.defined()) before.shift = state.shift.contiguous();
  if (state.wkv.defined()) before.wkv = state.wkv.contiguous();
  const bool reads = in[kX].size(1) > 0;
  const auto check = [&](const char* name, const Tensor& given, Tensor& left) {
    if (!given.defined()) return;
    check_argument(kName, name, given, left.sizes(), in[kX]);
    if (!reads) left = given;
  };
  check("state.shift", before.shift, after.shift);
  check("state.wkv", before.wkv, after.wkv);
  return {before, after};
}

bool any_wants_gradient(at::TensorList in) {
  return std::any_of(in.begin(), in.end(), [](const Tensor& x) { return wants_gradient(x); });
}

}  // namespace

at::Tensor time_mix_block(const at::Tensor& x, const at::Tensor& norm_weight, const at::Tensor& norm_bias,
                          const TimeMixParameters& parameters, at::Tensor& v_first, TimeMixState* state) {
  const variable_list in = input_list(x, norm_weight, norm_bias, parameters, v_first);
  check_inputs(in);
  require(runs_blocks(x), kName, "x is {} on {}, wanted float on cpu", x.dtype().name(), x.device().str());
  const Carried carried = state != nullptr ? carried_state(in, *state) : Carried{};
  variable_list outputs;
  if (any_wants_gradient(in)) {
    outputs = TimeMixFunction::apply(at::TensorList(in), static_cast<std::int64_t>(parameters.c), carried);
  } else {
    Tensor saved;
    outputs = forward_outputs(Call(in, parameters.c, carried), in, false, saved);
  }
  if (state != nullptr) *state = carried.after;
  if (!parameters.v0.defined()) v_first = outputs[1];
  return outputs[0];
}

}  // namespace anser::ops
