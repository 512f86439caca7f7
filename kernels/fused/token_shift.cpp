#include "kernels/fused/token_shift.h"

#include <algorithm>

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/token_shift.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/highway.h"
#include "kernels/fused/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {
namespace {

// The row before token t of batch element b, or null.
HWY_INLINE const float* row_before(const TokenShiftShape& s, const float* x, const float* previous,
                                   std::int64_t b, std::int64_t t) {
  if (t > 0) return x + (b * s.time + t - 1) * s.width;
  return previous != nullptr ? previous + b * s.width : nullptr;
}

HWY_INLINE void shift_forward_row(std::size_t width, const float* x, const float* before, const float* mu,
                                  float* out) {
  sweep<WideTag>(width, [&](auto access, std::size_t i) HWY_ATTR {
    const auto here = access.load(x + i);
    const auto old = before != nullptr ? access.load(before + i) : access.broadcast(0);
    const auto weight = access.load(mu + i);
    const auto mixed = hn::Add(here, hn::Mul(hn::Sub(old, here), weight));
    const auto untouched = hn::Eq(weight, access.broadcast(0));
    access.store(hn::IfThenElse(untouched, here, mixed), out + i);
  });
}

HWY_FLATTEN void shift_forward(const TokenShiftShape& s, const float* x, const float* previous,
                               const float* mu, float* out) {
  const std::size_t width = s.width;
  for (std::int64_t m = 0; m < s.mixtures; ++m, mu += width)
    for (std::int64_t b = 0; b < s.batch; ++b)
      for (std::int64_t t = 0; t < s.time; ++t, out += width)
        shift_forward_row(width, x + (b * s.time + t) * width, row_before(s, x, previous, b, t), mu, out);
}

// Columns that are worked on together, so that their partial sums have a place on the stack.
constexpr std::size_t kStrip = 64;

// A row of a strip of `columns` columns. sums [M, kStrip] are partial; dx_before is the gradient of the row
// before, or null.
HWY_INLINE void shift_backward_row(const TokenShiftShape& s, std::size_t columns, const float* x,
                                   const float* before, const float* mu, const float* dout, float* dx,
                                   float* dx_before, float* sums) {
  const std::size_t plane = s.batch * s.time * s.width;
  sweep<WideTag>(columns, [&](auto access, std::size_t i) HWY_ATTR {
    const auto old = before != nullptr ? access.load(before + i) : access.broadcast(0);
    const auto step = hn::Sub(old, access.load(x + i));
    auto sum = access.broadcast(0), to_before = access.broadcast(0);
    for (std::int64_t m = 0; m < s.mixtures; ++m) {
      const auto g = access.load(dout + m * plane + i);
      sum = hn::Add(sum, g);
      to_before = hn::Add(to_before, hn::Mul(g, access.load(mu + m * s.width + i)));
      float* dweight = sums + m * kStrip + i;
      access.store(hn::Add(access.load(dweight), hn::Mul(g, step)), dweight);
    }
    access.store(hn::Sub(sum, to_before), dx + i);
    if (dx_before != nullptr) access.store(hn::Add(access.load(dx_before + i), to_before), dx_before + i);
  });
}

// All rows of the strip that begins at column `at`.
void shift_backward_strip(const TokenShiftShape& s, std::size_t at, const float* x, const float* previous,
                          const float* mu, const float* dout, float* dx, float* dmu, float* dprevious) {
  HWY_ALIGN float sums[kMostMixtures * kStrip] = {};
  const std::size_t columns = std::min(kStrip, std::size_t(s.width) - at);
  const std::int64_t rows = s.batch * s.time;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t t = row % s.time;
    const std::size_t place = row * s.width + at;
    const float* before = row_before(s, x, previous, row / s.time, t);
    float* dx_before = t > 0 ? dx + place - s.width : nullptr;
    if (t == 0 && dprevious != nullptr) dx_before = dprevious + row / s.time * s.width + at;
    shift_backward_row(s, columns, x + place, before != nullptr ? before + at : nullptr, mu + at,
                       dout + place, dx + place, dx_before, sums);
    if (!ends_column_block(row, rows)) continue;
    for (std::int64_t m = 0; m < s.mixtures; ++m)
      move_column_sums(columns, sums + m * kStrip, dmu + m * s.width + at);
  }
}

HWY_FLATTEN void shift_backward(const TokenShiftShape& s, const float* x, const float* previous,
                                const float* mu, const float* dout, float* dx, float* dmu, float* dprevious) {
  if (dprevious != nullptr) std::fill_n(dprevious, s.batch * s.width, 0.0F);
  for (std::int64_t at = 0; at < s.width; at += kStrip)
    shift_backward_strip(s, at, x, previous, mu, dout, dx, dmu, dprevious);
}

}  // namespace
}  // namespace anser::kernels::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::fused {

HWY_EXPORT(shift_forward);
HWY_EXPORT(shift_backward);

void token_shift_forward(const TokenShiftShape& shape, const float* x, const float* previous, const float* mu,
                         float* out) {
  HWY_DYNAMIC_DISPATCH(shift_forward)(shape, x, previous, mu, out);
}

void token_shift_backward(const TokenShiftShape& shape, const float* x, const float* previous,
                          const float* mu, const float* dout, float* dx, float* dmu, float* dprevious) {
  HWY_DYNAMIC_DISPATCH(shift_backward)(shape, x, previous, mu, dout, dx, dmu, dprevious);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
