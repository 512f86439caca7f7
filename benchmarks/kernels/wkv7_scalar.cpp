// Scalar loops: compiled with -O3 -march=native and without vectorisation
// (benchmarks/kernels/CMakeLists.txt).
#include "benchmarks/kernels/wkv7_baselines.h"

namespace anser::benchmarks {

void scalar_forward(const BaselineHead& h) {
  const std::size_t n = h.size;
  for (std::size_t t = 0; t < h.time; ++t) {
    const std::size_t at = t * h.stride;
    const float *r = h.r + at, *w = h.w + at, *k = h.k + at, *v = h.v + at, *a = h.a + at, *b = h.b + at;
    for (std::size_t i = 0; i < n; ++i) {
      float* S = h.S + i * n;
      float u = 0, y = 0;
      for (std::size_t j = 0; j < n; ++j) u += S[j] * a[j];
      for (std::size_t j = 0; j < n; ++j) {
        S[j] = S[j] * w[j] + u * b[j] + v[i] * k[j];
        y += S[j] * r[j];
      }
      h.y[at + i] = y;
    }
  }
}

void scalar_backward(const BaselineHead& h, const BaselineGradients& g) {
  const std::size_t n = h.size;
  for (std::size_t t = h.time; t-- > 0;) {
    const std::size_t at = t * h.stride;
    const float *r = h.r + at, *w = h.w + at, *k = h.k + at, *v = h.v + at, *a = h.a + at, *b = h.b + at;
    const float *before = g.states + t * n * n, *after = before + n * n, *dy = g.dy + at;
    for (std::size_t j = 0; j < n; ++j)
      g.dr[at + j] = g.dw[at + j] = g.dk[at + j] = g.da[at + j] = g.db[at + j] = 0;
    for (std::size_t i = 0; i < n; ++i) {
      float* D = g.D + i * n;
      const float *S = before + i * n, *S_after = after + i * n;
      float dv = 0, du = 0, u = 0;
      for (std::size_t j = 0; j < n; ++j) {
        D[j] += dy[i] * r[j];
        dv += D[j] * k[j];
        du += D[j] * b[j];
        u += S[j] * a[j];
      }
      g.dv[at + i] = dv;
      for (std::size_t j = 0; j < n; ++j) {
        g.dr[at + j] += dy[i] * S_after[j];
        g.dk[at + j] += v[i] * D[j];
        g.db[at + j] += u * D[j];
        g.da[at + j] += du * S[j];
        g.dw[at + j] += D[j] * S[j];
        D[j] = D[j] * w[j] + du * a[j];
      }
    }
  }
}

}  // namespace anser::benchmarks
