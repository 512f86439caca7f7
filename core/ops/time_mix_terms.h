// The first half of time mixing: from normed rows to what the recurrence and its read-out take of each token
// (the formulas of time_mix_block.h from x_m to key_preparation).
#pragma once

#include "core/ops/time_mix_call.h"

namespace anser::ops::time_mix {

/// Normed rows h [sequences, time, D] and the ones before each sequence's first [sequences, D] (null: zeros).
struct Rows {
  std::int64_t sequences = 0, time = 0;
  const float *h = nullptr, *before = nullptr;

  std::int64_t count() const { return sequences * time; }
};

/// What the backward pass needs beside rows and terms. The mixtures are formed again: memory beyond the inner
/// caches is dearer.
struct Prepared {
  float *k, *icl, *hidden_w, *hidden_a, *hidden_g;
  float *own, *z, *hidden_v;  // after the first layer only; in the first the own value is the term v

  Prepared(Layout& layout, const Call& call, std::int64_t rows);
};

/// Writes terms and kept. v_first: of these rows, after the first layer. mixture: scratch, one array.
void form_terms(const Call& call, const Weights& weights, const Rows& rows, const float* v_first,
                float* mixture, const Prepared& kept, const Terms& terms);

/// Memory of the backward pass for at most `rows` rows.
struct TermsScratch {
  float *k, *icl, *decay, *z, *hidden, *mixture, *mixtures, *mu, *dmu, *workspace;

  TermsScratch(Layout& layout, const Call& call, std::int64_t rows);
  /// Once for a pass: the six mixing vectors behind one another.
  void fill(const Call& call) const;
};

/// Gradients of normed rows and, where not null, of those before them and of v_first; overwritten.
struct RowsGradients {
  float *h = nullptr, *before = nullptr, *v_first = nullptr;
};

/// The adjoint for dterms, which it overwrites with scratch. Adds to the parameters' gradients.
void form_terms_backward(const Call& call, const Weights& weights, const Rows& rows, const float* v_first,
                         const Prepared& kept, const Terms& terms, const Terms& dterms,
                         const TermsScratch& scratch, const RowsGradients& drows,
                         const InputGradients& grads);

}  // namespace anser::ops::time_mix
