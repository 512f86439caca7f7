#include "kernels/fused/gates.h"

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/gates.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/highway.h"
#include "kernels/fused/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {
namespace {

// Cephes tanhf: a polynomial below .625, elsewhere (1 - e) / (1 + e) with e = exp(-2|x|).
template <class V>
HWY_INLINE V hyperbolic_tangent(V x) {
  const V size = hn::Abs(x), one = broadcast<V>(1.0f);
  const V e = exp_nonpositive(hn::Mul(size, broadcast<V>(-2.0f)));
  const V far = hn::Div(hn::Sub(one, e), hn::Add(one, e));
  const V z = hn::Mul(x, x);
  V p = broadcast<V>(-5.70498872745e-3f);
  for (const float c : {2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f, -3.33332819422e-1f})
    p = hn::Add(hn::Mul(p, z), broadcast<V>(c));
  const V near = hn::Add(x, hn::Mul(hn::Mul(p, z), x));
  return hn::IfThenElse(hn::Lt(size, broadcast<V>(0.625f)), near, hn::CopySign(far, x));
}

void tanh_sweep(std::size_t n, const float* x, float* out) {
  sweep<WideTag>(n, [&](auto access, std::size_t i)
                        HWY_ATTR { access.store(hyperbolic_tangent(access.load(x + i)), out + i); });
}

void tanh_slope_sweep(std::size_t n, const float* out, const float* dout, float* dx) {
  sweep<WideTag>(n, [&](auto access, std::size_t i) HWY_ATTR {
    const auto y = access.load(out + i);
    const auto slope = hn::Sub(access.broadcast(1.0f), hn::Mul(y, y));
    access.store(hn::Mul(slope, access.load(dout + i)), dx + i);
  });
}

void sigmoid_sweep(std::size_t n, const float* x, float* out) {
  sweep<WideTag>(
      n, [&](auto access, std::size_t i) HWY_ATTR { access.store(sigmoid(access.load(x + i)), out + i); });
}

void sigmoid_slope_sweep(std::size_t n, const float* out, const float* dout, float* dx) {
  sweep<WideTag>(n, [&](auto access, std::size_t i) HWY_ATTR {
    const auto y = access.load(out + i);
    const auto slope = hn::Mul(y, hn::Sub(access.broadcast(1.0f), y));
    access.store(hn::Mul(slope, access.load(dout + i)), dx + i);
  });
}

void value_mix_sweep(std::size_t n, const float* own, const float* first, const float* z, float* v) {
  sweep<WideTag>(n, [&](auto access, std::size_t i) HWY_ATTR {
    const auto here = access.load(own + i);
    const auto step = hn::Mul(hn::Sub(access.load(first + i), here), sigmoid(access.load(z + i)));
    access.store(hn::Add(here, step), v + i);
  });
}

void value_mix_slope_sweep(std::size_t n, const float* own, const float* first, const float* z,
                           const float* dv, float* down, float* dfirst, float* dz) {
  sweep<WideTag>(n, [&](auto access, std::size_t i) HWY_ATTR {
    const auto share = sigmoid_slope(access.load(z + i));
    const auto g = access.load(dv + i);
    const auto to_first = hn::Mul(g, share.value);
    const auto difference = hn::Sub(access.load(first + i), access.load(own + i));
    access.store(hn::Mul(hn::Mul(g, difference), share.slope), dz + i);
    access.store(to_first, dfirst + i);
    access.store(hn::Sub(g, to_first), down + i);
  });
}

void sum_sweep(std::size_t n, const float* x, float* sum) {
  sweep<WideTag>(n, [&](auto access, std::size_t i) HWY_ATTR {
    access.store(hn::Add(access.load(sum + i), access.load(x + i)), sum + i);
  });
}

}  // namespace
}  // namespace anser::kernels::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::fused {

HWY_EXPORT(tanh_sweep);
HWY_EXPORT(tanh_slope_sweep);
HWY_EXPORT(sigmoid_sweep);
HWY_EXPORT(sigmoid_slope_sweep);
HWY_EXPORT(value_mix_sweep);
HWY_EXPORT(value_mix_slope_sweep);
HWY_EXPORT(sum_sweep);

void tanh_forward(std::int64_t n, const float* x, float* out) {
  HWY_DYNAMIC_DISPATCH(tanh_sweep)(n, x, out);
}

void tanh_backward(std::int64_t n, const float* out, const float* dout, float* dx) {
  HWY_DYNAMIC_DISPATCH(tanh_slope_sweep)(n, out, dout, dx);
}

void sigmoid_forward(std::int64_t n, const float* x, float* out) {
  HWY_DYNAMIC_DISPATCH(sigmoid_sweep)(n, x, out);
}

void sigmoid_backward(std::int64_t n, const float* out, const float* dout, float* dx) {
  HWY_DYNAMIC_DISPATCH(sigmoid_slope_sweep)(n, out, dout, dx);
}

void value_mix_forward(std::int64_t n, const float* own, const float* first, const float* z, float* v) {
  HWY_DYNAMIC_DISPATCH(value_mix_sweep)(n, own, first, z, v);
}

void value_mix_backward(std::int64_t n, const float* own, const float* first, const float* z, const float* dv,
                        float* down, float* dfirst, float* dz) {
  HWY_DYNAMIC_DISPATCH(value_mix_slope_sweep)(n, own, first, z, dv, down, dfirst, dz);
}

void add_to(std::int64_t n, const float* x, float* sum) {
  HWY_DYNAMIC_DISPATCH(sum_sweep)(n, x, sum);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
