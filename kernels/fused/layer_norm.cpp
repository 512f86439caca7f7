#include "kernels/fused/layer_norm.h"

#include <algorithm>

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/layer_norm.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/highway.h"
#include "kernels/fused/moments-inl.h"
#include "kernels/fused/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {
namespace {

// Numbers of the rows that go through each pass together.
struct RowNumbers {
  float mean[kMostRowsPerPass];
  float deviation[kMostRowsPerPass];
  float dmean[kMostRowsPerPass];   // mean of dnormed
  float dalong[kMostRowsPerPass];  // mean of dnormed * normed
};

HWY_INLINE void row_moments(std::size_t rows, std::size_t width, const float* x, RowNumbers& numbers) {
  for (std::size_t row = 0; row < rows; ++row)
    numbers.mean[row] = hn::GetLane(mean_of(width, x + row * width));
  for (std::size_t row = 0; row < rows; ++row)
    numbers.deviation[row] = hn::GetLane(
        deviation_from(broadcast(numbers.mean[row]), width, x + row * width, float(kLayerNormEpsilon)));
}

HWY_INLINE void forward_rows(std::size_t rows, std::size_t width, const float* x, const float* weight,
                             const float* bias, float* out) {
  RowNumbers numbers;
  row_moments(rows, width, x, numbers);
  sweep<WideTag>(width, [&](auto access, std::size_t i) HWY_ATTR {
    const auto scale = access.load(weight + i), shift = access.load(bias + i);
    for (std::size_t row = 0; row < rows; ++row) {
      const auto centred = hn::Sub(access.load(x + row * width + i), access.broadcast(numbers.mean[row]));
      const auto normed = hn::Div(centred, access.broadcast(numbers.deviation[row]));
      access.store(hn::Add(hn::Mul(normed, scale), shift), out + row * width + i);
    }
  });
}

// dmean and dalong; turns deviations into their inverses.
HWY_INLINE void row_gradient_sums(std::size_t rows, std::size_t width, const float* x, const float* weight,
                                  const float* dout, RowNumbers& numbers) {
  const Vector count = broadcast(float(width));
  for (std::size_t row = 0; row < rows; ++row, x += width, dout += width) {
    const Vector mean = broadcast(numbers.mean[row]);
    const Vector scale = hn::Div(broadcast(1.0f), broadcast(numbers.deviation[row]));
    const auto sums = ordered_sums<2>(width, [&](auto access, std::size_t i) HWY_ATTR {
      const Vector normed = hn::Mul(hn::Sub(access.load(x + i), mean), scale);
      const Vector dnormed = hn::Mul(access.load(dout + i), access.load(weight + i));
      return Terms<2>{{dnormed, hn::Mul(dnormed, normed)}};
    });
    numbers.deviation[row] = hn::GetLane(scale);
    numbers.dmean[row] = hn::GetLane(hn::Div(sums.v[0], count));
    numbers.dalong[row] = hn::GetLane(hn::Div(sums.v[1], count));
  }
}

// dweight and dbias are partial sums.
HWY_INLINE void backward_rows(std::size_t rows, std::size_t width, const float* x, const float* weight,
                              const float* dout, const float* residual, float* dx, float* dweight,
                              float* dbias) {
  RowNumbers numbers;
  row_moments(rows, width, x, numbers);
  row_gradient_sums(rows, width, x, weight, dout, numbers);
  sweep<WideTag>(width, [&](auto access, std::size_t i) HWY_ATTR {
    const auto factor = access.load(weight + i);
    auto weight_sum = access.load(dweight + i), bias_sum = access.load(dbias + i);
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t at = row * width + i;
      const auto scale = access.broadcast(numbers.deviation[row]);
      const auto normed = hn::Mul(hn::Sub(access.load(x + at), access.broadcast(numbers.mean[row])), scale);
      const auto g = access.load(dout + at);
      weight_sum = hn::Add(weight_sum, hn::Mul(g, normed));
      bias_sum = hn::Add(bias_sum, g);
      const auto along = hn::Mul(normed, access.broadcast(numbers.dalong[row]));
      const auto centred = hn::Sub(hn::Mul(g, factor), access.broadcast(numbers.dmean[row]));
      const auto to_x = hn::Mul(hn::Sub(centred, along), scale);
      access.store(residual != nullptr ? hn::Add(to_x, access.load(residual + at)) : to_x, dx + at);
    }
    access.store(weight_sum, dweight + i);
    access.store(bias_sum, dbias + i);
  });
}

HWY_FLATTEN void norm_forward(std::size_t rows, std::size_t width, const float* x, const float* weight,
                              const float* bias, float* out) {
  const std::size_t together = rows_per_pass(width);
  for (std::size_t row = 0; row < rows; row += together)
    forward_rows(std::min(together, rows - row), width, x + row * width, weight, bias, out + row * width);
}

HWY_FLATTEN void norm_backward(std::size_t rows, std::size_t width, const float* x, const float* weight,
                               const float* dout, const float* residual, float* dx, float* dweight,
                               float* dbias, float* workspace) {
  const std::size_t together = rows_per_pass(width);
  std::fill_n(workspace, 2 * width, 0.0f);
  for (std::size_t row = 0; row < rows; row += together) {
    const std::size_t at = row * width, count = std::min(together, rows - row);
    backward_rows(count, width, x + at, weight, dout + at, residual != nullptr ? residual + at : nullptr,
                  dx + at, workspace, workspace + width);
    if (!ends_column_block(row + count - 1, rows)) continue;
    move_column_sums(width, workspace, dweight);
    move_column_sums(width, workspace + width, dbias);
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
                         const float* dout, const float* residual, float* dx, float* dweight, float* dbias,
                         float* workspace) {
  HWY_DYNAMIC_DISPATCH(norm_backward)
  (rows, width, x, weight, dout, residual, dx, dweight, dbias, workspace);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
