#include "kernels/fused/layer_norm.h"

#include <algorithm>

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/layer_norm.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/aligned_allocator.h"
#include "hwy/highway.h"
#include "kernels/fused/moments-inl.h"
#include "kernels/fused/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {
namespace {

HWY_FLATTEN void norm_forward(std::size_t rows, std::size_t width, const float* x, const float* weight,
                              const float* bias, float* out) {
  for (std::size_t row = 0; row < rows; ++row, x += width, out += width) {
    const Moments at = moments(width, x, float(kLayerNormEpsilon));
    sweep(width, [&](auto access, std::size_t i) HWY_ATTR {
      const Vector normed = hn::Div(hn::Sub(access.load(x + i), at.mean), at.deviation);
      access.store(hn::Add(hn::Mul(normed, access.load(weight + i)), access.load(bias + i)), out + i);
    });
  }
}

void norm_backward_row(std::size_t width, const float* x, const float* weight, const float* dout, float* dx,
                       float* dweight, float* dbias) {
  const Moments at = moments(width, x, float(kLayerNormEpsilon));
  const Vector scale = hn::Div(broadcast(1.0f), at.deviation);
  const auto sums = ordered_sums<2>(width, [&](auto access, std::size_t i) HWY_ATTR {
    const Vector normed = hn::Mul(hn::Sub(access.load(x + i), at.mean), scale);
    const Vector g = access.load(dout + i);
    const Vector dnormed = hn::Mul(g, access.load(weight + i));
    access.store(hn::Add(access.load(dweight + i), hn::Mul(g, normed)), dweight + i);
    access.store(hn::Add(access.load(dbias + i), g), dbias + i);
    return Terms<2>{{dnormed, hn::Mul(dnormed, normed)}};
  });
  const Vector count = broadcast(float(width));
  const Vector mean = hn::Div(sums.v[0], count);        // of dnormed
  const Vector mean_along = hn::Div(sums.v[1], count);  // of dnormed * normed
  sweep(width, [&](auto access, std::size_t i) HWY_ATTR {
    const Vector normed = hn::Mul(hn::Sub(access.load(x + i), at.mean), scale);
    const Vector dnormed = hn::Mul(access.load(dout + i), access.load(weight + i));
    const Vector along = hn::Mul(normed, mean_along);
    access.store(hn::Mul(hn::Sub(hn::Sub(dnormed, mean), along), scale), dx + i);
  });
}

HWY_FLATTEN void norm_backward(std::size_t rows, std::size_t width, const float* x, const float* weight,
                               const float* dout, float* dx, float* dweight, float* dbias) {
  const auto partial = hwy::AllocateAligned<float>(2 * width);  // dweight, dbias
  std::fill_n(partial.get(), 2 * width, 0.0f);
  for (std::size_t row = 0; row < rows; ++row) {
    norm_backward_row(width, x + row * width, weight, dout + row * width, dx + row * width, partial.get(),
                      partial.get() + width);
    if (!ends_column_block(row, rows)) continue;
    move_column_sums(width, partial.get(), dweight);
    move_column_sums(width, partial.get() + width, dbias);
  }
}

}  // namespace
}  // namespace anser::kernels::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::fused {

HWY_EXPORT(norm_forward);
HWY_EXPORT(norm_backward);

void layer_norm_forward(std::int64_t rows, std::int64_t width, const float* x, const float* weight,
                        const float* bias, float* out) {
  HWY_DYNAMIC_DISPATCH(norm_forward)(rows, width, x, weight, bias, out);
}

void layer_norm_backward(std::int64_t rows, std::int64_t width, const float* x, const float* weight,
                         const float* dout, float* dx, float* dweight, float* dbias) {
  std::fill_n(dweight, width, 0.0f);
  std::fill_n(dbias, width, 0.0f);
  HWY_DYNAMIC_DISPATCH(norm_backward)(rows, width, x, weight, dout, dx, dweight, dbias);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
