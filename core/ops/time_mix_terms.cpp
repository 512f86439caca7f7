#include "core/ops/time_mix_terms.h"

#include <algorithm>

#include "kernels/fused/gates.h"
#include "kernels/fused/token_shift.h"

namespace anser::ops::time_mix {

namespace fused = kernels::fused;

Prepared::Prepared(Layout& layout, const Call& call, std::int64_t rows) {
  const std::int64_t n = rows * call.width, after_first = call.first ? 0 : n;
  k = layout.take(n);
  icl = layout.take(n);
  hidden_w = layout.take(rows * call.w.rank);
  hidden_a = layout.take(rows * call.a.rank);
  hidden_g = layout.take(rows * call.g.rank);
  own = layout.take(after_first);
  z = layout.take(after_first);
  hidden_v = layout.take(rows * call.v.rank);
}

namespace {

/// out [rows, D]: the mixture of the rows with their predecessors by call.in[mu].
void mix(const Call& call, Input mu, const Rows& rows, float* out) {
  fused::token_shift_forward({rows.sequences, rows.time, call.width, 1}, rows.h, rows.before, call.in[mu],
                             out);
}

fused::KeyPreparationInputs<float> key_inputs(const Call& call, const Prepared& kept, const Terms& terms) {
  return {.k = kept.k,
          .icl_logit = kept.icl,
          .decay_logit = terms.decay,
          .k_k = call.in[kKK],
          .k_a = call.in[kKA]};
}

void form_values(const Call& call, const Weights& weights, std::int64_t rows, const float* mixture,
                 const float* v_first, const Prepared& kept, const Terms& terms) {
  weights.value.multiply(rows, mixture, call.first ? terms.v : kept.own);
  if (call.first) return;
  weights.v.inner.multiply(rows, mixture, kept.hidden_v);
  weights.v.outer.multiply(rows, kept.hidden_v, kept.z, {.bias = call.in[kV0]});
  fused::value_mix_forward(rows * call.width, kept.own, v_first, kept.z, terms.v);
}

}  // namespace

void form_terms(const Call& call, const Weights& weights, const Rows& rows, const float* v_first,
                float* mixture, const Prepared& kept, const Terms& terms) {
  const std::int64_t count = rows.count();
  mix(call, kMuR, rows, mixture);
  weights.receptance.multiply(count, mixture, terms.r);
  mix(call, kMuK, rows, mixture);
  weights.key.multiply(count, mixture, kept.k);
  mix(call, kMuV, rows, mixture);
  form_values(call, weights, count, mixture, v_first, kept, terms);
  mix(call, kMuW, rows, mixture);
  weights.w.inner.multiply(count, mixture, kept.hidden_w);
  fused::tanh_forward(count * call.w.rank, kept.hidden_w, kept.hidden_w);
  weights.w.outer.multiply(count, kept.hidden_w, terms.decay, {.bias = call.in[kW0]});
  mix(call, kMuA, rows, mixture);
  weights.a.inner.multiply(count, mixture, kept.hidden_a);
  weights.a.outer.multiply(count, kept.hidden_a, kept.icl, {.bias = call.in[kA0]});
  mix(call, kMuG, rows, mixture);
  weights.g.inner.multiply(count, mixture, kept.hidden_g);
  fused::sigmoid_forward(count * call.g.rank, kept.hidden_g, kept.hidden_g);
  weights.g.outer.multiply(count, kept.hidden_g, terms.gate);
  fused::key_preparation_forward({count, call.heads, call.size}, call.c, key_inputs(call, kept, terms),
                                 {.k_tilde = terms.k_tilde, .a = terms.a, .b = terms.b});
}

TermsScratch::TermsScratch(Layout& layout, const Call& call, std::int64_t rows) {
  const std::int64_t n = rows * call.width;
  for (float** array : {&k, &icl, &decay, &z, &mixture}) *array = layout.take(n);
  hidden = layout.take(rows * std::max({call.w.rank, call.a.rank, call.g.rank, call.v.rank}));
  mixtures = layout.take(kMixtures * n);
  mu = layout.take(kMixtures * call.width);
  dmu = layout.take(kMixtures * call.width);
  workspace = layout.take(fused::key_preparation_workspace_size({rows, call.heads, call.size}));
}

void TermsScratch::fill(const Call& call) const {
  for (std::int64_t m = 0; m < kMixtures; ++m)
    std::copy_n(call.in[kMuR + static_cast<std::size_t>(m)], call.width, mu + m * call.width);
}

namespace {

class TermsBackward {
 public:
  TermsBackward(const Call& call, const Weights& weights, const Rows& rows, const Prepared& kept,
                const Terms& terms, const Terms& dterms, const TermsScratch& scratch,
                const InputGradients& grads)
      : call_(call),
        weights_(weights),
        rows_(rows),
        kept_(kept),
        terms_(terms),
        d_(dterms),
        scratch_(scratch),
        grads_(grads),
        count_(rows.count()),
        n_(count_ * call.width) {}

  void keys() const {
    const bool reads_decay = call_.c == fused::Multiplier::one_plus_decay;
    fused::key_preparation_backward({count_, call_.heads, call_.size}, call_.c,
                                    key_inputs(call_, kept_, terms_),
                                    {.k_tilde = d_.k_tilde, .a = d_.a, .b = d_.b},
                                    {.dk = scratch_.k,
                                     .dicl_logit = scratch_.icl,
                                     .ddecay_logit = reads_decay ? scratch_.decay : nullptr,
                                     .dk_k = grads_[kKK],
                                     .dk_a = grads_[kKA],
                                     .workspace = scratch_.workspace});
    if (reads_decay) fused::add_to(n_, scratch_.decay, d_.decay);
  }

  void values(const float* v_first, float* dv_first) const {
    if (!call_.first)
      fused::value_mix_backward(n_, kept_.own, v_first, kept_.z, d_.v, d_.v, dv_first, scratch_.z);
  }

  void products() const {
    const auto linear = [](std::int64_t, const float*, const float*, float*) {};
    projection(weights_.receptance, kReceptance, kMuR, d_.r);
    projection(weights_.key, kKey, kMuK, scratch_.k);
    projection(weights_.value, kValue, kMuV, d_.v);
    if (!call_.first) {
      fused::add_column_sums(count_, call_.width, scratch_.z, grads_[kV0]);
      low_rank(weights_.v, scratch_.mixture, kept_.hidden_v, scratch_.z, linear);
      weights_.v.inner.multiply(count_, scratch_.hidden, dmixture(kMuV), {.add = true});
    }
    fused::add_column_sums(count_, call_.width, d_.decay, grads_[kW0]);
    low_rank(weights_.w, mixture(kMuW), kept_.hidden_w, d_.decay, fused::tanh_backward);
    weights_.w.inner.multiply(count_, scratch_.hidden, dmixture(kMuW));
    fused::add_column_sums(count_, call_.width, scratch_.icl, grads_[kA0]);
    low_rank(weights_.a, mixture(kMuA), kept_.hidden_a, scratch_.icl, linear);
    weights_.a.inner.multiply(count_, scratch_.hidden, dmixture(kMuA));
    low_rank(weights_.g, mixture(kMuG), kept_.hidden_g, d_.gate, fused::sigmoid_backward);
    weights_.g.inner.multiply(count_, scratch_.hidden, dmixture(kMuG));
  }

  void mixtures(float* dh, float* dbefore) const {
    float* dmu = scratch_.dmu;
    std::fill_n(dmu, kMixtures * call_.width, 0.0F);
    fused::token_shift_backward({rows_.sequences, rows_.time, call_.width, kMixtures}, rows_.h, rows_.before,
                                scratch_.mu, scratch_.mixtures, dh, dmu, dbefore);
    for (const Input mu : {kMuR, kMuW, kMuK, kMuV, kMuA, kMuG}) {
      fused::add_to(call_.width, dmu, grads_[mu]);
      dmu += call_.width;
    }
  }

 private:
  /// The mixture whose mixing vector is `mu` (until the next one is asked for), and its gradient.
  const float* mixture(Input mu) const {
    mix(call_, mu, rows_, scratch_.mixture);
    return scratch_.mixture;
  }
  float* dmixture(Input mu) const { return scratch_.mixtures + static_cast<std::int64_t>(mu - kMuR) * n_; }

  void projection(const Packed& matrix, Input weight, Input mu, const float* dy) const {
    projection_backward(call_, matrix, weight, count_, mixture(mu), dy, dmixture(mu), grads_);
  }

  /// The gradient of a low-rank path y = bias + activation(x inner) outer up to its hidden numbers, which are
  /// left in scratch_.hidden.
  template <class Activation>
  void low_rank(const Weights::Path& path, const float* x, const float* hidden, const float* dy,
                const Activation& activation) const {
    const std::int64_t rank = path.low.rank;
    fused::add_outer_products(count_, rank, call_.width, hidden, dy, grads_[path.low.outer], call_.width);
    path.outer.multiply(count_, dy, scratch_.hidden);
    activation(count_ * rank, hidden, scratch_.hidden, scratch_.hidden);
    fused::add_outer_products(count_, call_.width, rank, x, scratch_.hidden, grads_[path.low.inner], rank);
  }

  const Call& call_;
  const Weights& weights_;
  const Rows& rows_;
  const Prepared& kept_;
  const Terms &terms_, &d_;
  const TermsScratch& scratch_;
  const InputGradients& grads_;
  std::int64_t count_, n_;
};

}  // namespace

void form_terms_backward(const Call& call, const Weights& weights, const Rows& rows, const float* v_first,
                         const Prepared& kept, const Terms& terms, const Terms& dterms,
                         const TermsScratch& scratch, const RowsGradients& drows,
                         const InputGradients& grads) {
  const TermsBackward backward(call, weights, rows, kept, terms, dterms, scratch, grads);
  backward.keys();
  backward.values(v_first, drows.v_first);
  backward.products();
  backward.mixtures(drows.h, drows.before);
}

}  // namespace anser::ops::time_mix
