#include "kernels/fused/read_out.h"

#include <algorithm>

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/read_out.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/aligned_allocator.h"
#include "hwy/highway.h"
#include "kernels/fused/moments-inl.h"
#include "kernels/fused/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {
namespace {

using Inputs = ReadOutInputs<float>;
using Gradients = ReadOutGradients<float>;

// What a head's channels share; the same in all lanes.
struct HeadSums {
  Moments moments;  // of y
  Vector bonus;     // sum_j r k_tilde r_k
};

// `at` is the head's place in the rows, `h` its place in the parameters.
HWY_INLINE HeadSums head_sums(const Inputs& in, std::size_t size, std::size_t at, std::size_t h) {
  const auto sums = ordered_sums<2>(size, [&](auto access, std::size_t j) HWY_ATTR {
    const Vector rk = hn::Mul(access.load(in.r + at + j), access.load(in.k_tilde + at + j));
    return Terms<2>{{access.load(in.y + at + j), hn::Mul(rk, access.load(in.r_k + h + j))}};
  });
  const Vector mean = hn::Div(sums.v[0], broadcast(float(size)));
  return {{mean, deviation_from(mean, size, in.y + at, float(kGroupNormEpsilon))}, sums.v[1]};
}

void head_forward(const Inputs& in, std::size_t size, std::size_t at, std::size_t h, float* out) {
  const HeadSums sums = head_sums(in, size, at, h);
  sweep(size, [&](auto access, std::size_t j) HWY_ATTR {
    const Vector centred = hn::Sub(access.load(in.y + at + j), sums.moments.mean);
    const Vector normed = hn::Div(centred, sums.moments.deviation);
    const Vector p =
        hn::Add(hn::Mul(normed, access.load(in.norm_weight + h + j)), access.load(in.norm_bias + h + j));
    const Vector u = hn::Mul(sums.bonus, access.load(in.v + at + j));
    access.store(hn::Mul(hn::Add(p, u), access.load(in.gate + at + j)), out + at + j);
  });
}

// Gradients of the parameters are added to the partial sums in `grads`.
void head_backward(const Inputs& in, const float* dout, const Gradients& grads, std::size_t size,
                   std::size_t at, std::size_t h) {
  const HeadSums shared = head_sums(in, size, at, h);
  const Vector scale = hn::Div(broadcast(1.0f), shared.moments.deviation);
  const auto add_to = [](auto access, float* sum, Vector term)
                          HWY_ATTR { access.store(hn::Add(access.load(sum), term), sum); };
  const auto sums = ordered_sums<3>(size, [&](auto access, std::size_t j) HWY_ATTR {
    const Vector normed = hn::Mul(hn::Sub(access.load(in.y + at + j), shared.moments.mean), scale);
    const Vector weight = access.load(in.norm_weight + h + j);
    const Vector v = access.load(in.v + at + j);
    const Vector g = access.load(dout + at + j);
    const Vector dsum = hn::Mul(g, access.load(in.gate + at + j));  // of p + u
    const Vector p = hn::Add(hn::Mul(normed, weight), access.load(in.norm_bias + h + j));
    access.store(hn::Mul(g, hn::Add(p, hn::Mul(shared.bonus, v))), grads.dgate + at + j);
    access.store(hn::Mul(dsum, shared.bonus), grads.dv + at + j);
    add_to(access, grads.dnorm_weight + h + j, hn::Mul(dsum, normed));
    add_to(access, grads.dnorm_bias + h + j, dsum);
    const Vector dnormed = hn::Mul(dsum, weight);
    access.store(dnormed, grads.dy + at + j);
    return Terms<3>{{dnormed, hn::Mul(dnormed, normed), hn::Mul(dsum, v)}};
  });
  const Vector mean = hn::Div(sums.v[0], broadcast(float(size)));        // of dnormed
  const Vector mean_along = hn::Div(sums.v[1], broadcast(float(size)));  // of dnormed * normed
  const Vector dbonus = sums.v[2];
  sweep(size, [&](auto access, std::size_t j) HWY_ATTR {
    const Vector normed = hn::Mul(hn::Sub(access.load(in.y + at + j), shared.moments.mean), scale);
    const Vector dnormed = access.load(grads.dy + at + j);
    const Vector along = hn::Mul(normed, mean_along);
    access.store(hn::Mul(hn::Sub(hn::Sub(dnormed, mean), along), scale), grads.dy + at + j);
    const Vector r = access.load(in.r + at + j);
    const Vector k_tilde = access.load(in.k_tilde + at + j);
    const Vector weight = hn::Mul(dbonus, access.load(in.r_k + h + j));
    access.store(hn::Mul(weight, k_tilde), grads.dr + at + j);
    access.store(hn::Mul(weight, r), grads.dk_tilde + at + j);
    add_to(access, grads.dr_k + h + j, hn::Mul(dbonus, hn::Mul(r, k_tilde)));
  });
}

void heads_forward(const ReadOutShape& s, const Inputs& in, float* out) {
  const std::size_t width = s.heads * s.size;
  for (std::int64_t row = 0; row < s.rows; ++row)
    for (std::size_t h = 0; h < width; h += s.size) head_forward(in, s.size, row * width + h, h, out);
}

void heads_backward(const ReadOutShape& s, const Inputs& in, const float* dout, const Gradients& grads) {
  const std::size_t width = s.heads * s.size;
  const auto scratch = hwy::AllocateAligned<float>(3 * width);
  float* const partial = scratch.get();  // dr_k, dnorm_weight, dnorm_bias
  std::fill_n(partial, 3 * width, 0.0f);
  Gradients sums = grads;
  sums.dr_k = partial;
  sums.dnorm_weight = partial + width;
  sums.dnorm_bias = partial + 2 * width;
  for (std::int64_t row = 0; row < s.rows; ++row) {
    for (std::size_t h = 0; h < width; h += s.size) head_backward(in, dout, sums, s.size, row * width + h, h);
    if (!ends_column_block(row, s.rows)) continue;
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

void read_out_forward(const ReadOutShape& shape, const ReadOutInputs<float>& in, float* out) {
  HWY_DYNAMIC_DISPATCH(heads_forward)(shape, in, out);
}

void read_out_backward(const ReadOutShape& shape, const ReadOutInputs<float>& in, const float* dout,
                       const ReadOutGradients<float>& grads) {
  for (float* sum : {grads.dr_k, grads.dnorm_weight, grads.dnorm_bias})
    std::fill_n(sum, shape.heads * shape.size, 0.0f);
  HWY_DYNAMIC_DISPATCH(heads_backward)(shape, in, dout, grads);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
