// The second half of time mixing: the recurrence over a chunk of sequences, its read-out and the output
// projection.
#pragma once

#include "core/ops/time_mix_call.h"

namespace anser::ops::time_mix {

/// Sequences of the batch that are worked on together, and where they begin.
struct Chunk {
  std::int64_t first = 0, sequences = 0;

  Chunk(const Chunks& chunks, std::int64_t index)
      : first(chunks.first(index)), sequences(chunks.sequences_of(index)) {}
  std::int64_t rows(const Call& call) const { return sequences * call.time; }
  /// Its place in an array [B, T, D].
  std::int64_t at(const Call& call) const { return first * call.time * call.width; }
};

/// What the backward pass needs beside the terms, of at most `sequences` sequences.
struct Answers {
  float *y, *read, *checkpoints;

  Answers(Layout& layout, const Call& call, std::int64_t sequences);
};

/// out [rows, D] = x + read-out of the recurrence over the terms; the state after. keep: checkpoints too.
void read_terms(const Call& call, const Weights& weights, const Chunk& chunk, const Terms& terms, bool keep,
                const Answers& answers, const float* x, float* out);

/// Memory of the backward pass for at most `sequences` sequences.
struct ReadScratch {
  float *read, *y, *r, *k_tilde, *v, *workspace;

  ReadScratch(Layout& layout, const Call& call, std::int64_t sequences);
};

/// Overwrites dterms with the gradients for dout [rows, D]; adds to the parameters'.
void read_terms_backward(const Call& call, const Weights& weights, const Chunk& chunk, const Terms& terms,
                         const Answers& answers, const float* dout, const ReadScratch& scratch,
                         const Terms& dterms, const InputGradients& grads);

}  // namespace anser::ops::time_mix
