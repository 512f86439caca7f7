// The row-major SIMD kernel and the multiply-add probe, on the instruction set that is in force.
#include "kernels/cpu/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "benchmarks/kernels/wkv7_row_major.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include <hwy/highway.h>

#include "benchmarks/kernels/wkv7_baselines.h"

HWY_BEFORE_NAMESPACE();
namespace anser::benchmarks {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

/// One row of one token; four accumulators where the row has as many vectors.
template <size_t K>
float row_step(const BaselineHead& h, size_t at, size_t i) {
  const D d;
  const size_t n = h.size, lanes = hn::Lanes(d);
  float* HWY_RESTRICT S = h.S + i * n;
  V sum[K];
  for (size_t c = 0; c < K; ++c) sum[c] = hn::Zero(d);
  for (size_t j = 0; j < n; j += K * lanes)
    for (size_t c = 0; c < K; ++c)
      sum[c] = hn::MulAdd(hn::LoadU(d, S + j + c * lanes), hn::LoadU(d, h.a + at + j + c * lanes), sum[c]);
  for (size_t c = 1; c < K; ++c) sum[0] = hn::Add(sum[0], sum[c]);
  const V u = hn::SumOfLanes(d, sum[0]), v = hn::Set(d, h.v[at + i]);
  for (size_t c = 0; c < K; ++c) sum[c] = hn::Zero(d);
  for (size_t j = 0; j < n; j += K * lanes)
    for (size_t c = 0; c < K; ++c) {
      const size_t e = j + c * lanes;
      V s = hn::Mul(v, hn::LoadU(d, h.k + at + e));
      s = hn::MulAdd(hn::LoadU(d, S + e), hn::LoadU(d, h.w + at + e), s);
      s = hn::MulAdd(u, hn::LoadU(d, h.b + at + e), s);
      hn::StoreU(s, d, S + e);
      sum[c] = hn::MulAdd(s, hn::LoadU(d, h.r + at + e), sum[c]);
    }
  for (size_t c = 1; c < K; ++c) sum[0] = hn::Add(sum[0], sum[c]);
  return hn::GetLane(hn::SumOfLanes(d, sum[0]));
}

void row_major_target(const BaselineHead& h) {
  const bool four = h.size % (4 * hn::Lanes(D())) == 0;
  for (size_t t = 0; t < h.time; ++t)
    for (size_t i = 0; i < h.size; ++i)
      h.y[t * h.stride + i] = four ? row_step<4>(h, t * h.stride, i) : row_step<1>(h, t * h.stride, i);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace anser::benchmarks
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::benchmarks {

HWY_EXPORT(row_major_target);

void row_major_forward(const BaselineHead& head) {
  HWY_DYNAMIC_DISPATCH(row_major_target)(head);
}

}  // namespace anser::benchmarks
#endif
