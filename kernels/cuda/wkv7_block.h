// The programs that one thread block runs for one head, written once for device and host.
//
// A block has N threads. `block.each(f)` lets every thread i run f(i) and then meet at a barrier; what
// outlives an `each` stands in the block's shared memory. On the device that is a thread block
// (kernels/cuda/wkv7.cu), in the tests a loop over i. Thread i owns value channel i (rows of S and D) or key
// channel i (columns), as the names say. Formulas: docs/math/wkv7.md sections 1 and 2.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/wkv7_head.h"

namespace anser::kernels::cuda {

/// Shared memory of a block. States are [key j][value i] with a row length of N + 1: neighbouring threads
/// then read different banks along either axis.
struct BlockMemory {
  float *S, *D;
  float *r, *shrink, *slope, *k, *v, *a, *b, *u, *dy, *du;

  ANSER_HOST_DEVICE static std::int64_t numbers(std::int64_t n, bool backward) {
    return (backward ? 2 : 1) * n * (n + 1) + 10 * n;
  }
  ANSER_HOST_DEVICE BlockMemory(float* shared, std::int64_t n, bool backward) {
    float** vectors[] = {&r, &shrink, &slope, &k, &v, &a, &b, &u, &dy, &du};
    for (float** vector : vectors) {
      *vector = shared;
      shared += n;
    }
    S = shared;
    D = backward ? S + n * (n + 1) : nullptr;
  }
};

/// Numbers of global workspace per head in the backward pass: the state before each token of a chunk, and u.
ANSER_HOST_DEVICE inline std::int64_t block_workspace_size(std::int64_t n) {
  return kWkv7CheckpointInterval * (n * n + n);
}

/// sum over j of row(j) * vector[j], summed in groups of eight (docs/math/wkv7.md section 5).
ANSER_HOST_DEVICE inline float grouped_dot(std::int64_t n, const float* matrix, std::int64_t stride,
                                           const float* vector) {
  float total = 0;
  for (std::int64_t j0 = 0; j0 < n; j0 += 8) {
    float part = 0;
    for (std::int64_t j = j0; j < j0 + 8; ++j) part = std::fma(matrix[j * stride], vector[j], part);
    total += part;
  }
  return total;
}

/// Thread i takes channel i of the token at offset `at` to shared memory.
ANSER_HOST_DEVICE inline void load_token(const BlockMemory& m, const Wkv7Inputs<float>& in, Decay decay,
                                         std::int64_t at, std::int64_t i) {
  const DecayFactors<float> f = decay_factors(decay, in.w[at + i]);
  m.shrink[i] = f.shrink;
  m.slope[i] = f.slope;
  m.r[i] = in.r[at + i];
  m.k[i] = in.k[at + i];
  m.v[i] = in.v[at + i];
  m.a[i] = in.a[at + i];
  m.b[i] = in.b[at + i];
}

/// Row i of S <- S + S shrink + u b + v k with u = S a.
ANSER_HOST_DEVICE inline void step_row(const BlockMemory& m, std::int64_t n, std::int64_t i) {
  float* S = m.S + i;
  m.u[i] = grouped_dot(n, S, n + 1, m.a);
  for (std::int64_t j = 0; j < n; ++j) {
    float& s = S[j * (n + 1)];
    s = std::fma(m.v[i], m.k[j], std::fma(m.u[i], m.b[j], std::fma(s, m.shrink[j], s)));
  }
}

template <class Block>
ANSER_HOST_DEVICE void forward_block(Block& block, const Wkv7ForwardHead& head, float* shared) {
  const std::int64_t n = head.size;
  const BlockMemory m(shared, n, false);
  block.each([&](std::int64_t i) {
    for (std::int64_t j = 0; j < n; ++j)
      m.S[j * (n + 1) + i] = head.in.s0 == nullptr ? 0.0f : head.in.s0[i * n + j];
  });
  for (std::int64_t t = 0; t < head.time; ++t) {
    block.each([&](std::int64_t i) { load_token(m, head.in, head.decay, t * head.stride, i); });
    block.each([&](std::int64_t i) {
      if (head.checkpoints != nullptr && t % kWkv7CheckpointInterval == 0) {
        float* checkpoint = head.checkpoints + t / kWkv7CheckpointInterval * n * n;
        for (std::int64_t j = 0; j < n; ++j) checkpoint[j * n + i] = m.S[j * (n + 1) + i];
      }
      step_row(m, n, i);
      head.y[t * head.stride + i] = grouped_dot(n, m.S + i, n + 1, m.r);
    });
  }
  block.each([&](std::int64_t i) {
    if (head.sT == nullptr) return;
    for (std::int64_t j = 0; j < n; ++j) head.sT[i * n + j] = m.S[j * (n + 1) + i];
  });
}

/// States before the tokens [begin, end) to `states` [16][j][i], their u to `us` [16][N], and dr of the
/// tokens.
template <class Block>
ANSER_HOST_DEVICE void recompute_chunk(Block& block, const Wkv7BackwardHead& head, const BlockMemory& m,
                                       std::int64_t begin, std::int64_t end, float* states, float* us) {
  const std::int64_t n = head.size;
  const float* checkpoint = head.checkpoints + begin / kWkv7CheckpointInterval * n * n;
  block.each([&](std::int64_t i) {
    for (std::int64_t j = 0; j < n; ++j) m.S[j * (n + 1) + i] = checkpoint[j * n + i];
  });
  for (std::int64_t t = begin; t < end; ++t) {
    const std::int64_t at = t * head.stride, slot = t - begin;
    block.each([&](std::int64_t i) {
      load_token(m, head.in, head.decay, at, i);
      m.dy[i] = head.dy[at + i];
    });
    block.each([&](std::int64_t i) {
      for (std::int64_t j = 0; j < n; ++j) states[(slot * n + j) * n + i] = m.S[j * (n + 1) + i];
      step_row(m, n, i);
      us[slot * n + i] = m.u[i];
    });
    block.each([&](std::int64_t j) { head.grads.dr[at + j] = grouped_dot(n, m.S + j * (n + 1), 1, m.dy); });
  }
}

/// Column j: the gradients of token `at` that are sums over value channels. S holds the state before the
/// token.
ANSER_HOST_DEVICE inline void column_gradients(const Wkv7BackwardHead& head, const BlockMemory& m,
                                               std::int64_t at, std::int64_t j) {
  const std::int64_t n = head.size;
  const float *S = m.S + j * (n + 1), *D = m.D + j * (n + 1);
  head.grads.dk[at + j] = grouped_dot(n, D, 1, m.v);
  head.grads.db[at + j] = grouped_dot(n, D, 1, m.u);
  head.grads.da[at + j] = grouped_dot(n, S, 1, m.du);
  head.grads.dw[at + j] = m.slope[j] * grouped_dot(n, D, 1, S);
}

template <class Block>
ANSER_HOST_DEVICE void adjoint_chunk(Block& block, const Wkv7BackwardHead& head, const BlockMemory& m,
                                     std::int64_t begin, std::int64_t end, const float* states,
                                     const float* us) {
  const std::int64_t n = head.size;
  for (std::int64_t t = end - 1; t >= begin; --t) {
    const std::int64_t at = t * head.stride, slot = t - begin;
    block.each([&](std::int64_t i) {
      load_token(m, head.in, head.decay, at, i);
      m.dy[i] = head.dy[at + i];
      m.u[i] = us[slot * n + i];
      for (std::int64_t j = 0; j < n; ++j) m.S[j * (n + 1) + i] = states[(slot * n + j) * n + i];
    });
    block.each([&](std::int64_t i) {
      float* D = m.D + i;
      for (std::int64_t j = 0; j < n; ++j) D[j * (n + 1)] = std::fma(m.dy[i], m.r[j], D[j * (n + 1)]);
      head.grads.dv[at + i] = grouped_dot(n, D, n + 1, m.k);
      m.du[i] = grouped_dot(n, D, n + 1, m.b);
    });
    block.each([&](std::int64_t j) { column_gradients(head, m, at, j); });
    block.each([&](std::int64_t i) {
      for (std::int64_t j = 0; j < n; ++j) {
        float& d = m.D[j * (n + 1) + i];
        d = std::fma(m.du[i], m.a[j], std::fma(d, m.shrink[j], d));
      }
    });
  }
}

template <class Block>
ANSER_HOST_DEVICE void backward_block(Block& block, const Wkv7BackwardHead& head, float* shared) {
  const std::int64_t n = head.size, chunk = kWkv7CheckpointInterval;
  const BlockMemory m(shared, n, true);
  float* us = head.workspace + chunk * n * n;
  block.each([&](std::int64_t i) {
    for (std::int64_t j = 0; j < n; ++j)
      m.D[j * (n + 1) + i] = head.dsT == nullptr ? 0.0f : head.dsT[i * n + j];
  });
  for (std::int64_t c = (head.time + chunk - 1) / chunk; c-- > 0;) {
    const std::int64_t begin = c * chunk, end = begin + chunk < head.time ? begin + chunk : head.time;
    recompute_chunk(block, head, m, begin, end, head.workspace, us);
    adjoint_chunk(block, head, m, begin, end, head.workspace, us);
  }
  block.each([&](std::int64_t i) {
    if (head.grads.ds0 == nullptr) return;
    for (std::int64_t j = 0; j < n; ++j) head.grads.ds0[i * n + j] = m.D[j * (n + 1) + i];
  });
}

}  // namespace anser::kernels::cuda
