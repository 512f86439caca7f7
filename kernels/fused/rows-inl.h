// Vector arithmetic along a row, with the same bits on every instruction set: sweeps with tails, sums in a
// fixed order, exp and sigmoid. Multiplications and additions stay apart (no fused multiply-add: SSE4 has
// none). Per-target header: include it after hwy/foreach_target.h.
//
// Order of a sum over a row of n numbers: the row is cut at n/2; each half is summed in 8 lanes (place within
// the half modulo 8); the halves' lanes are added; then lanes 4, 2 and 1 apart. So (x, -x) sums to exactly 0,
// as two halves or, where n is a multiple of 4, as neighbours.
#if defined(ANSER_KERNELS_FUSED_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ANSER_KERNELS_FUSED_ROWS_INL_H_
#undef ANSER_KERNELS_FUSED_ROWS_INL_H_
#else
#define ANSER_KERNELS_FUSED_ROWS_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

inline constexpr std::size_t kSumLanes = 8;  // of a sum, whatever the vector length

using FloatTag = hn::CappedTag<float, kSumLanes>;
using Vector = hn::Vec<FloatTag>;

inline constexpr std::size_t kLanes = hn::MaxLanes(FloatTag());    // of a vector
inline constexpr std::size_t kVectorsPerSum = kSumLanes / kLanes;  // 1 with AVX2 and above

/// Rows after which column sums are moved from their partial to their total: bounds the growth of rounding
/// errors.
inline constexpr std::int64_t kColumnSumRows = 64;

HWY_INLINE Vector broadcast(float x) {
  return hn::Set(FloatTag(), x);
}

/// Access to kLanes numbers.
struct WholeVector {
  HWY_INLINE Vector load(const float* p) const { return hn::LoadU(FloatTag(), p); }
  HWY_INLINE void store(Vector v, float* p) const { hn::StoreU(v, FloatTag(), p); }
  HWY_INLINE Vector keep(Vector v, Vector /*otherwise*/) const { return v; }
};

/// Access to the last `count` <= kLanes numbers of a row: reads zeros behind them, writes nothing there.
class RowEnd {
 public:
  HWY_INLINE explicit RowEnd(std::size_t count) : count_(count), mask_(hn::FirstN(FloatTag(), count)) {}

  HWY_INLINE Vector load(const float* p) const {
#if !HWY_CAP_GE256  // masked loads of floats read nothing outside the mask from AVX2 on
    HWY_ALIGN float padded[kLanes] = {};
    std::memcpy(padded, p, count_ * sizeof(float));
    return hn::Load(FloatTag(), padded);
#else
    return hn::MaskedLoad(mask_, FloatTag(), p);
#endif
  }
  HWY_INLINE void store(Vector v, float* p) const {
#if !HWY_CAP_GE256
    HWY_ALIGN float padded[kLanes];
    hn::Store(v, FloatTag(), padded);
    std::memcpy(p, padded, count_ * sizeof(float));
#else
    hn::BlendedStore(v, mask_, FloatTag(), p);
#endif
  }
  /// v within the row, `otherwise` behind its end.
  HWY_INLINE Vector keep(Vector v, Vector otherwise) const {
    return hn::IfThenElse(mask_, v, otherwise);
  }

 private:
  std::size_t count_;
  hn::Mask<FloatTag> mask_;
};

/// body(access, i) for i = 0, kLanes, ...: each vector of a row of n numbers.
template <class Body>
HWY_INLINE void sweep(std::size_t n, const Body& body) {
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) body(WholeVector(), i);
  if (i < n) body(RowEnd(n - i), i);
}

/// K vectors: the summands that a sweep hands to ordered_sums, and its K sums (each the same in all lanes).
template <std::size_t K>
struct Terms {
  Vector v[K];
};

template <std::size_t K, class Access>
HWY_INLINE void add_terms(const Access& access, const Terms<K>& terms, Vector (&lanes)[K]) {
#pragma GCC unroll 8
  for (std::size_t k = 0; k < K; ++k)
    lanes[k] = hn::Add(lanes[k], access.keep(terms.v[k], hn::Zero(FloatTag())));
}

/// Adds body(access, i) for i in begin..end-1 to lanes[(i - begin) mod kSumLanes].
template <std::size_t K, class Body>
HWY_INLINE void add_to_lanes(std::size_t begin, std::size_t end, const Body& body,
                             Vector (&lanes)[kVectorsPerSum][K]) {
  std::size_t i = begin;
  for (; i + kSumLanes <= end; i += kSumLanes)
#pragma GCC unroll 8
    for (std::size_t p = 0; p < kVectorsPerSum; ++p)
      add_terms(WholeVector(), body(WholeVector(), i + p * kLanes), lanes[p]);
  for (std::size_t p = 0; i < end; ++p, i += kLanes) {
    const RowEnd access(std::min(kLanes, end - i));
    add_terms(access, body(access, i), lanes[p]);
  }
}

/// The sum of a vector's lanes, in all lanes: lanes 4, 2 and 1 apart.
HWY_INLINE Vector sum_of_lanes(Vector v) {
#if HWY_CAP_GE256
  v = hn::Add(v, hn::ConcatLowerUpper(FloatTag(), v, v));
#endif
#if HWY_TARGET != HWY_SCALAR
  v = hn::Add(v, hn::Shuffle1032(v));
  v = hn::Add(v, hn::Shuffle2301(v));
#endif
  return v;
}

/// K sums over a row of n numbers in the order above; body(access, i) returns the Terms<K> of a vector.
template <std::size_t K, class Body>
HWY_INLINE Terms<K> ordered_sums(std::size_t n, const Body& body) {
  Vector low[kVectorsPerSum][K];
  Vector high[kVectorsPerSum][K];
#pragma GCC unroll 8
  for (std::size_t p = 0; p < kVectorsPerSum; ++p)
#pragma GCC unroll 8
    for (std::size_t k = 0; k < K; ++k) low[p][k] = high[p][k] = hn::Zero(FloatTag());
  add_to_lanes(0, n / 2, body, low);
  add_to_lanes(n / 2, n, body, high);
  Terms<K> sums;
#pragma GCC unroll 8
  for (std::size_t k = 0; k < K; ++k) {
#pragma GCC unroll 8
    for (std::size_t p = 0; p < kVectorsPerSum; ++p) low[p][k] = hn::Add(low[p][k], high[p][k]);
#pragma GCC unroll 8
    for (std::size_t apart = kVectorsPerSum / 2; apart > 0; apart /= 2)
      for (std::size_t p = 0; p < apart; ++p) low[p][k] = hn::Add(low[p][k], low[p + apart][k]);
    sums.v[k] = sum_of_lanes(low[0][k]);
  }
  return sums;
}

/// total += partial; partial = 0.
HWY_INLINE void move_column_sums(std::size_t n, float* partial, float* total) {
  sweep(n, [&](auto access, std::size_t i) HWY_ATTR {
    access.store(hn::Add(access.load(total + i), access.load(partial + i)), total + i);
    access.store(hn::Zero(FloatTag()), partial + i);
  });
}

/// True after the rows that end a block of column sums.
inline bool ends_column_block(std::int64_t row, std::int64_t rows) {
  return (row + 1) % kColumnSumRows == 0 || row + 1 == rows;
}

/// Rows that an operator with several dependent passes takes through each pass together, so that one row's
/// reduction overlaps with the next one's: a power of two below kColumnSumRows that keeps them in the L1
/// cache.
inline std::int64_t rows_per_pass(std::int64_t width) {
  std::int64_t rows = 8;
  while (rows > 1 && rows * width > 512) rows /= 2;
  return rows;
}

/// each(at, h, unit) for every head of rows first..end-1: its place in the rows, its place in the parameters,
/// and its number from 0.
template <class Each>
HWY_INLINE void for_each_head(std::int64_t first, std::int64_t end, std::size_t width, std::size_t size,
                              const Each& each) {
  std::size_t unit = 0;
  for (std::int64_t row = first; row < end; ++row)
    for (std::size_t h = 0; h < width; h += size) each(row * width + h, h, unit++);
}

/// exp(x) for x <= 0, relative error below 1.2e-7; results below exp(-87) are 0, exp(0) is exactly 1.
HWY_INLINE Vector exp_nonpositive(Vector x) {
  const FloatTag d;
  const hn::Rebind<std::int32_t, FloatTag> di;
  // x = power * log(2) + rest, |rest| <= log(2) / 2. Adding 1.5 * 2^23 rounds to an integer and leaves it in
  // the low bits. log(2) in two parts: power times the first is exact.
  const Vector shift = broadcast(12582912.0f);
  const Vector shifted = hn::Add(hn::Mul(x, broadcast(1.44269504088896341f)), shift);
  const Vector power = hn::Sub(shifted, shift);
  const Vector rest = hn::Sub(hn::Sub(x, hn::Mul(power, broadcast(0.693359375f))),
                              hn::Mul(power, broadcast(-2.12194440e-4f)));
  // Cephes expf: exp(rest) = 1 + rest + rest^2 P(rest).
  const Vector square = hn::Mul(rest, rest);
  const Vector low = hn::Add(hn::Mul(rest, broadcast(1.6666665459e-1f)), broadcast(5.0000001201e-1f));
  const Vector mid = hn::Add(hn::Mul(rest, broadcast(8.3334519073e-3f)), broadcast(4.1665795894e-2f));
  const Vector high = hn::Add(hn::Mul(rest, broadcast(1.9875691500e-4f)), broadcast(1.3981999507e-3f));
  const Vector p = hn::Add(low, hn::Mul(square, hn::Add(mid, hn::Mul(square, high))));
  const Vector mantissa = hn::Add(hn::Add(hn::Mul(square, p), rest), broadcast(1.0f));
  const auto exponent = hn::Add(hn::ShiftLeft<23>(hn::BitCast(di, shifted)), hn::Set(di, 127 << 23));
  return hn::IfThenZeroElse(hn::Lt(x, broadcast(-87.0f)), hn::Mul(mantissa, hn::BitCast(d, exponent)));
}

/// 1 / (1 + exp(-x)): 1/2 exactly at 0; exactly 1 for x >= 17 and exactly 0 for x < -87.
HWY_INLINE Vector sigmoid(Vector x) {
  const Vector e = exp_nonpositive(hn::Neg(hn::Abs(x)));
  const Vector one = broadcast(1.0f);
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(FloatTag())), e, one), hn::Add(one, e));
}

/// A sigmoid and its derivative sigmoid(x) sigmoid(-x).
struct SigmoidSlope {
  Vector value;
  Vector slope;
};

HWY_INLINE SigmoidSlope sigmoid_slope(Vector x) {
  const Vector e = exp_nonpositive(hn::Neg(hn::Abs(x)));
  const Vector large = hn::Div(broadcast(1.0f), hn::Add(broadcast(1.0f), e));  // sigmoid(|x|)
  const Vector small = hn::Mul(e, large);                                      // sigmoid(-|x|)
  return {hn::IfThenElse(hn::Lt(x, hn::Zero(FloatTag())), small, large), hn::Mul(small, large)};
}

}  // namespace anser::kernels::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
