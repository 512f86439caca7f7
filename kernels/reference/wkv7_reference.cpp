// The definition of the WKV-7 recurrence and of its adjoint, token by token, row-major (docs/math/wkv7.md 1
// and 2).
#include <algorithm>
#include <vector>

#include "kernels/wkv7.h"
#include "kernels/wkv7_check.h"
#include "kernels/wkv7_math.h"

namespace anser::kernels::reference {
namespace {

/// One head of one sequence: where its token t lies in the arrays [B, T, H, N], and its index among the
/// states.
struct Head {
  std::int64_t first;   // offset of token 0
  std::int64_t stride;  // distance between tokens
  std::int64_t state;   // b * H + h
  std::int64_t at(std::int64_t t) const { return first + t * stride; }
};

template <typename Task>
void for_each_head(const Wkv7Shape& shape, Task task) {
  for (std::int64_t b = 0; b < shape.batch; ++b)
    for (std::int64_t h = 0; h < shape.heads; ++h)
      task(Head{(b * shape.time * shape.heads + h) * shape.size, shape.heads * shape.size,
                b * shape.heads + h});
}

/// u = S a^T
template <typename Real>
void times_vector(std::int64_t n, const Real* S, const Real* a, Real* u) {
  for (std::int64_t i = 0; i < n; ++i) {
    Real sum = 0;
    for (std::int64_t j = 0; j < n; ++j) sum += S[i * n + j] * a[j];
    u[i] = sum;
  }
}

/// S <- S diag(w) + u b + v^T k, given u and shrink = w - 1.
template <typename Real>
void step(std::int64_t n, Real* S, const Real* shrink, const Real* u, const Real* b, const Real* v,
          const Real* k) {
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      Real& s = S[i * n + j];
      s = std::fma(s, shrink[j], s) + u[i] * b[j] + v[i] * k[j];
    }
}

template <typename Real>
void shrink_factors(std::int64_t n, Decay decay, const Real* w, Real* shrink) {
  for (std::int64_t j = 0; j < n; ++j) shrink[j] = decay_factors(decay, w[j]).shrink;
}

template <typename Real>
void load_state(std::int64_t n, const Real* s0, std::int64_t index, Real* S) {
  if (s0 == nullptr) return std::fill(S, S + n * n, Real(0)), void();
  std::copy(s0 + index * n * n, s0 + (index + 1) * n * n, S);
}

/// dr, dv, dk, db, dw of one token and du; D is the adjoint of S_t with dy^T r already added.
template <typename Real>
struct TokenAdjoint {
  std::int64_t n;
  const Real *S, *S_before, *D;
  const Real *v, *k, *b, *u, *dy;
  const Real *slope, *du;

  void write(std::int64_t at, const Wkv7Gradients<Real>& g) const {
    for (Real* row : {g.dr, g.dk, g.da, g.db, g.dw}) std::fill(row + at, row + at + n, Real(0));
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        const std::int64_t ij = i * n + j;
        g.dr[at + j] += dy[i] * S[ij];
        g.dk[at + j] += v[i] * D[ij];
        g.db[at + j] += u[i] * D[ij];
        g.da[at + j] += du[i] * S_before[ij];
        g.dw[at + j] += slope[j] * D[ij] * S_before[ij];
      }
    times_vector(n, D, k, g.dv + at);
  }
};

template <typename Real>
void backward_head(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<Real>& in, const Real* dy,
                   const Real* dsT, const Wkv7Gradients<Real>& grads, Real* workspace, const Head& head) {
  const std::int64_t n = shape.size, T = shape.time;
  std::vector<Real> shrink(n), slope(n), u(n), du(n);
  Real* D = workspace + (T + 1) * n * n;
  load_state(n, in.s0, head.state, workspace);
  for (std::int64_t t = 0; t < T; ++t) {  // S_{t-1} stands in workspace[t]
    const std::int64_t at = head.at(t);
    Real* S = workspace + (t + 1) * n * n;
    std::copy(S - n * n, S, S);
    shrink_factors(n, decay, in.w + at, shrink.data());
    times_vector(n, S, in.a + at, u.data());
    step(n, S, shrink.data(), u.data(), in.b + at, in.v + at, in.k + at);
  }
  load_state(n, dsT, head.state, D);
  for (std::int64_t t = T - 1; t >= 0; --t) {
    const std::int64_t at = head.at(t);
    const Real* S = workspace + (t + 1) * n * n;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j) D[i * n + j] += dy[at + i] * in.r[at + j];
    for (std::int64_t j = 0; j < n; ++j) {
      const DecayFactors<Real> f = decay_factors(decay, in.w[at + j]);
      shrink[j] = f.shrink;
      slope[j] = f.slope;
    }
    times_vector(n, S - n * n, in.a + at, u.data());
    times_vector(n, D, in.b + at, du.data());
    TokenAdjoint<Real>{n,        S,       S - n * n,    D,        in.v + at, in.k + at, in.b + at,
                       u.data(), dy + at, slope.data(), du.data()}
        .write(at, grads);
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        Real& d = D[i * n + j];
        d = std::fma(d, shrink[j], d) + du[i] * in.a[at + j];
      }
  }
  if (grads.ds0 != nullptr) std::copy(D, D + n * n, grads.ds0 + head.state * n * n);
}

}  // namespace

template <typename Real>
Status wkv7_forward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<Real>& in, Real* y, Real* sT,
                    Real* states) {
  constexpr const char* kFunction = "kernels::reference::wkv7_forward";
  if (Status s = check_wkv7_inputs(kFunction, shape, in); !s.ok()) return s;
  if (Status s = check_wkv7_array(kFunction, shape, "y", y); !s.ok()) return s;
  const std::int64_t n = shape.size;
  std::vector<Real> S(n * n), shrink(n), u(n);
  for_each_head(shape, [&](const Head& head) {
    load_state(n, in.s0, head.state, S.data());
    for (std::int64_t t = 0; t < shape.time; ++t) {
      const std::int64_t at = head.at(t);
      shrink_factors(n, decay, in.w + at, shrink.data());
      times_vector(n, S.data(), in.a + at, u.data());
      step(n, S.data(), shrink.data(), u.data(), in.b + at, in.v + at, in.k + at);
      times_vector(n, S.data(), in.r + at, y + at);
      if (states != nullptr) std::copy(S.begin(), S.end(), states + (head.state * shape.time + t) * n * n);
    }
    if (sT != nullptr) std::copy(S.begin(), S.end(), sT + head.state * n * n);
  });
  return {};
}

template <typename Real>
Status wkv7_backward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<Real>& in, const Real* dy,
                     const Real* dsT, const Wkv7Gradients<Real>& grads, Real* workspace) {
  constexpr const char* kFunction = "kernels::reference::wkv7_backward";
  if (Status s = check_wkv7_backward(kFunction, shape, in, dy, dy, grads, workspace); !s.ok()) return s;
  if (shape.batch * shape.heads != 0 && workspace == nullptr)
    return bad_argument(kFunction, "workspace", 0, "(T + 2) * N * N numbers");
  for_each_head(shape,
                [&](const Head& head) { backward_head(shape, decay, in, dy, dsT, grads, workspace, head); });
  return {};
}

template Status wkv7_forward<float>(const Wkv7Shape&, Decay, const Wkv7Inputs<float>&, float*, float*,
                                    float*);
template Status wkv7_forward<double>(const Wkv7Shape&, Decay, const Wkv7Inputs<double>&, double*, double*,
                                     double*);
template Status wkv7_backward<float>(const Wkv7Shape&, Decay, const Wkv7Inputs<float>&, const float*,
                                     const float*, const Wkv7Gradients<float>&, float*);
template Status wkv7_backward<double>(const Wkv7Shape&, Decay, const Wkv7Inputs<double>&, const double*,
                                      const double*, const Wkv7Gradients<double>&, double*);

}  // namespace anser::kernels::reference
