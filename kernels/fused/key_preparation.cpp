#include "kernels/fused/key_preparation.h"

#include <algorithm>

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/key_preparation.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/aligned_allocator.h"
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

// A head: its place in the rows, its place in the parameters, its size.
struct Head {
  std::size_t at;
  std::size_t h;
  std::size_t size;
};

// |k * k_k|_2, the same in all lanes.
HWY_INLINE Vector key_norm(const Inputs& in, const Head& head) {
  const auto squares = ordered_sums<1>(head.size, [&](auto access, std::size_t j) HWY_ATTR {
    const Vector kappa = hn::Mul(access.load(in.k + head.at + j), access.load(in.k_k + head.h + j));
    return Terms<1>{{hn::Mul(kappa, kappa)}};
  });
  return hn::Sqrt(squares.v[0]);
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
void head_forward(const Inputs& in, const Head& head, const Outputs& out) {
  const Vector scale = hn::Max(key_norm(in, head), broadcast(kMinNorm));
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

// Gradient of the decay's logit, given that of c.
template <class Access>
HWY_INLINE Vector decay_gradient(const Access& access, const float* d, Vector dc) {
  const SigmoidSlope gate = sigmoid_slope(access.load(d));
  return hn::Mul(hn::Mul(dc, decay(gate.value)), hn::Mul(gate.slope, broadcast(-kInvSqrtE)));
}

// dk_k and dk_a of `grads` are partial sums. dk holds dkappa_hat between the two passes, `rest` what k_tilde
// adds to dk.
template <Multiplier kC>
void head_backward(const Inputs& in, const Head& head, const OutputGradients& douts, const Gradients& grads,
                   float* rest) {
  const Vector one = broadcast(1.0f);
  const Vector norm = key_norm(in, head);
  const Vector scale = hn::Max(norm, broadcast(kMinNorm));
  const auto along = ordered_sums<1>(head.size, [&](auto access, std::size_t j) HWY_ATTR {
    const std::size_t i = head.at + j;
    const Vector k = access.load(in.k + i);
    const Vector k_a = access.load(in.k_a + head.h + j);
    const Vector kappa_hat = hn::Div(hn::Mul(k, access.load(in.k_k + head.h + j)), scale);
    const SigmoidSlope alpha = sigmoid_slope(access.load(in.icl_logit + i));
    const Vector less_one = hn::Sub(alpha.value, one);
    const Vector c = multiplier<kC>(access, in.decay_logit + i);
    const Vector db = access.load(douts.b + i);
    const Vector dk_tilde = access.load(douts.k_tilde + i);
    const Vector dkappa_hat = hn::Sub(hn::Mul(hn::Mul(db, c), alpha.value), access.load(douts.a + i));
    const Vector through_k = hn::Mul(dk_tilde, k);
    const Vector dalpha = hn::Add(hn::Mul(through_k, k_a), hn::Mul(hn::Mul(db, c), kappa_hat));
    access.store(hn::Mul(dalpha, alpha.slope), grads.dicl_logit + i);
    float* dk_a = grads.dk_a + head.h + j;
    access.store(hn::Add(access.load(dk_a), hn::Mul(through_k, less_one)), dk_a);
    access.store(hn::Mul(dk_tilde, hn::Add(one, hn::Mul(less_one, k_a))), rest + j);
    access.store(dkappa_hat, grads.dk + i);
    if constexpr (kC == Multiplier::one_plus_decay)
      if (grads.ddecay_logit != nullptr) {
        const Vector dc = hn::Mul(hn::Mul(db, kappa_hat), alpha.value);
        access.store(decay_gradient(access, in.decay_logit + i, dc), grads.ddecay_logit + i);
      }
    return Terms<1>{{hn::Mul(kappa_hat, dkappa_hat)}};
  });
  // Below the least norm the scale is a constant.
  const Vector projection = hn::IfThenElseZero(hn::Ge(norm, broadcast(kMinNorm)), along.v[0]);
  sweep(head.size, [&](auto access, std::size_t j) HWY_ATTR {
    const std::size_t i = head.at + j;
    const Vector k = access.load(in.k + i);
    const Vector k_k = access.load(in.k_k + head.h + j);
    const Vector kappa_hat = hn::Div(hn::Mul(k, k_k), scale);
    const Vector dkappa = hn::Div(hn::Sub(access.load(grads.dk + i), hn::Mul(kappa_hat, projection)), scale);
    float* dk_k = grads.dk_k + head.h + j;
    access.store(hn::Add(access.load(dk_k), hn::Mul(dkappa, k)), dk_k);
    access.store(hn::Add(access.load(rest + j), hn::Mul(dkappa, k_k)), grads.dk + i);
  });
}

template <Multiplier kC>
void keys_forward(const KeyPreparationShape& s, const Inputs& in, const Outputs& out) {
  const std::size_t width = s.heads * s.size;
  for (std::int64_t row = 0; row < s.rows; ++row)
    for (std::size_t h = 0; h < width; h += s.size)
      head_forward<kC>(in, {row * width + h, h, std::size_t(s.size)}, out);
}

template <Multiplier kC>
void keys_backward(const KeyPreparationShape& s, const Inputs& in, const OutputGradients& douts,
                   const Gradients& grads) {
  const std::size_t width = s.heads * s.size;
  const auto scratch = hwy::AllocateAligned<float>(3 * width);
  float* const partial = scratch.get();  // dk_k, dk_a
  float* const rest = partial + 2 * width;
  std::fill_n(partial, 2 * width, 0.0f);
  Gradients sums = grads;
  sums.dk_k = partial;
  sums.dk_a = partial + width;
  for (std::int64_t row = 0; row < s.rows; ++row) {
    for (std::size_t h = 0; h < width; h += s.size)
      head_backward<kC>(in, {row * width + h, h, std::size_t(s.size)}, douts, sums, rest);
    if (!ends_column_block(row, s.rows)) continue;
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

void key_preparation_forward(const KeyPreparationShape& shape, Multiplier c,
                             const KeyPreparationInputs<float>& in, const KeyPreparationOutputs<float>& out) {
  HWY_DYNAMIC_DISPATCH(keys_forward_any)(shape, c, in, out);
}

void key_preparation_backward(const KeyPreparationShape& shape, Multiplier c,
                              const KeyPreparationInputs<float>& in,
                              const KeyPreparationOutputs<const float>& douts,
                              const KeyPreparationGradients<float>& grads) {
  const std::int64_t width = shape.heads * shape.size;
  std::fill_n(grads.dk_k, width, 0.0f);
  std::fill_n(grads.dk_a, width, 0.0f);
  if (c != Multiplier::one_plus_decay && grads.ddecay_logit != nullptr)
    std::fill_n(grads.ddecay_logit, shape.rows * width, 0.0f);
  HWY_DYNAMIC_DISPATCH(keys_backward_any)(shape, c, in, douts, grads);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
