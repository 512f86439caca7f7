#include "kernels/fused/squared_relu.h"

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/squared_relu.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/highway.h"
#include "kernels/fused/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {
namespace {

// max(x, 0); NaN stays NaN.
template <class V>
HWY_INLINE V positive_part(V x) {
  return hn::IfThenZeroElse(hn::Lt(x, broadcast<V>(0)), x);
}

void relu2_forward(std::size_t n, const float* x, float* out) {
  sweep<WideTag>(n, [&](auto access, std::size_t i) HWY_ATTR {
    const auto positive = positive_part(access.load(x + i));
    access.store(hn::Mul(positive, positive), out + i);
  });
}

void relu2_backward(std::size_t n, const float* x, const float* dout, float* dx) {
  sweep<WideTag>(n, [&](auto access, std::size_t i) HWY_ATTR {
    const auto positive = positive_part(access.load(x + i));
    access.store(hn::Mul(hn::Add(positive, positive), access.load(dout + i)), dx + i);
  });
}

}  // namespace
}  // namespace anser::kernels::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::fused {

HWY_EXPORT(relu2_forward);
HWY_EXPORT(relu2_backward);

void squared_relu_forward(std::int64_t n, const float* x, float* out) {
  HWY_DYNAMIC_DISPATCH(relu2_forward)(n, x, out);
}

void squared_relu_backward(std::int64_t n, const float* x, const float* dout, float* dx) {
  HWY_DYNAMIC_DISPATCH(relu2_backward)(n, x, dout, dx);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
