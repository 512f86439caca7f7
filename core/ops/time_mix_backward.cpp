// The backward pass of time_mix_block, a chunk at a time.
#include <algorithm>

#include "core/ops/status.h"
#include "core/ops/time_mix_call.h"
#include "kernels/fused/gates.h"
#include "kernels/fused/layer_norm.h"
#include "kernels/fused/token_shift.h"

namespace anser::ops::time_mix {
namespace {

namespace fused = kernels::fused;

/// Memory of the pass: packed weights, the six mixing vectors behind one another, the gradients of a chunk's
/// arrays, and one mixture.
struct Scratch {
  Weights weights;
  float *read, *y, *r, *k_tilde, *v, *gate, *r2, *decay, *k2, *v2, *a, *b, *k, *icl, *decay2, *z, *hidden,
      *mixture, *mixtures, *mu, *h, *dmu, *workspace;

  Scratch(Layout& layout, const Call& call, std::int64_t sequences)
      : weights(layout, call, fused::Major::input) {
    const std::int64_t rows = sequences * call.time, n = rows * call.width;
    for (float** array : {&read, &y, &r, &k_tilde, &v, &gate, &r2, &decay, &k2, &v2, &a, &b, &k, &icl,
                          &decay2, &z, &h, &mixture})
      *array = layout.take(n);
    hidden = layout.take(rows * std::max({call.w.rank, call.a.rank, call.g.rank, call.v.rank}));
    mixtures = layout.take(kMixtures * n);
    mu = layout.take(kMixtures * call.width);
    dmu = layout.take(kMixtures * call.width);
    workspace = layout.take(
        std::max({2 * call.width, kernels::wkv7_workspace_size(recurrence_shape(call, sequences), 1),
                  fused::key_preparation_workspace_size({rows, call.heads, call.size}),
                  fused::read_out_workspace_size({rows, call.heads, call.size})}));
  }
};

/// One chunk.
class Backward {
 public:
  Backward(const Call& call, const Saved& saved, const Scratch& scratch,
           const std::array<float*, kInputs>& gradients, std::int64_t first_sequence, std::int64_t count)
      : call_(call),
        kept_(saved),
        d_(scratch),
        grads_(gradients),
        first_(first_sequence),
        sequences_(count),
        rows_(count * call.time),
        n_(rows_ * call.width),
        at_(first_sequence * call.time * call.width) {}

  void run(const float* dout, const float* dv_first) const {
    projection(d_.weights.output, kOutput, kept_.read, dout + at_, d_.read);
    read_out();
    recurrence();
    keys();
    values(dv_first);
    project();
    token_shift();
    layer_norm(dout + at_);
  }

 private:
  void read_out() const {
    fused::read_out_backward({rows_, call_.heads, call_.size}, kept_.read_out_inputs(call_), d_.read,
                             {.dy = d_.y,
                              .dr = d_.r,
                              .dk_tilde = d_.k_tilde,
                              .dv = d_.v,
                              .dgate = d_.gate,
                              .dr_k = grads_[kRK],
                              .dnorm_weight = grads_[kLnXWeight],
                              .dnorm_bias = grads_[kLnXBias],
                              .workspace = d_.workspace});
  }

  void recurrence() const {
    require_ok(kernels::cpu::wkv7_backward(
        recurrence_shape(call_, sequences_), kernels::Decay::logit, kept_.recurrence_inputs(call_, first_),
        kept_.checkpoints, d_.y, nullptr,
        {.dr = d_.r2, .dw = d_.decay, .dk = d_.k2, .dv = d_.v2, .da = d_.a, .db = d_.b, .ds0 = nullptr},
        d_.workspace));
    fused::add_to(n_, d_.r2, d_.r);
    fused::add_to(n_, d_.k2, d_.k_tilde);
    fused::add_to(n_, d_.v2, d_.v);
  }

  void keys() const {
    const bool reads_decay = call_.c == fused::Multiplier::one_plus_decay;
    fused::key_preparation_backward({rows_, call_.heads, call_.size}, call_.c, kept_.key_inputs(call_),
                                    {.k_tilde = d_.k_tilde, .a = d_.a, .b = d_.b},
                                    {.dk = d_.k,
                                     .dicl_logit = d_.icl,
                                     .ddecay_logit = reads_decay ? d_.decay2 : nullptr,
                                     .dk_k = grads_[kKK],
                                     .dk_a = grads_[kKA],
                                     .workspace = d_.workspace});
    if (reads_decay) fused::add_to(n_, d_.decay2, d_.decay);
  }

  void values(const float* dv_first) const {
    if (!call_.first)
      fused::value_mix_backward(n_, kept_.own, call_.in[kVFirst] + at_, kept_.z, d_.v, d_.v,
                                grads_[kVFirst] + at_, d_.z);
    else if (dv_first != nullptr)
      fused::add_to(n_, dv_first + at_, d_.v);
  }

  /// The mixture whose mixing vector is `mu` (until the next one is asked for), and its gradient.
  const float* mixture(Input mu) const {
    mix(call_, mu, kept_.h, first_, sequences_, d_.mixture);
    return d_.mixture;
  }
  float* dmixture(Input mu) const { return d_.mixtures + static_cast<std::int64_t>(mu - kMuR) * n_; }

  /// The gradient of y = x W^T: of W, and dx = dy W.
  void projection(const Packed& matrix, Input weight, const float* x, const float* dy, float* dx) const {
    fused::add_outer_products(rows_, call_.width, call_.width, dy, x, grads_[weight], call_.width);
    matrix.multiply(rows_, dy, dx);
  }

  /// The gradient of a low-rank path y = bias + activation(x inner) outer up to its hidden numbers, which are
  /// left in d_.hidden.
  template <class Activation>
  void low_rank(const Weights::Path& path, const float* x, const float* hidden, const float* dy,
                const Activation& activation) const {
    const std::int64_t rank = path.low.rank;
    fused::add_outer_products(rows_, rank, call_.width, hidden, dy, grads_[path.low.outer], call_.width);
    path.outer.multiply(rows_, dy, d_.hidden);
    activation(rows_ * rank, hidden, d_.hidden, d_.hidden);
    fused::add_outer_products(rows_, call_.width, rank, x, d_.hidden, grads_[path.low.inner], rank);
  }

  void project() const {
    const auto linear = [](std::int64_t, const float*, const float*, float*) {};
    const Weights& weights = d_.weights;
    projection(weights.receptance, kReceptance, mixture(kMuR), d_.r, dmixture(kMuR));
    projection(weights.key, kKey, mixture(kMuK), d_.k, dmixture(kMuK));
    projection(weights.value, kValue, mixture(kMuV), d_.v, dmixture(kMuV));
    if (!call_.first) {
      fused::add_column_sums(rows_, call_.width, d_.z, grads_[kV0]);
      low_rank(weights.v, d_.mixture, kept_.hidden_v, d_.z, linear);
      weights.v.inner.multiply(rows_, d_.hidden, dmixture(kMuV), {.add = true});
    }
    fused::add_column_sums(rows_, call_.width, d_.decay, grads_[kW0]);
    low_rank(weights.w, mixture(kMuW), kept_.hidden_w, d_.decay, fused::tanh_backward);
    weights.w.inner.multiply(rows_, d_.hidden, dmixture(kMuW));
    fused::add_column_sums(rows_, call_.width, d_.icl, grads_[kA0]);
    low_rank(weights.a, mixture(kMuA), kept_.hidden_a, d_.icl, linear);
    weights.a.inner.multiply(rows_, d_.hidden, dmixture(kMuA));
    low_rank(weights.g, mixture(kMuG), kept_.hidden_g, d_.gate, fused::sigmoid_backward);
    weights.g.inner.multiply(rows_, d_.hidden, dmixture(kMuG));
  }

  void token_shift() const {
    float* dmu = d_.dmu;
    std::fill_n(dmu, kMixtures * call_.width, 0.0F);
    fused::token_shift_backward({sequences_, call_.time, call_.width, kMixtures}, kept_.h,
                                call_.shift_before_of(first_), d_.mu, d_.mixtures, d_.h, dmu);
    for (const Input mu : {kMuR, kMuW, kMuK, kMuV, kMuA, kMuG}) {
      fused::add_to(call_.width, dmu, grads_[mu]);
      dmu += call_.width;
    }
  }

  void layer_norm(const float* dout) const {
    fused::layer_norm_backward(rows_, call_.width, call_.in[kX] + at_, call_.in[kNormWeight], d_.h, dout,
                               grads_[kX] + at_, grads_[kNormWeight], grads_[kNormBias], d_.workspace);
  }

  const Call& call_;
  const Saved& kept_;
  const Scratch& d_;
  const std::array<float*, kInputs>& grads_;
  std::int64_t first_, sequences_, rows_, n_, at_;  // at_: the chunk's place in [B, T, D]
};

}  // namespace

std::int64_t backward_scratch_size(const Call& call) {
  return layout_size<Scratch>(call, Chunks(call.batch, call.time).sequences);
}

void backward(const Call& call, float* saved, float* scratch, const float* dout, const float* dv_first,
              const std::array<float*, kInputs>& grads) {
  const Chunks chunks(call.batch, call.time);
  const std::int64_t piece = saved_size(call);
  Layout layout(scratch);
  const Scratch d(layout, call, chunks.sequences);
  d.weights.fill(call);
  for (std::int64_t m = 0; m < kMixtures; ++m)
    std::copy_n(call.in[kMuR + static_cast<std::size_t>(m)], call.width, d.mu + m * call.width);
  for (std::int64_t i = 0; i < chunks.count(); ++i) {
    Layout place(saved + i * piece);
    const std::int64_t sequences = chunks.sequences_of(i);
    const Saved kept(place, call, sequences);
    Backward(call, kept, d, grads, chunks.first(i), sequences).run(dout, dv_first);
  }
}

}  // namespace anser::ops::time_mix
