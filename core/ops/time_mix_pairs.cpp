// Time mixing of the first layer, whose terms are formed once for each distinct pair of neighbouring tokens.
#include <algorithm>

#include "core/ops/time_mix_read.h"
#include "core/ops/time_mix_terms.h"
#include "kernels/fused/embedding.h"
#include "kernels/fused/gates.h"
#include "kernels/fused/layer_norm.h"

namespace anser::ops::time_mix::pairs {
namespace {

namespace fused = kernels::fused;

/// Pairs are words of one token, whose predecessor is given.
Chunks pair_chunks(const TokenPairs& pairs) {
  return {pairs.count(), 1};
}

/// Of all pairs, and where those of each chunk (of pairs, of sequences) begin.
struct Saved {
  Terms terms;
  float *x, *h, *before;  // [pairs, D]
  std::int64_t prepared_size, answers_size;
  float *prepared_chunks, *answers_chunks;

  Saved(Layout& layout, const Call& call, const TokenPairs& pairs, bool keep)
      : terms(layout, call, pairs.count()),
        x(layout.take(pairs.count() * call.width)),
        h(layout.take(pairs.count() * call.width)),
        before(layout.take(pairs.count() * call.width)),
        prepared_size(layout_size<Prepared>(call, pair_chunks(pairs).rows())),
        answers_size(layout_size<Answers>(call, Chunks(call.batch, call.time).sequences)),
        prepared_chunks(layout.take(prepared_size * pair_chunks(pairs).count())),
        answers_chunks(layout.take(answers_size * (keep ? Chunks(call.batch, call.time).count() : 1))) {
    if (!keep) answers_size = 0;
  }

  Rows rows(const Call& call, const Chunk& chunk) const {
    const std::int64_t at = chunk.first * call.width;
    return {chunk.sequences, 1, h + at, before + at};
  }
  Prepared prepared(const Call& call, const Chunk& chunk, std::int64_t index) const {
    Layout place(prepared_chunks + index * prepared_size);
    return {place, call, chunk.sequences};
  }
  Answers answers(const Call& call, const Chunk& chunk, std::int64_t index) const {
    Layout place(answers_chunks + index * answers_size);
    return {place, call, chunk.sequences};
  }
};

void gather(std::int64_t rows, std::int64_t width, const std::int64_t* place, const Terms& from,
            const Terms& to) {
  for (std::size_t i = 0; i < from.arrays().size(); ++i)
    fused::embedding_forward(rows, width, place, from.arrays()[i], to.arrays()[i]);
}

struct ForwardScratch {
  Weights weights;
  float *normed, *mixture;  // normed: [V + 1, D], the last row zeros
  Terms terms;              // of a chunk's tokens, and their rows of x
  float* x;

  ForwardScratch(Layout& layout, const Call& call, const TokenPairs& pairs)
      : weights(layout, call, fused::Major::output),
        normed(layout.take((pairs.vocabulary + 1) * call.width)),
        mixture(layout.take(pair_chunks(pairs).rows() * call.width)),
        terms(layout, call, Chunks(call.batch, call.time).rows()),
        x(layout.take(Chunks(call.batch, call.time).rows() * call.width)) {}
};

/// The terms of all pairs.
void form_pairs(const Call& call, const TokenPairs& pairs, const ForwardScratch& scratch, const Saved& kept) {
  const std::int64_t width = call.width, end = pairs.vocabulary * width;
  fused::layer_norm_forward(pairs.vocabulary, width, call.in[kX], call.in[kNormWeight], call.in[kNormBias],
                            scratch.normed);
  std::fill_n(scratch.normed + end, width, 0.0F);
  fused::embedding_forward(pairs.count(), width, pairs.current.data(), call.in[kX], kept.x);
  fused::embedding_forward(pairs.count(), width, pairs.current.data(), scratch.normed, kept.h);
  fused::embedding_forward(pairs.count(), width, pairs.previous.data(), scratch.normed, kept.before);
  const Chunks chunks = pair_chunks(pairs);
  for (std::int64_t i = 0; i < chunks.count(); ++i) {
    const Chunk chunk(chunks, i);
    form_terms(call, scratch.weights, kept.rows(call, chunk), nullptr, scratch.mixture,
               kept.prepared(call, chunk, i), kept.terms.from(call, chunk.first));
  }
}

/// Memory of the backward pass. Of pairs: the gradients of terms and x, summed over the tokens; those of
/// their rows. Of the table: what reaches its normed rows and what goes past the norm.
struct BackwardScratch {
  Weights weights;
  Terms terms, dterms;  // of a chunk's tokens
  ReadScratch read_scratch;
  TermsScratch terms_scratch;
  Terms dpairs;
  float *dx, *dh, *dbefore, *dnormed, *residual, *workspace;

  BackwardScratch(Layout& layout, const Call& call, const TokenPairs& pairs, const Chunks& chunks)
      : weights(layout, call, fused::Major::input),
        terms(layout, call, chunks.rows()),
        dterms(layout, call, chunks.rows()),
        read_scratch(layout, call, chunks.sequences),
        terms_scratch(layout, call, pair_chunks(pairs).rows()),
        dpairs(layout, call, pairs.count()),
        dx(layout.take(pairs.count() * call.width)),
        dh(layout.take(pairs.count() * call.width)),
        dbefore(layout.take(pairs.count() * call.width)),
        dnormed(layout.take((pairs.vocabulary + 1) * call.width)),
        residual(layout.take(pairs.vocabulary * call.width)),
        workspace(layout.take(2 * call.width)) {}

  void clear(const Call& call, const TokenPairs& pairs) const {
    for (float* array : dpairs.arrays()) std::fill_n(array, pairs.count() * call.width, 0.0F);
    std::fill_n(dx, pairs.count() * call.width, 0.0F);
    std::fill_n(dnormed, (pairs.vocabulary + 1) * call.width, 0.0F);
    std::fill_n(residual, pairs.vocabulary * call.width, 0.0F);
  }
};

/// From a chunk's tokens to its pairs.
void read_chunk_backward(const Call& call, const BackwardScratch& d, const Chunk& chunk,
                         const std::int64_t* place, const Saved& kept, const Answers& answers,
                         const float* dout, const float* dv_first, const InputGradients& grads) {
  const std::int64_t rows = chunk.rows(call), width = call.width;
  gather(rows, width, place, kept.terms, d.terms);
  read_terms_backward(call, d.weights, chunk, d.terms, answers, dout, d.read_scratch, d.dterms, grads);
  if (dv_first != nullptr) fused::add_to(rows * width, dv_first, d.dterms.v);
  for (std::size_t i = 0; i < d.dpairs.arrays().size(); ++i)
    fused::embedding_backward(rows, width, place, d.dterms.arrays()[i], d.dpairs.arrays()[i]);
  fused::embedding_backward(rows, width, place, dout, d.dx);
}

/// From pairs to the table.
void form_pairs_backward(const Call& call, const TokenPairs& pairs, const BackwardScratch& d,
                         const Saved& kept, const InputGradients& grads) {
  const std::int64_t width = call.width;
  const Chunks chunks = pair_chunks(pairs);
  for (std::int64_t i = 0; i < chunks.count(); ++i) {
    const Chunk chunk(chunks, i);
    const std::int64_t at = chunk.first * width;
    form_terms_backward(call, d.weights, kept.rows(call, chunk), nullptr, kept.prepared(call, chunk, i),
                        kept.terms.from(call, chunk.first), d.dpairs.from(call, chunk.first), d.terms_scratch,
                        {.h = d.dh + at, .before = d.dbefore + at}, grads);
  }
  fused::embedding_backward(pairs.count(), width, pairs.current.data(), d.dh, d.dnormed);
  fused::embedding_backward(pairs.count(), width, pairs.previous.data(), d.dbefore, d.dnormed);
  fused::embedding_backward(pairs.count(), width, pairs.current.data(), d.dx, d.residual);
  fused::layer_norm_backward(pairs.vocabulary, width, call.in[kX], call.in[kNormWeight], d.dnormed,
                             d.residual, grads[kX], grads[kNormWeight], grads[kNormBias], d.workspace);
}

}  // namespace

std::int64_t saved_size(const Call& call, const TokenPairs& pairs, bool keep) {
  return layout_size<Saved>(call, pairs, keep);
}

std::int64_t forward_scratch_size(const Call& call, const TokenPairs& pairs) {
  return layout_size<ForwardScratch>(call, pairs);
}

std::int64_t backward_scratch_size(const Call& call, const TokenPairs& pairs) {
  return layout_size<BackwardScratch>(call, pairs, Chunks(call.batch, call.time));
}

void forward(const Call& call, const TokenPairs& pairs, bool keep, float* saved, float* scratch, float* out,
             float* v_first) {
  Layout layout(scratch), place(saved);
  const ForwardScratch memory(layout, call, pairs);
  const Saved kept(place, call, pairs, keep);
  memory.weights.fill(call);
  form_pairs(call, pairs, memory, kept);
  const Chunks chunks(call.batch, call.time);
  for (std::int64_t i = 0; i < chunks.count(); ++i) {
    const Chunk chunk(chunks, i);
    const std::int64_t rows = chunk.rows(call), at = chunk.at(call);
    const std::int64_t* pair = pairs.place.data() + chunk.first * call.time;
    Terms terms = memory.terms;
    terms.v = v_first + at;
    gather(rows, call.width, pair, kept.terms, terms);
    fused::embedding_forward(rows, call.width, pair, kept.x, memory.x);
    read_terms(call, memory.weights, chunk, terms, keep, kept.answers(call, chunk, i), memory.x, out + at);
  }
}

void backward(const Call& call, const TokenPairs& pairs, float* saved, float* scratch, const float* dout,
              const float* dv_first, const InputGradients& grads) {
  const Chunks chunks(call.batch, call.time);
  Layout layout(scratch), place(saved);
  const BackwardScratch d(layout, call, pairs, chunks);
  const Saved kept(place, call, pairs, true);
  d.weights.fill(call);
  d.terms_scratch.fill(call);
  d.clear(call, pairs);
  for (std::int64_t i = 0; i < chunks.count(); ++i) {
    const Chunk chunk(chunks, i);
    const std::int64_t at = chunk.at(call);
    read_chunk_backward(call, d, chunk, pairs.place.data() + chunk.first * call.time, kept,
                        kept.answers(call, chunk, i), dout + at,
                        dv_first != nullptr ? dv_first + at : nullptr, grads);
  }
  form_pairs_backward(call, pairs, d, kept, grads);
}

}  // namespace anser::ops::time_mix::pairs
