// Mean and standard deviation of a row, shared by layer norm and the read-out's group norm.
// Per-target header: include it after hwy/foreach_target.h.
#if defined(ANSER_KERNELS_FUSED_MOMENTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ANSER_KERNELS_FUSED_MOMENTS_INL_H_
#undef ANSER_KERNELS_FUSED_MOMENTS_INL_H_
#else
#define ANSER_KERNELS_FUSED_MOMENTS_INL_H_
#endif

#include "hwy/highway.h"
#include "kernels/fused/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {

/// sum_i x[i] / n, in all lanes.
HWY_INLINE Vector mean_of(std::size_t n, const float* x) {
  const auto sums =
      ordered_sums<1>(n, [&](auto access, std::size_t i) HWY_ATTR { return Terms<1>{{access.load(x + i)}}; });
  return hn::Div(sums.v[0], broadcast(float(n)));
}

/// sqrt(sum_i (x[i] - mean)^2 / n + epsilon), in all lanes: of the biased variance about `mean`.
HWY_INLINE Vector deviation_from(Vector mean, std::size_t n, const float* x, float epsilon) {
  const auto squares = ordered_sums<1>(n, [&](auto access, std::size_t i) HWY_ATTR {
    const Vector centred = hn::Sub(access.load(x + i), mean);
    return Terms<1>{{hn::Mul(centred, centred)}};
  });
  return hn::Sqrt(hn::Add(hn::Div(squares.v[0], broadcast(float(n))), broadcast(epsilon)));
}

}  // namespace anser::kernels::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
