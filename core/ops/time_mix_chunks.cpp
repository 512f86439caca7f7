// Time mixing of a batch, a chunk of sequences at a time.
#include <algorithm>

#include "core/ops/time_mix_read.h"
#include "core/ops/time_mix_terms.h"
#include "kernels/fused/gates.h"
#include "kernels/fused/layer_norm.h"

namespace anser::ops::time_mix::chunks {
namespace {

namespace fused = kernels::fused;

/// Of a chunk.
struct Saved {
  float* h;
  Terms terms;
  Prepared prepared;
  Answers answers;

  Saved(Layout& layout, const Call& call, std::int64_t sequences)
      : h(layout.take(sequences * call.time * call.width)),
        terms(layout, call, sequences * call.time),
        prepared(layout, call, sequences * call.time),
        answers(layout, call, sequences) {}

  Rows rows(const Call& call, const Chunk& chunk) const {
    return {chunk.sequences, call.time, h, call.shift_before_of(chunk.first)};
  }
};

/// The v_first of a chunk's rows after the first layer.
const float* v_first_of(const Call& call, const Chunk& chunk) {
  return call.first ? nullptr : call.in[kVFirst] + chunk.at(call);
}

/// The last normed row of each sequence, where it is asked for.
void keep_last_rows(const Call& call, const Chunk& chunk, const float* h) {
  float* last = call.shift_after_of(chunk.first);
  if (last == nullptr) return;
  for (std::int64_t b = 0; b < chunk.sequences; ++b)
    std::copy_n(h + ((b + 1) * call.time - 1) * call.width, call.width, last + b * call.width);
}

struct ForwardScratch {
  Weights weights;
  float* mixture;

  ForwardScratch(Layout& layout, const Call& call)
      : weights(layout, call, fused::Major::output),
        mixture(layout.take(Chunks(call.batch, call.time).rows() * call.width)) {}
};

struct BackwardScratch {
  Weights weights;
  Terms terms;
  TermsScratch terms_scratch;
  ReadScratch read_scratch;
  float *h, *workspace;

  BackwardScratch(Layout& layout, const Call& call, const Chunks& chunks)
      : weights(layout, call, fused::Major::input),
        terms(layout, call, chunks.rows()),
        terms_scratch(layout, call, chunks.rows()),
        read_scratch(layout, call, chunks.sequences),
        h(layout.take(chunks.rows() * call.width)),
        workspace(layout.take(2 * call.width)) {}
};

void forward_chunk(const Call& call, const ForwardScratch& scratch, const Chunk& chunk, const Saved& kept,
                   bool keep, float* out, float* v_first) {
  const std::int64_t rows = chunk.rows(call), at = chunk.at(call);
  const float* x = call.in[kX] + at;
  fused::layer_norm_forward(rows, call.width, x, call.in[kNormWeight], call.in[kNormBias], kept.h);
  keep_last_rows(call, chunk, kept.h);
  form_terms(call, scratch.weights, kept.rows(call, chunk), v_first_of(call, chunk), scratch.mixture,
             kept.prepared, kept.terms);
  if (call.first) std::copy_n(kept.terms.v, rows * call.width, v_first + at);
  read_terms(call, scratch.weights, chunk, kept.terms, keep, kept.answers, x, out + at);
}

void backward_chunk(const Call& call, const BackwardScratch& d, const Chunk& chunk, const Saved& kept,
                    const float* dout, const float* dv_first, const InputGradients& grads) {
  const std::int64_t rows = chunk.rows(call), at = chunk.at(call);
  read_terms_backward(call, d.weights, chunk, kept.terms, kept.answers, dout + at, d.read_scratch, d.terms,
                      grads);
  if (dv_first != nullptr) fused::add_to(rows * call.width, dv_first + at, d.terms.v);
  form_terms_backward(call, d.weights, kept.rows(call, chunk), v_first_of(call, chunk), kept.prepared,
                      kept.terms, d.terms, d.terms_scratch,
                      {.h = d.h, .v_first = call.first ? nullptr : grads[kVFirst] + at}, grads);
  fused::layer_norm_backward(rows, call.width, call.in[kX] + at, call.in[kNormWeight], d.h, dout + at,
                             grads[kX] + at, grads[kNormWeight], grads[kNormBias], d.workspace);
}

/// Numbers that one chunk's part of `saved` takes.
std::int64_t piece_size(const Call& call) {
  return layout_size<Saved>(call, Chunks(call.batch, call.time).sequences);
}

}  // namespace

std::int64_t saved_size(const Call& call, bool keep) {
  return piece_size(call) * (keep ? Chunks(call.batch, call.time).count() : 1);
}

std::int64_t forward_scratch_size(const Call& call) {
  return layout_size<ForwardScratch>(call);
}

std::int64_t backward_scratch_size(const Call& call) {
  return layout_size<BackwardScratch>(call, Chunks(call.batch, call.time));
}

void forward(const Call& call, bool keep, float* saved, float* scratch, float* out, float* v_first) {
  const Chunks chunks(call.batch, call.time);
  const std::int64_t piece = keep ? piece_size(call) : 0;
  Layout layout(scratch);
  const ForwardScratch memory(layout, call);
  memory.weights.fill(call);
  for (std::int64_t i = 0; i < chunks.count(); ++i) {
    Layout place(saved + i * piece);
    const Chunk chunk(chunks, i);
    forward_chunk(call, memory, chunk, Saved(place, call, chunk.sequences), keep, out, v_first);
  }
}

void backward(const Call& call, float* saved, float* scratch, const float* dout, const float* dv_first,
              const InputGradients& grads) {
  const Chunks chunks(call.batch, call.time);
  const std::int64_t piece = piece_size(call);
  Layout layout(scratch);
  const BackwardScratch d(layout, call, chunks);
  d.weights.fill(call);
  d.terms_scratch.fill(call);
  for (std::int64_t i = 0; i < chunks.count(); ++i) {
    Layout place(saved + i * piece);
    const Chunk chunk(chunks, i);
    backward_chunk(call, d, chunk, Saved(place, call, chunk.sequences), dout, dv_first, grads);
  }
}

}  // namespace anser::ops::time_mix::chunks
