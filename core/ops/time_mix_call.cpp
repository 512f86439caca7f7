#include "core/ops/time_mix_call.h"

namespace anser::ops::time_mix {

using kernels::fused::Major;

namespace {

Weights::Path path(Layout& layout, const Call& call, const LowRank& low, Major projections) {
  const Major major = projections == Major::output ? Major::input : Major::output;
  return {low, {layout, major, call.width, low.rank}, {layout, major, low.rank, call.width}};
}

}  // namespace

Weights::Weights(Layout& layout, const Call& call, Major projections)
    : receptance(layout, projections, call.width, call.width),
      key(layout, projections, call.width, call.width),
      value(layout, projections, call.width, call.width),
      output(layout, projections, call.width, call.width),
      w(path(layout, call, call.w, projections)),
      a(path(layout, call, call.a, projections)),
      g(path(layout, call, call.g, projections)),
      v(path(layout, call, call.v, projections)) {}

void Weights::fill(const Call& call) const {
  receptance.fill(call.in[kReceptance], call.width);
  key.fill(call.in[kKey], call.width);
  value.fill(call.in[kValue], call.width);
  output.fill(call.in[kOutput], call.width);
  for (const Path* path : {&w, &a, &g, &v}) {
    if (path->low.rank == 0) continue;
    path->inner.fill(call.in[path->low.inner], path->low.rank);
    path->outer.fill(call.in[path->low.outer], call.width);
  }
}

Terms::Terms(Layout& layout, const Call& call, std::int64_t rows) {
  for (float** array : {&r, &decay, &k_tilde, &v, &a, &b, &gate}) *array = layout.take(rows * call.width);
}

Terms Terms::from(const Call& call, std::int64_t row) const {
  Terms part = *this;
  for (float** array : {&part.r, &part.decay, &part.k_tilde, &part.v, &part.a, &part.b, &part.gate})
    *array += row * call.width;
  return part;
}

void projection_backward(const Call& call, const Packed& matrix, Input weight, std::int64_t rows,
                         const float* x, const float* dy, float* dx, const InputGradients& grads) {
  kernels::fused::add_outer_products(rows, call.width, call.width, dy, x, grads[weight], call.width);
  matrix.multiply(rows, dy, dx);
}

}  // namespace anser::ops::time_mix
