// What the WKV-7 kernels are measured against, for one head with contiguous tokens [T, N] and states [i][j].
#pragma once

#include <cstddef>

namespace anser::benchmarks {

struct BaselineHead {
  std::size_t time, size, stride;      // stride: numbers between tokens
  const float *r, *w, *k, *v, *a, *b;  // w is the decay itself
  float* y;
  float* S;  // [N][N], in and out
};

/// ggml's scheme: rows of S in vectors, two passes per row (S a, then the update with S r), each ended by a
/// horizontal sum. Highway, the instruction set that is in force.
void row_major_forward(const BaselineHead& head);

/// The definition as plain loops, built without vectorisation.
void scalar_forward(const BaselineHead& head);

/// Its adjoint with every state given: `states` [T + 1][N][N], states[0] before token 0; D [N][N] in and out.
struct BaselineGradients {
  const float *dy, *states;
  float *D, *dr, *dw, *dk, *dv, *da, *db;
};
void scalar_backward(const BaselineHead& head, const BaselineGradients& g);

}  // namespace anser::benchmarks
