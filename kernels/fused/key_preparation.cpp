#include "kernels/fused/key_preparation.h"

#include <algorithm>

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/key_preparation.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/highway.h"
#include "kernels/fused/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {
namespace {

using Inputs = KeyPreparationInputs<float>;
using Outputs = KeyPreparationOutputs<float>;
using OutputGradients = KeyPreparationOutputs<const float>;
using Gradients = KeyPreparationGradients<float>;

constexpr float kInvSqrtE = 0.60653065971263342f;  // exp(-1/2)
constexpr float kMinNorm = 1e-12f;

// What a head's channels share.
struct HeadNumbers {
  float norm;   // |k * k_k|_2
  float along;  // kappa_hat . dkappa_hat
};

// A head: its place in the rows, its place in the parameters, its size.
struct Head {
  std::size_t at;
  std::size_t h;
  std::size_t size;
};

// Structs of pointers are handed on by value, which keeps the pointers in registers between stores.

HWY_INLINE float key_norm(const Inputs in, const Head head) {
  const auto squares = ordered_sums<1>(head.size, [&](auto access, std::size_t j) HWY_ATTR {
    const Vector kappa = hn::Mul(access.load(in.k + head.at + j), access.load(in.k_k + head.h + j));
    return Terms<1>{{hn::Mul(kappa, kappa)}};
  });
  return hn::GetLane(hn::Sqrt(squares.v[0]));
}

// First pass.
HWY_INLINE void key_norms(const HeadGroup& group, std::size_t size, const Inputs in, HeadNumbers* heads) {
  group.for_each([&](std::size_t at, std::size_t h, std::size_t unit) HWY_ATTR {
    heads[unit].norm = key_norm(in, {at, h, size});
  });
}

// exp(-exp(-1/2) * sigmoid(d)), given the sigmoid.
HWY_INLINE Vector decay(Vector gate) {
  return exp_nonpositive(hn::Mul(gate, broadcast(-kInvSqrtE)));
}

// c; `d` is the decay's logit where it matters.
template <Multiplier kC, class Access>
HWY_INLINE Vector multiplier(const Access& access, const float* d) {
  if constexpr (kC == Multiplier::one_plus_decay)
    return hn::Add(broadcast(1.0f), decay(sigmoid(access.load(d))));
  return broadcast(kC == Multiplier::two ? 2.0f : 1.0f);
}

template <Multiplier kC>
HWY_INLINE void head_forward(const Inputs in, const Head head, float norm, const Outputs out) {
  const Vector scale = broadcast(std::max(norm, kMinNorm));
  const Vector one = broadcast(1.0f);
  sweep(head.size, [&](auto access, std::size_t j) HWY_ATTR {
    const std::size_t i = head.at + j;
    const Vector k = access.load(in.k + i);
    const Vector alpha = sigmoid(access.load(in.icl_logit + i));
    const Vector kappa_hat = hn::Div(hn::Mul(k, access.load(in.k_k + head.h + j)), scale);
    const Vector replaced = hn::Add(one, hn::Mul(hn::Sub(alpha, one), access.load(in.k_a + head.h + j)));
    access.store(hn::Mul(k, replaced), out.k_tilde + i);
    access.store(hn::Neg(kappa_hat), out.a + i);
    const Vector strength = hn::Mul(multiplier<kC>(access, in.decay_logit + i), kappa_hat);
    access.store(hn::Mul(strength, alpha), out.b + i);
  });
}

// c and its derivative by the decay's logit.
struct MultiplierSlope {
  Vector value;
  Vector slope;
};

template <Multiplier kC, class Access>
HWY_INLINE MultiplierSlope multiplier_slope(const Access& access, const float* d) {
  if constexpr (kC != Multiplier::one_plus_decay) return {multiplier<kC>(access, d), hn::Zero(FloatTag())};
  const auto gate = sigmoid_slope(access.load(d));
  const Vector w = decay(gate.value);
  return {hn::Add(broadcast(1.0f), w), hn::Mul(hn::Mul(w, gate.slope), broadcast(-kInvSqrtE))};
}

// Second pass: everything but what passes through kappa_hat to k and k_k. Leaves dkappa_hat in grads.dk, and
// in `kappa_hat` and `rest` that and what k_tilde adds to dk. Returns kappa_hat . dkappa_hat.
template <Multiplier kC>
HWY_INLINE float gate_gradients(const Inputs in, const Head head, float norm, const OutputGradients douts,
                                const Gradients grads, float* kappa_hats, float* rest) {
  const Vector scale = broadcast(std::max(norm, kMinNorm));
  const Vector one = broadcast(1.0f);
  const auto along = ordered_sums<1>(head.size, [&](auto access, std::size_t j) ANSER_INLINE_BODY {
    const std::size_t i = head.at + j;
    const Vector k = access.load(in.k + i);
    const Vector k_a = access.load(in.k_a + head.h + j);
    const Vector kappa_hat = hn::Div(hn::Mul(k, access.load(in.k_k + head.h + j)), scale);
    const auto alpha = sigmoid_slope(access.load(in.icl_logit + i));
    const Vector less_one = hn::Sub(alpha.value, one);
    const MultiplierSlope c = multiplier_slope<kC>(access, in.decay_logit + i);
    const Vector db = access.load(douts.b + i);
    const Vector dk_tilde = access.load(douts.k_tilde + i);
    const Vector strength = hn::Mul(db, c.value);
    const Vector dkappa_hat = hn::Sub(hn::Mul(strength, alpha.value), access.load(douts.a + i));
    const Vector through_k = hn::Mul(dk_tilde, k);
    const Vector dalpha = hn::Add(hn::Mul(through_k, k_a), hn::Mul(strength, kappa_hat));
    access.store(hn::Mul(dalpha, alpha.slope), grads.dicl_logit + i);
    float* dk_a = grads.dk_a + head.h + j;
    access.store(hn::Add(access.load(dk_a), hn::Mul(through_k, less_one)), dk_a);
    access.store(hn::Mul(dk_tilde, hn::Add(one, hn::Mul(less_one, k_a))), rest + j);
    access.store(kappa_hat, kappa_hats + j);
    access.store(dkappa_hat, grads.dk + i);
    if (kC == Multiplier::one_plus_decay && grads.ddecay_logit != nullptr) {
      const Vector dc = hn::Mul(hn::Mul(db, kappa_hat), alpha.value);
      access.store(hn::Mul(dc, c.slope), grads.ddecay_logit + i);
    }
    return Terms<1>{{hn::Mul(kappa_hat, dkappa_hat)}};
  });
  return hn::GetLane(along.v[0]);
}

// Third pass: through kappa_hat to k and k_k.
HWY_INLINE void key_gradients(const Inputs in, const Head head, const HeadNumbers numbers,
                              const Gradients grads, const float* kappa_hats, const float* rest) {
  const Vector inverse = broadcast(1.0f / std::max(numbers.norm, kMinNorm));
  // Below the least norm the scale is a constant.
  const Vector projection = broadcast(numbers.norm >= kMinNorm ? numbers.along : 0.0f);
  sweep(head.size, [&](auto access, std::size_t j) HWY_ATTR {
    const Vector along = hn::Mul(access.load(kappa_hats + j), projection);
    const Vector dkappa = hn::Mul(hn::Sub(access.load(grads.dk + head.at + j), along), inverse);
    float* dk_k = grads.dk_k + head.h + j;
    access.store(hn::Add(access.load(dk_k), hn::Mul(dkappa, access.load(in.k + head.at + j))), dk_k);
    const Vector through_k_k = hn::Mul(dkappa, access.load(in.k_k + head.h + j));
    access.store(hn::Add(access.load(rest + j), through_k_k), grads.dk + head.at + j);
  });
}

template <Multiplier kC>
HWY_FLATTEN void keys_forward(const KeyPreparationShape& s, const Inputs& in, const Outputs& out) {
  const std::size_t size = s.size;
  HeadNumbers heads[kMostHeadsPerPass];
  for (HeadGroup group(s.rows, s.heads, size); group.any(); group.advance()) {
    key_norms(group, size, in, heads);
    group.for_each([&](std::size_t at, std::size_t h, std::size_t unit) HWY_ATTR {
      head_forward<kC>(in, {at, h, size}, heads[unit].norm, out);
    });
  }
}

// The workspace: partial sums of dk_k and dk_a, then kappa_hat and what k_tilde adds to dk, of a group.
template <Multiplier kC>
HWY_FLATTEN void keys_backward(const KeyPreparationShape& s, const Inputs& in, const OutputGradients& douts,
                               const Gradients& grads) {
  const std::size_t size = s.size, width = s.heads * s.size;
  HeadNumbers heads[kMostHeadsPerPass];
  Gradients sums = grads;
  sums.dk_k = grads.workspace;
  sums.dk_a = sums.dk_k + width;
  std::fill_n(sums.dk_k, 2 * width, 0.0f);
  float* const kappa_hats = sums.dk_a + width;
  float* const rest = kappa_hats + kMostHeadsPerPass * size;
  for (HeadGroup group(s.rows, s.heads, size); group.any(); group.advance()) {
    key_norms(group, size, in, heads);
    group.for_each([&](std::size_t at, std::size_t h, std::size_t unit) HWY_ATTR {
      heads[unit].along = gate_gradients<kC>(in, {at, h, size}, heads[unit].norm, douts, sums,
                                             kappa_hats + unit * size, rest + unit * size);
    });
    group.for_each([&](std::size_t at, std::size_t h, std::size_t unit) HWY_ATTR {
      key_gradients(in, {at, h, size}, heads[unit], sums, kappa_hats + unit * size, rest + unit * size);
    });
    if (!group.ends_block()) continue;
    move_column_sums(width, sums.dk_k, grads.dk_k);
    move_column_sums(width, sums.dk_a, grads.dk_a);
  }
}

void keys_forward_any(const KeyPreparationShape& s, Multiplier c, const Inputs& in, const Outputs& out) {
  if (c == Multiplier::one) return keys_forward<Multiplier::one>(s, in, out);
  if (c == Multiplier::two) return keys_forward<Multiplier::two>(s, in, out);
  keys_forward<Multiplier::one_plus_decay>(s, in, out);
}

void keys_backward_any(const KeyPreparationShape& s, Multiplier c, const Inputs& in,
                       const OutputGradients& douts, const Gradients& grads) {
  if (c == Multiplier::one) return keys_backward<Multiplier::one>(s, in, douts, grads);
  if (c == Multiplier::two) return keys_backward<Multiplier::two>(s, in, douts, grads);
  keys_backward<Multiplier::one_plus_decay>(s, in, douts, grads);
}

}  // namespace
}  // namespace anser::kernels::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::fused {

HWY_EXPORT(keys_forward_any);
HWY_EXPORT(keys_backward_any);

std::int64_t key_preparation_workspace_size(const KeyPreparationShape& shape) {
  return 2 * shape.heads * shape.size + 2 * std::int64_t(HWY_NAMESPACE::kMostHeadsPerPass) * shape.size;
}

void key_preparation_forward(const KeyPreparationShape& shape, Multiplier c,
                             const KeyPreparationInputs<float>& in, const KeyPreparationOutputs<float>& out) {
  HWY_DYNAMIC_DISPATCH(keys_forward_any)(shape, c, in, out);
}

void key_preparation_backward(const KeyPreparationShape& shape, Multiplier c,
                              const KeyPreparationInputs<float>& in,
                              const KeyPreparationOutputs<const float>& douts,
                              const KeyPreparationGradients<float>& grads) {
  if (c != Multiplier::one_plus_decay && grads.ddecay_logit != nullptr)
    std::fill_n(grads.ddecay_logit, shape.rows * shape.heads * shape.size, 0.0f);
  HWY_DYNAMIC_DISPATCH(keys_backward_any)(shape, c, in, douts, grads);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
