#include "kernels/fused/adamw.h"

#include <cmath>

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/adamw.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/highway.h"
#include "kernels/fused/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused {

#ifndef ANSER_KERNELS_FUSED_ADAMW_SCALARS
#define ANSER_KERNELS_FUSED_ADAMW_SCALARS
namespace {

// The step's scalars: formed in double, rounded once.
struct AdamWScalars {
  float gradient_scale;
  float keep;   // 1 - lr * weight_decay
  float first;  // 1 - beta1
  float beta2;
  float second;       // 1 - beta2
  float correction2;  // sqrt(1 - beta2^step)
  float epsilon;
  float step_size;  // -lr / (1 - beta1^step)
};

}  // namespace
#endif

namespace HWY_NAMESPACE {
namespace {

void adamw_sweep(std::size_t n, const AdamWScalars& s, const float* gradient, float* parameter, float* m,
                 float* v) {
  sweep<WideTag>(n, [&](auto access, std::size_t i) HWY_ATTR {
    const auto g = hn::Mul(access.load(gradient + i), access.broadcast(s.gradient_scale));
    const auto m_old = access.load(m + i);
    const auto m_new = hn::Add(m_old, hn::Mul(access.broadcast(s.first), hn::Sub(g, m_old)));
    const auto v_new = hn::Add(hn::Mul(access.load(v + i), access.broadcast(s.beta2)),
                               hn::Mul(hn::Mul(access.broadcast(s.second), g), g));
    const auto denominator =
        hn::Add(hn::Div(hn::Sqrt(v_new), access.broadcast(s.correction2)), access.broadcast(s.epsilon));
    const auto step = hn::Div(hn::Mul(access.broadcast(s.step_size), m_new), denominator);
    access.store(m_new, m + i);
    access.store(v_new, v + i);
    access.store(hn::Add(hn::Mul(access.load(parameter + i), access.broadcast(s.keep)), step), parameter + i);
  });
}

// 8 lanes of double, place modulo 8; then lanes 4, 2 and 1 apart.
double square_sum(std::size_t n, const float* x) {
  const hn::CappedTag<double, kSumLanes> d;
  const hn::Rebind<float, decltype(d)> narrow;
  constexpr std::size_t kDoubles = hn::MaxLanes(hn::CappedTag<double, kSumLanes>());
  HWY_ALIGN double lanes[kSumLanes];
  hn::Vec<decltype(d)> sums[kSumLanes / kDoubles];
  for (auto& sum : sums) sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + kSumLanes <= n; i += kSumLanes)
    for (std::size_t p = 0; p < kSumLanes / kDoubles; ++p) {
      const auto wide = hn::PromoteTo(d, hn::LoadU(narrow, x + i + p * kDoubles));
      sums[p] = hn::Add(sums[p], hn::Mul(wide, wide));
    }
  for (std::size_t p = 0; p < kSumLanes / kDoubles; ++p) hn::Store(sums[p], d, lanes + p * kDoubles);
  for (std::size_t lane = 0; i < n; ++i, ++lane) lanes[lane] += double(x[i]) * double(x[i]);
  for (std::size_t apart = kSumLanes / 2; apart > 0; apart /= 2)
    for (std::size_t lane = 0; lane < apart; ++lane) lanes[lane] += lanes[lane + apart];
  return lanes[0];
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace anser::kernels::fused
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::fused {

HWY_EXPORT(adamw_sweep);
HWY_EXPORT(square_sum);

void adamw_step(std::int64_t n, const AdamWOptions& options, std::int64_t step, double gradient_scale,
                const float* gradient, float* parameter, float* m, float* v) {
  const double correction1 = 1 - std::pow(options.beta1, double(step));
  const double correction2 = 1 - std::pow(options.beta2, double(step));
  const AdamWScalars scalars{.gradient_scale = float(gradient_scale),
                             .keep = float(1 - options.lr * options.weight_decay),
                             .first = float(1 - options.beta1),
                             .beta2 = float(options.beta2),
                             .second = float(1 - options.beta2),
                             .correction2 = float(std::sqrt(correction2)),
                             .epsilon = float(options.epsilon),
                             .step_size = float(-(options.lr / correction1))};
  HWY_DYNAMIC_DISPATCH(adamw_sweep)(n, scalars, gradient, parameter, m, v);
}

double sum_of_squares(std::int64_t n, const float* x) {
  return HWY_DYNAMIC_DISPATCH(square_sum)(n, x);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
