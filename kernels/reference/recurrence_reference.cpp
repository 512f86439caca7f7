// The definition of the recurrence and of its adjoint, token by token, row-major (docs/math/recurrence.md 1
// and 2).
#include <algorithm>
#include <vector>

#include "kernels/recurrence.h"
#include "kernels/recurrence_check.h"
#include "kernels/recurrence_head.h"
#include "kernels/recurrence_math.h"

namespace anser::kernels::reference {
namespace {

/// One head of one sequence: its token rows, read as rows that end where the mode has no such input.
template <typename Real>
struct Head {
  HeadPlace at;
  RecurrenceMode mode;
  RecurrenceInputs<Real> in;

  std::int64_t keys() const { return at.keys; }
  std::int64_t values() const { return at.values; }
  const Real* r(std::int64_t t) const { return in.r + t * at.key_stride; }
  const Real* k(std::int64_t t) const { return in.k + t * at.key_stride; }
  const Real* v(std::int64_t t) const { return in.v + t * at.value_stride; }
  const Real* a(std::int64_t t) const { return in.a + t * at.key_stride; }
  const Real* b(std::int64_t t) const { return in.b + t * at.key_stride; }
  Real w(std::int64_t t, std::int64_t j) const {
    return mode.decay == Decay::none ? Real(0) : in.w[t * at.w_stride + (mode.decay_per_head ? 0 : j)];
  }
};

/// u = S x^T
template <typename Real>
void times_vector(const Head<Real>& head, const Real* S, const Real* x, Real* u) {
  for (std::int64_t i = 0; i < head.values(); ++i) {
    Real sum = 0;
    for (std::int64_t j = 0; j < head.keys(); ++j) sum += S[i * head.keys() + j] * x[j];
    u[i] = sum;
  }
}

/// The decay factors of a token, channel by channel.
template <typename Real>
struct TokenDecay {
  std::vector<Real> shrink, slope;
  explicit TokenDecay(std::int64_t keys) : shrink(keys), slope(keys) {}
  void read(const Head<Real>& head, std::int64_t t) {
    for (std::int64_t j = 0; j < head.keys(); ++j) {
      const DecayFactors<Real> f = decay_factors(head.mode.decay, head.w(t, j));
      shrink[j] = f.shrink, slope[j] = f.slope;
    }
  }
};

/// S <- S diag(w) + u b + v^T k of token t.
template <typename Real>
void step(const Head<Real>& head, std::int64_t t, TokenDecay<Real>& decay, Real* u, Real* S) {
  const std::int64_t keys = head.keys();
  decay.read(head, t);
  if (head.mode.low_rank) times_vector(head, S, head.a(t), u);
  for (std::int64_t i = 0; i < head.values(); ++i)
    for (std::int64_t j = 0; j < keys; ++j) {
      Real& s = S[i * keys + j];
      s = decayed(head.mode.decay, decay.shrink[j], s) + (head.mode.low_rank ? u[i] * head.b(t)[j] : 0) +
          head.v(t)[i] * head.k(t)[j];
    }
}

template <typename Real>
void load_state(const Head<Real>& head, const Real* from, Real* S) {
  const std::int64_t n = head.values() * head.keys();
  if (from == nullptr) return std::fill(S, S + n, Real(0)), void();
  std::copy(from, from + n, S);
}

/// Calls task(head, sequence, h) for every head of every sequence.
template <typename Real, typename Task>
void for_each_head(const RecurrenceShape& shape, const RecurrenceMode& mode, const RecurrenceInputs<Real>& in,
                   Task task) {
  for (std::int64_t s = 0; s < shape.sequences; ++s)
    for (std::int64_t h = 0; h < shape.heads; ++h) {
      const HeadPlace at(shape, mode, s, h);
      task(Head<Real>{at, mode, at.inputs(in)}, s, h);
    }
}

/// The gradients of one token; D is the adjoint of S_t with all its uses added.
template <typename Real>
struct TokenAdjoint {
  const Head<Real>& head;
  const Real *S, *S_before, *D;
  const Real *u, *dy, *du;

  void write(std::int64_t t, const Real* slope, const RecurrenceGradients<Real>& g) const {
    const HeadPlace& at = head.at;
    const std::int64_t keys = head.keys(), row = t * at.key_stride;
    const Real* read = head.mode.read == Read::after ? S : S_before;
    for (Real* x : {g.dr, g.dk, g.da, g.db})
      if (x != nullptr) std::fill(x + row, x + row + keys, Real(0));
    std::vector<Real> dw(keys);
    for (std::int64_t i = 0; i < head.values(); ++i)
      for (std::int64_t j = 0; j < keys; ++j) {
        const std::int64_t ij = i * keys + j;
        g.dr[row + j] += dy[i] * read[ij];
        g.dk[row + j] += head.v(t)[i] * D[ij];
        if (head.mode.low_rank) g.db[row + j] += u[i] * D[ij];
        if (head.mode.low_rank) g.da[row + j] += du[i] * S_before[ij];
        dw[j] += slope[j] * D[ij] * S_before[ij];
      }
    times_vector(head, D, head.k(t), g.dv + t * at.value_stride);
    if (head.mode.decay == Decay::none) return;
    Real* out = g.dw + t * at.w_stride;
    if (!head.mode.decay_per_head) return std::copy(dw.begin(), dw.end(), out), void();
    *out = 0;
    for (const Real x : dw) *out += x;
  }
};

/// D += dy_t^T r_t
template <typename Real>
void add_read(const Head<Real>& head, const Real* dy, const Real* r, Real* D) {
  for (std::int64_t i = 0; i < head.values(); ++i)
    for (std::int64_t j = 0; j < head.keys(); ++j) D[i * head.keys() + j] += dy[i] * r[j];
}

/// D of S_t -> D of S_{t-1}, but for the read of token t.
template <typename Real>
void step_back(const Head<Real>& head, std::int64_t t, const Real* shrink, const Real* du, Real* D) {
  const std::int64_t keys = head.keys();
  for (std::int64_t i = 0; i < head.values(); ++i)
    for (std::int64_t j = 0; j < keys; ++j) {
      Real& d = D[i * keys + j];
      d = decayed(head.mode.decay, shrink[j], d) + (head.mode.low_rank ? du[i] * head.a(t)[j] : 0);
    }
}

template <typename Real>
void backward_head(const Head<Real>& head, const Real* dy, const Real* dsT,
                   const RecurrenceGradients<Real>& g, Real* workspace) {
  const std::int64_t state = head.values() * head.keys(), T = head.at.time;
  const bool after = head.mode.read == Read::after, low_rank = head.mode.low_rank;
  TokenDecay<Real> decay(head.keys());
  std::vector<Real> u(head.values()), du(head.values());
  Real* D = workspace + (T + 1) * state;
  load_state(head, head.in.s0, workspace);
  for (std::int64_t t = 0; t < T; ++t) {  // S_{t-1} stands in workspace[t]
    Real* S = workspace + (t + 1) * state;
    std::copy(S - state, S, S);
    step(head, t, decay, u.data(), S);
  }
  load_state(head, dsT, D);
  for (std::int64_t t = T - 1; t >= 0; --t) {
    const Real *S = workspace + (t + 1) * state, *dy_t = dy + t * head.at.value_stride;
    if (after) add_read(head, dy_t, head.r(t), D);
    decay.read(head, t);
    if (low_rank) times_vector(head, S - state, head.a(t), u.data());
    if (low_rank) times_vector(head, D, head.b(t), du.data());
    TokenAdjoint<Real>{head, S, S - state, D, u.data(), dy_t, du.data()}.write(t, decay.slope.data(), g);
    step_back(head, t, decay.shrink.data(), du.data(), D);
    if (!after) add_read(head, dy_t, head.r(t), D);
  }
  if (g.ds0 != nullptr) std::copy(D, D + state, g.ds0);
}

}  // namespace

template <typename Real>
Status recurrence_forward(const RecurrenceShape& shape, const RecurrenceMode& mode,
                          const RecurrenceInputs<Real>& in, const RecurrenceOutputs<Real>& out) {
  constexpr const char* kFunction = "kernels::reference::recurrence_forward";
  if (Status s = check_recurrence_inputs(kFunction, shape, mode, in); !s.ok()) return s;
  if (Status s = check_recurrence_outputs(kFunction, shape, out); !s.ok()) return s;
  const std::int64_t state = shape.values * shape.keys;
  std::vector<Real> S(state), u(shape.values);
  TokenDecay<Real> decay(shape.keys);
  for_each_head(shape, mode, in, [&](const Head<Real>& head, std::int64_t s, std::int64_t h) {
    load_state(head, head.in.s0, S.data());
    for (std::int64_t t = 0; t < head.at.time; ++t) {
      Real* y = out.y + head.at.value_first + t * head.at.value_stride;
      if (mode.read == Read::before) times_vector(head, S.data(), head.r(t), y);
      step(head, t, decay, u.data(), S.data());
      if (mode.read == Read::after) times_vector(head, S.data(), head.r(t), y);
      if (out.snapshots == nullptr || (t + 1) % out.snapshot_interval != 0) continue;
      const std::int64_t slot =
          first_snapshot(shape, s, out.snapshot_interval) + (t + 1) / out.snapshot_interval - 1;
      std::copy(S.begin(), S.end(), out.snapshots + (slot * shape.heads + h) * state);
    }
    if (out.sT != nullptr) std::copy(S.begin(), S.end(), out.sT + head.at.state);
  });
  return check_recurrence_results(kFunction, shape, mode, out.y, out.sT);
}

std::int64_t recurrence_workspace_size(const RecurrenceShape& shape) {
  return (longest_sequence(shape) + 2) * shape.values * shape.keys;
}

template <typename Real>
Status recurrence_backward(const RecurrenceShape& shape, const RecurrenceMode& mode,
                           const RecurrenceInputs<Real>& in, const Real* dy, const Real* dsT,
                           const RecurrenceGradients<Real>& grads, Real* workspace) {
  constexpr const char* kFunction = "kernels::reference::recurrence_backward";
  if (Status s = check_recurrence_inputs(kFunction, shape, mode, in); !s.ok()) return s;
  if (Status s = check_recurrence_backward(kFunction, shape, mode, dy, dsT, grads); !s.ok()) return s;
  if (shape.sequences * shape.heads != 0 && workspace == nullptr)
    return bad_argument(kFunction, "workspace", 0, "recurrence_workspace_size(shape) numbers");
  for_each_head(shape, mode, in, [&](const Head<Real>& head, std::int64_t, std::int64_t) {
    RecurrenceGradients<Real> g = head.at.gradients(grads);
    if (!mode.low_rank) g.da = g.db = nullptr;
    backward_head(head, offset_or_null(dy, head.at.value_first), offset_or_null(dsT, head.at.state), g,
                  workspace);
  });
  return {};
}

#define ANSER_INSTANTIATE(Real)                                                                      \
  template Status recurrence_forward(const RecurrenceShape&, const RecurrenceMode&,                  \
                                     const RecurrenceInputs<Real>&, const RecurrenceOutputs<Real>&); \
  template Status recurrence_backward(const RecurrenceShape&, const RecurrenceMode&,                 \
                                      const RecurrenceInputs<Real>&, const Real*, const Real*,       \
                                      const RecurrenceGradients<Real>&, Real*);
ANSER_INSTANTIATE(float)
ANSER_INSTANTIATE(double)
#undef ANSER_INSTANTIATE

}  // namespace anser::kernels::reference
