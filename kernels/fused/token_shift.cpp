#include "kernels/fused/token_shift.h"

#include <algorithm>

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/token_shift.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/aligned_allocator.h"
#include "hwy/highway.h"
#include "kernels/fused/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {
namespace {

// What a row's predecessor adds: before - here, with a missing predecessor (null) zero.
template <class Access>
HWY_INLINE Vector step_back(const Access& access, const float* before, std::size_t i, Vector here) {
  return hn::Sub(before != nullptr ? access.load(before + i) : hn::Zero(FloatTag()), here);
}

// The row before token t of batch element b, or null.
HWY_INLINE const float* row_before(const TokenShiftShape& s, const float* x, const float* previous,
                                   std::int64_t b, std::int64_t t) {
  if (t > 0) return x + (b * s.time + t - 1) * s.width;
  return previous != nullptr ? previous + b * s.width : nullptr;
}

void shift_forward_row(const TokenShiftShape& s, const float* x, const float* before, const float* mu,
                       float* out) {
  const std::size_t plane = s.batch * s.time * s.width;
  sweep(s.width, [&](auto access, std::size_t i) HWY_ATTR {
    const Vector here = access.load(x + i);
    const Vector step = step_back(access, before, i, here);
    for (std::int64_t m = 0; m < s.mixtures; ++m) {
      const Vector weight = access.load(mu + m * s.width + i);
      const Vector mixed = hn::Add(here, hn::Mul(step, weight));
      const auto untouched = hn::Eq(weight, hn::Zero(FloatTag()));
      access.store(hn::IfThenElse(untouched, here, mixed), out + m * plane + i);
    }
  });
}

HWY_FLATTEN void shift_forward(const TokenShiftShape& s, const float* x, const float* previous,
                               const float* mu, float* out) {
  for (std::int64_t b = 0; b < s.batch; ++b)
    for (std::int64_t t = 0; t < s.time; ++t) {
      const std::int64_t at = (b * s.time + t) * s.width;
      shift_forward_row(s, x + at, row_before(s, x, previous, b, t), mu, out + at);
    }
}

// dmu is the partial sum; dx_before is null at t = 0.
void shift_backward_row(const TokenShiftShape& s, const float* x, const float* before, const float* mu,
                        const float* dout, float* dx, float* dx_before, float* dmu) {
  const std::size_t plane = s.batch * s.time * s.width;
  sweep(s.width, [&](auto access, std::size_t i) HWY_ATTR {
    const Vector step = step_back(access, before, i, access.load(x + i));
    Vector sum = hn::Zero(FloatTag());
    Vector to_before = hn::Zero(FloatTag());
    for (std::int64_t m = 0; m < s.mixtures; ++m) {
      const Vector g = access.load(dout + m * plane + i);
      sum = hn::Add(sum, g);
      to_before = hn::Add(to_before, hn::Mul(g, access.load(mu + m * s.width + i)));
      float* dweight = dmu + m * s.width + i;
      access.store(hn::Add(access.load(dweight), hn::Mul(g, step)), dweight);
    }
    access.store(hn::Sub(sum, to_before), dx + i);
    if (dx_before != nullptr) access.store(hn::Add(access.load(dx_before + i), to_before), dx_before + i);
  });
}

HWY_FLATTEN void shift_backward(const TokenShiftShape& s, const float* x, const float* previous,
                                const float* mu, const float* dout, float* dx, float* dmu) {
  const auto partial = hwy::AllocateAligned<float>(s.mixtures * s.width);
  std::fill_n(partial.get(), s.mixtures * s.width, 0.0f);
  const std::int64_t rows = s.batch * s.time;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t t = row % s.time;
    const std::int64_t at = row * s.width;
    shift_backward_row(s, x + at, row_before(s, x, previous, row / s.time, t), mu, dout + at, dx + at,
                       t > 0 ? dx + at - s.width : nullptr, partial.get());
    if (ends_column_block(row, rows)) move_column_sums(s.mixtures * s.width, partial.get(), dmu);
  }
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
                          const float* mu, const float* dout, float* dx, float* dmu) {
  std::fill_n(dmu, shape.mixtures * shape.width, 0.0f);
  HWY_DYNAMIC_DISPATCH(shift_backward)(shape, x, previous, mu, dout, dx, dmu);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
