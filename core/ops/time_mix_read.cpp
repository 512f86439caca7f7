#include "core/ops/time_mix_read.h"

#include <algorithm>

#include "core/ops/status.h"
#include "kernels/fused/gates.h"
#include "kernels/fused/read_out.h"

namespace anser::ops::time_mix {

namespace fused = kernels::fused;

namespace {

kernels::Wkv7Shape recurrence_shape(const Call& call, std::int64_t sequences) {
  return {.batch = sequences, .time = call.time, .heads = call.heads, .size = call.size};
}

kernels::Wkv7Inputs<float> recurrence_inputs(const Call& call, const Chunk& chunk, const Terms& terms) {
  return {.r = terms.r,
          .w = terms.decay,
          .k = terms.k_tilde,
          .v = terms.v,
          .a = terms.a,
          .b = terms.b,
          .s0 = call.wkv_before_of(chunk.first)};
}

fused::ReadOutInputs<float> read_out_inputs(const Call& call, const Terms& terms, const Answers& answers) {
  return {.y = answers.y,
          .r = terms.r,
          .k_tilde = terms.k_tilde,
          .v = terms.v,
          .gate = terms.gate,
          .r_k = call.in[kRK],
          .norm_weight = call.in[kLnXWeight],
          .norm_bias = call.in[kLnXBias]};
}

}  // namespace

Answers::Answers(Layout& layout, const Call& call, std::int64_t sequences) {
  const std::int64_t n = sequences * call.time * call.width;
  y = layout.take(n);
  read = layout.take(n);
  checkpoints = layout.take(kernels::wkv7_checkpoint_size(recurrence_shape(call, sequences)));
}

void read_terms(const Call& call, const Weights& weights, const Chunk& chunk, const Terms& terms, bool keep,
                const Answers& answers, const float* x, float* out) {
  const std::int64_t rows = chunk.rows(call);
  require_ok(kernels::cpu::wkv7_forward(
      recurrence_shape(call, chunk.sequences), kernels::Decay::logit, recurrence_inputs(call, chunk, terms),
      answers.y, call.wkv_after_of(chunk.first), keep ? answers.checkpoints : nullptr));
  fused::read_out_forward({rows, call.heads, call.size}, read_out_inputs(call, terms, answers), answers.read);
  weights.output.multiply(rows, answers.read, out, {.residual = x});
}

ReadScratch::ReadScratch(Layout& layout, const Call& call, std::int64_t sequences) {
  const std::int64_t rows = sequences * call.time;
  for (float** array : {&read, &y, &r, &k_tilde, &v}) *array = layout.take(rows * call.width);
  workspace = layout.take(std::max(kernels::wkv7_workspace_size(recurrence_shape(call, sequences), 1),
                                   fused::read_out_workspace_size({rows, call.heads, call.size})));
}

void read_terms_backward(const Call& call, const Weights& weights, const Chunk& chunk, const Terms& terms,
                         const Answers& answers, const float* dout, const ReadScratch& scratch,
                         const Terms& dterms, const InputGradients& grads) {
  const std::int64_t rows = chunk.rows(call), n = rows * call.width;
  projection_backward(call, weights.output, kOutput, rows, answers.read, dout, scratch.read, grads);
  fused::read_out_backward({rows, call.heads, call.size}, read_out_inputs(call, terms, answers), scratch.read,
                           {.dy = scratch.y,
                            .dr = scratch.r,
                            .dk_tilde = scratch.k_tilde,
                            .dv = scratch.v,
                            .dgate = dterms.gate,
                            .dr_k = grads[kRK],
                            .dnorm_weight = grads[kLnXWeight],
                            .dnorm_bias = grads[kLnXBias],
                            .workspace = scratch.workspace});
  require_ok(kernels::cpu::wkv7_backward(recurrence_shape(call, chunk.sequences), kernels::Decay::logit,
                                         recurrence_inputs(call, chunk, terms), answers.checkpoints,
                                         scratch.y, nullptr,
                                         {.dr = dterms.r,
                                          .dw = dterms.decay,
                                          .dk = dterms.k_tilde,
                                          .dv = dterms.v,
                                          .da = dterms.a,
                                          .db = dterms.b,
                                          .ds0 = nullptr},
                                         scratch.workspace));
  fused::add_to(n, scratch.r, dterms.r);
  fused::add_to(n, scratch.k_tilde, dterms.k_tilde);
  fused::add_to(n, scratch.v, dterms.v);
}

}  // namespace anser::ops::time_mix
