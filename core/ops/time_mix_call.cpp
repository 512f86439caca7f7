#include "core/ops/time_mix_call.h"

#include <algorithm>

#include "kernels/fused/token_shift.h"

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

Saved::Saved(Layout& layout, const Call& call, std::int64_t sequences) {
  const std::int64_t rows = sequences * call.time, n = rows * call.width;
  h = layout.take(n);
  for (float** array : {&r, &k, &own, &decay, &icl, &gate, &k_tilde, &a, &b, &y, &read})
    *array = layout.take(n);
  hidden_w = layout.take(rows * call.w.rank);
  hidden_a = layout.take(rows * call.a.rank);
  hidden_g = layout.take(rows * call.g.rank);
  hidden_v = layout.take(rows * call.v.rank);
  z = v = own;
  if (!call.first) {
    z = layout.take(n);
    v = layout.take(n);
  }
  checkpoints = layout.take(kernels::wkv7_checkpoint_size(recurrence_shape(call, sequences)));
}

kernels::fused::KeyPreparationInputs<float> Saved::key_inputs(const Call& call) const {
  return {.k = k, .icl_logit = icl, .decay_logit = decay, .k_k = call.in[kKK], .k_a = call.in[kKA]};
}

kernels::fused::ReadOutInputs<float> Saved::read_out_inputs(const Call& call) const {
  return {.y = y,
          .r = r,
          .k_tilde = k_tilde,
          .v = v,
          .gate = gate,
          .r_k = call.in[kRK],
          .norm_weight = call.in[kLnXWeight],
          .norm_bias = call.in[kLnXBias]};
}

kernels::Wkv7Inputs<float> Saved::recurrence_inputs(const Call& call, std::int64_t first) const {
  return {.r = r, .w = decay, .k = k_tilde, .v = v, .a = a, .b = b, .s0 = call.wkv_before_of(first)};
}

void mix(const Call& call, Input mu, const float* h, std::int64_t first, std::int64_t sequences, float* out) {
  kernels::fused::token_shift_forward({sequences, call.time, call.width, 1}, h, call.shift_before_of(first),
                                      call.in[mu], out);
}

kernels::Wkv7Shape recurrence_shape(const Call& call, std::int64_t sequences) {
  return {.batch = sequences, .time = call.time, .heads = call.heads, .size = call.size};
}

std::int64_t saved_size(const Call& call) {
  return layout_size<Saved>(call, Chunks(call.batch, call.time).sequences);
}

}  // namespace anser::ops::time_mix
