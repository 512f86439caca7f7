// The forward pass of time_mix_block, a chunk at a time.
#include <algorithm>

#include "core/ops/status.h"
#include "core/ops/time_mix_call.h"
#include "kernels/fused/gates.h"
#include "kernels/fused/layer_norm.h"
#include "kernels/fused/token_shift.h"

namespace anser::ops::time_mix {
namespace {

namespace fused = kernels::fused;

/// Memory of the pass: packed weights and one mixture of a chunk.
struct Scratch {
  Weights weights;
  float* mixture;

  Scratch(Layout& layout, const Call& call)
      : weights(layout, call, fused::Major::output),
        mixture(layout.take(Chunks(call.batch, call.time).rows() * call.width)) {}
};

/// Sequences of the batch: their arrays, and where they begin.
struct Chunk {
  Saved kept;
  std::int64_t first, sequences, rows;
};

/// The last normed row of each sequence, where it is asked for.
void keep_last_rows(const Call& call, const Chunk& chunk) {
  float* last = call.shift_after_of(chunk.first);
  if (last == nullptr) return;
  for (std::int64_t b = 0; b < chunk.sequences; ++b)
    std::copy_n(chunk.kept.h + ((b + 1) * call.time - 1) * call.width, call.width, last + b * call.width);
}

/// All products of the mixtures.
void project(const Call& call, const Scratch& scratch, const Chunk& chunk) {
  const auto& [weights, mixture] = scratch;
  const Saved& kept = chunk.kept;
  const std::int64_t rows = chunk.rows;
  const auto mix_by = [&](Input mu) { mix(call, mu, kept.h, chunk.first, chunk.sequences, scratch.mixture); };
  mix_by(kMuR);
  weights.receptance.multiply(rows, mixture, kept.r);
  mix_by(kMuK);
  weights.key.multiply(rows, mixture, kept.k);
  mix_by(kMuV);
  weights.value.multiply(rows, mixture, kept.own);
  if (!call.first) {
    weights.v.inner.multiply(rows, mixture, kept.hidden_v);
    weights.v.outer.multiply(rows, kept.hidden_v, kept.z, {.bias = call.in[kV0]});
  }
  mix_by(kMuW);
  weights.w.inner.multiply(rows, mixture, kept.hidden_w);
  fused::tanh_forward(rows * call.w.rank, kept.hidden_w, kept.hidden_w);
  weights.w.outer.multiply(rows, kept.hidden_w, kept.decay, {.bias = call.in[kW0]});
  mix_by(kMuA);
  weights.a.inner.multiply(rows, mixture, kept.hidden_a);
  weights.a.outer.multiply(rows, kept.hidden_a, kept.icl, {.bias = call.in[kA0]});
  mix_by(kMuG);
  weights.g.inner.multiply(rows, mixture, kept.hidden_g);
  fused::sigmoid_forward(rows * call.g.rank, kept.hidden_g, kept.hidden_g);
  weights.g.outer.multiply(rows, kept.hidden_g, kept.gate);
}

void forward_chunk(const Call& call, const Scratch& scratch, const Chunk& chunk, bool keep, float* out,
                   float* v_first) {
  const Saved& kept = chunk.kept;
  const std::int64_t rows = chunk.rows, n = rows * call.width, at = chunk.first * call.time * call.width;
  const float* x = call.in[kX] + at;
  const kernels::Wkv7Shape heads = recurrence_shape(call, chunk.sequences);
  fused::layer_norm_forward(rows, call.width, x, call.in[kNormWeight], call.in[kNormBias], kept.h);
  keep_last_rows(call, chunk);
  project(call, scratch, chunk);
  if (call.first)
    std::copy_n(kept.v, n, v_first + at);
  else
    fused::value_mix_forward(n, kept.own, call.in[kVFirst] + at, kept.z, kept.v);
  fused::key_preparation_forward({rows, call.heads, call.size}, call.c, kept.key_inputs(call),
                                 {.k_tilde = kept.k_tilde, .a = kept.a, .b = kept.b});
  require_ok(kernels::cpu::wkv7_forward(heads, kernels::Decay::logit,
                                        kept.recurrence_inputs(call, chunk.first), kept.y,
                                        call.wkv_after_of(chunk.first), keep ? kept.checkpoints : nullptr));
  fused::read_out_forward({rows, call.heads, call.size}, kept.read_out_inputs(call), kept.read);
  scratch.weights.output.multiply(rows, kept.read, out + at, {.residual = x});
}

}  // namespace

std::int64_t forward_scratch_size(const Call& call) {
  return layout_size<Scratch>(call);
}

void forward(const Call& call, bool keep, float* saved, float* scratch, float* out, float* v_first) {
  const Chunks chunks(call.batch, call.time);
  const std::int64_t piece = keep ? saved_size(call) : 0;
  Layout layout(scratch);
  const Scratch memory(layout, call);
  memory.weights.fill(call);
  for (std::int64_t i = 0; i < chunks.count(); ++i) {
    Layout place(saved + i * piece);
    const std::int64_t sequences = chunks.sequences_of(i);
    const Chunk chunk{Saved(place, call, sequences), chunks.first(i), sequences, sequences * call.time};
    forward_chunk(call, memory, chunk, keep, out, v_first);
  }
}

}  // namespace anser::ops::time_mix
