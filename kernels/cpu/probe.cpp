#include "kernels/cpu/probe.h"

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/probe.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::cpu {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;
using Bits = hn::RebindToUnsigned<Floats>;
using V = hn::Vec<Floats>;

std::int64_t multiply_add(std::int64_t rounds, float* sink) {
  const Floats d;
  const V x = hn::Set(d, 0.999f), y = hn::Set(d, 1e-3f);
  // Ten sums with starts of their own: equal ones a compiler computes once. Latency 4, two a cycle: 8 needed.
  const auto start = [&](float i) HWY_ATTR { return hn::Set(d, i); };
  V a0 = start(0), a1 = start(1), a2 = start(2), a3 = start(3), a4 = start(4), a5 = start(5), a6 = start(6),
    a7 = start(7), a8 = start(8), a9 = start(9);
  for (std::int64_t q = 0; q < 8 * rounds; ++q) {
    a0 = hn::MulAdd(a0, x, y), a1 = hn::MulAdd(a1, x, y), a2 = hn::MulAdd(a2, x, y);
    a3 = hn::MulAdd(a3, x, y), a4 = hn::MulAdd(a4, x, y), a5 = hn::MulAdd(a5, x, y);
    a6 = hn::MulAdd(a6, x, y), a7 = hn::MulAdd(a7, x, y), a8 = hn::MulAdd(a8, x, y);
    a9 = hn::MulAdd(a9, x, y);
  }
  const V total = hn::Add(hn::Add(hn::Add(a0, a1), hn::Add(a2, a3)),
                          hn::Add(hn::Add(hn::Add(a4, a5), hn::Add(a6, a7)), hn::Add(a8, a9)));
  *sink = hn::GetLane(hn::SumOfLanes(d, total));
  return 160 * rounds * static_cast<std::int64_t>(hn::Lanes(d));
}

void update(float* HWY_RESTRICT x, std::int64_t n, std::int64_t rounds) {
  const Floats d;
  const Bits bits;
  const auto flip = hn::Set(bits, 1);
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto touch = [&](float* p) HWY_ATTR {
    hn::Store(hn::BitCast(d, hn::Xor(hn::BitCast(bits, hn::Load(d, p)), flip)), d, p);
  };
  for (std::int64_t round = 0; round < rounds; ++round)
    for (std::int64_t i = 0; i < n; i += 4 * lanes)
      touch(x + i), touch(x + i + lanes), touch(x + i + 2 * lanes), touch(x + i + 3 * lanes);
}

void read(const float* HWY_RESTRICT x, std::int64_t n, float* sink) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  V a = hn::Zero(d), b = a, c = a, e = a;
  for (std::int64_t i = 0; i < n; i += 4 * lanes) {
    a = hn::Or(a, hn::Load(d, x + i)), b = hn::Or(b, hn::Load(d, x + i + lanes));
    c = hn::Or(c, hn::Load(d, x + i + 2 * lanes)), e = hn::Or(e, hn::Load(d, x + i + 3 * lanes));
  }
  *sink = hn::GetLane(hn::Or(hn::Or(a, b), hn::Or(c, e)));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace anser::kernels::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::cpu {

HWY_EXPORT(multiply_add);
HWY_EXPORT(update);
HWY_EXPORT(read);

std::int64_t probe_multiply_add(std::int64_t rounds, float* sink) {
  return HWY_DYNAMIC_DISPATCH(multiply_add)(rounds, sink);
}
void probe_update(float* x, std::int64_t n, std::int64_t rounds) {
  HWY_DYNAMIC_DISPATCH(update)(x, n, rounds);
}
void probe_read(const float* x, std::int64_t n, float* sink) {
  HWY_DYNAMIC_DISPATCH(read)(x, n, sink);
}

}  // namespace anser::kernels::cpu
#endif
