#include "kernels/fused/read_out.h"

#include <algorithm>

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/read_out.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/highway.h"
#include "kernels/fused/moments-inl.h"
#include "kernels/fused/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {
namespace {

using Inputs = ReadOutInputs<float>;
using Gradients = ReadOutGradients<float>;

// What a head's channels share.
struct HeadNumbers {
  float mean;       // of y
  float deviation;  // sqrt(var + epsilon)
  float bonus;      // sum_j r k_tilde r_k
  float dmean;      // mean of dnormed
  float dalong;     // mean of dnormed * normed
  float dbonus;
};

// Structs of pointers are handed on by value, which keeps the pointers in registers between stores. `at` is a
// head's place in the rows, `h` its place in the parameters.

HWY_INLINE void mean_and_bonus(const Inputs in, std::size_t size, std::size_t at, std::size_t h,
                               HeadNumbers& head) {
  const auto sums = ordered_sums<2>(size, [&](auto access, std::size_t j) HWY_ATTR {
    const Vector rk = hn::Mul(access.load(in.r + at + j), access.load(in.k_tilde + at + j));
    return Terms<2>{{access.load(in.y + at + j), hn::Mul(rk, access.load(in.r_k + h + j))}};
  });
  head.mean = hn::GetLane(sums.v[0]) / float(size);
  head.bonus = hn::GetLane(sums.v[1]);
}

// First passes: mean, bonus, deviation.
HWY_INLINE void head_sums(const HeadGroup& group, std::size_t size, const Inputs in, HeadNumbers* heads) {
  group.for_each([&](std::size_t at, std::size_t h, std::size_t unit)
                     HWY_ATTR { mean_and_bonus(in, size, at, h, heads[unit]); });
  group.for_each([&](std::size_t at, std::size_t, std::size_t unit) ANSER_INLINE_BODY {
    const Vector mean = broadcast(heads[unit].mean);
    heads[unit].deviation = hn::GetLane(deviation_from(mean, size, in.y + at, float(kGroupNormEpsilon)));
  });
}

HWY_INLINE void head_forward(const Inputs in, std::size_t size, std::size_t at, std::size_t h,
                             const HeadNumbers& head, float* out) {
  const Vector mean = broadcast(head.mean), deviation = broadcast(head.deviation),
               bonus = broadcast(head.bonus);
  sweep(size, [&](auto access, std::size_t j) HWY_ATTR {
    const Vector normed = hn::Div(hn::Sub(access.load(in.y + at + j), mean), deviation);
    const Vector p =
        hn::Add(hn::Mul(normed, access.load(in.norm_weight + h + j)), access.load(in.norm_bias + h + j));
    const Vector u = hn::Mul(bonus, access.load(in.v + at + j));
    access.store(hn::Mul(hn::Add(p, u), access.load(in.gate + at + j)), out + at + j);
  });
}

template <class Access>
HWY_INLINE void add_to(const Access& access, float* sum, Vector term) {
  access.store(hn::Add(access.load(sum), term), sum);
}

// Third pass: gate, v, the norm's parameters, and the sums for the fourth; leaves dnormed in dy.
HWY_INLINE void outer_gradients(const Inputs in, const float* dout, const Gradients grads, std::size_t size,
                                std::size_t at, std::size_t h, HeadNumbers& head) {
  const Vector mean = broadcast(head.mean), bonus = broadcast(head.bonus);
  const Vector scale = broadcast(1.0f / head.deviation);
  const auto sums = ordered_sums<3>(size, [&](auto access, std::size_t j) ANSER_INLINE_BODY {
    const Vector normed = hn::Mul(hn::Sub(access.load(in.y + at + j), mean), scale);
    const Vector weight = access.load(in.norm_weight + h + j);
    const Vector v = access.load(in.v + at + j);
    const Vector g = access.load(dout + at + j);
    const Vector dsum = hn::Mul(g, access.load(in.gate + at + j));  // of p + u
    const Vector p = hn::Add(hn::Mul(normed, weight), access.load(in.norm_bias + h + j));
    access.store(hn::Mul(g, hn::Add(p, hn::Mul(bonus, v))), grads.dgate + at + j);
    access.store(hn::Mul(dsum, bonus), grads.dv + at + j);
    add_to(access, grads.dnorm_weight + h + j, hn::Mul(dsum, normed));
    add_to(access, grads.dnorm_bias + h + j, dsum);
    const Vector dnormed = hn::Mul(dsum, weight);
    access.store(dnormed, grads.dy + at + j);
    return Terms<3>{{dnormed, hn::Mul(dnormed, normed), hn::Mul(dsum, v)}};
  });
  head.dmean = hn::GetLane(sums.v[0]) / float(size);
  head.dalong = hn::GetLane(sums.v[1]) / float(size);
  head.dbonus = hn::GetLane(sums.v[2]);
}

// Fourth pass: through the norm to y, through the bonus to r, k_tilde and r_k.
HWY_INLINE void inner_gradients(const Inputs in, const Gradients grads, std::size_t size, std::size_t at,
                                std::size_t h, const HeadNumbers& head) {
  const Vector mean = broadcast(head.mean), scale = broadcast(1.0f / head.deviation);
  const Vector dmean = broadcast(head.dmean), dalong = broadcast(head.dalong),
               dbonus = broadcast(head.dbonus);
  sweep(size, [&](auto access, std::size_t j) HWY_ATTR {
    const Vector normed = hn::Mul(hn::Sub(access.load(in.y + at + j), mean), scale);
    const Vector dcentred = hn::Sub(hn::Sub(access.load(grads.dy + at + j), dmean), hn::Mul(normed, dalong));
    access.store(hn::Mul(dcentred, scale), grads.dy + at + j);
    const Vector r = access.load(in.r + at + j);
    const Vector k_tilde = access.load(in.k_tilde + at + j);
    const Vector weight = hn::Mul(dbonus, access.load(in.r_k + h + j));
    access.store(hn::Mul(weight, k_tilde), grads.dr + at + j);
    access.store(hn::Mul(weight, r), grads.dk_tilde + at + j);
    add_to(access, grads.dr_k + h + j, hn::Mul(dbonus, hn::Mul(r, k_tilde)));
  });
}

HWY_FLATTEN void heads_forward(const ReadOutShape& s, const Inputs& in, float* out) {
  const std::size_t size = s.size;
  HeadNumbers heads[kMostHeadsPerPass];
  for (HeadGroup group(s.rows, s.heads, size); group.any(); group.advance()) {
    head_sums(group, size, in, heads);
    group.for_each([&](std::size_t at, std::size_t h, std::size_t unit)
                       HWY_ATTR { head_forward(in, size, at, h, heads[unit], out); });
  }
}

// The workspace: partial sums of dr_k, dnorm_weight and dnorm_bias.
HWY_FLATTEN void heads_backward(const ReadOutShape& s, const Inputs& in, const float* dout,
                                const Gradients& grads) {
  const std::size_t size = s.size, width = s.heads * s.size;
  HeadNumbers heads[kMostHeadsPerPass];
  Gradients sums = grads;
  sums.dr_k = grads.workspace;
  sums.dnorm_weight = sums.dr_k + width;
  sums.dnorm_bias = sums.dnorm_weight + width;
  std::fill_n(sums.dr_k, 3 * width, 0.0f);
  for (HeadGroup group(s.rows, s.heads, size); group.any(); group.advance()) {
    head_sums(group, size, in, heads);
    group.for_each([&](std::size_t at, std::size_t h, std::size_t unit)
                       HWY_ATTR { outer_gradients(in, dout, sums, size, at, h, heads[unit]); });
    group.for_each([&](std::size_t at, std::size_t h, std::size_t unit)
                       HWY_ATTR { inner_gradients(in, sums, size, at, h, heads[unit]); });
    if (!group.ends_block()) continue;
    move_column_sums(width, sums.dr_k, grads.dr_k);
    move_column_sums(width, sums.dnorm_weight, grads.dnorm_weight);
    move_column_sums(width, sums.dnorm_bias, grads.dnorm_bias);
  }
}

}  // namespace
}  // namespace anser::kernels::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::fused {

HWY_EXPORT(heads_forward);
HWY_EXPORT(heads_backward);

std::int64_t read_out_workspace_size(const ReadOutShape& shape) {
  return 3 * shape.heads * shape.size;
}

void read_out_forward(const ReadOutShape& shape, const ReadOutInputs<float>& in, float* out) {
  HWY_DYNAMIC_DISPATCH(heads_forward)(shape, in, out);
}

void read_out_backward(const ReadOutShape& shape, const ReadOutInputs<float>& in, const float* dout,
                       const ReadOutGradients<float>& grads) {
  HWY_DYNAMIC_DISPATCH(heads_backward)(shape, in, dout, grads);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
