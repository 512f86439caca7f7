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

// Of a large body that is called at several places: HWY_FLATTEN leaves it out of line.
#undef ANSER_INLINE_BODY
#define ANSER_INLINE_BODY HWY_ATTR __attribute__((always_inline))

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

inline constexpr std::size_t kSumLanes = 8;  // of a sum, whatever the vector length

using FloatTag = hn::CappedTag<float, kSumLanes>;
using Vector = hn::Vec<FloatTag>;
using WideTag = hn::CappedTag<float, 16>;  // for sweeps without sums

inline constexpr std::size_t kLanes = hn::MaxLanes(FloatTag());    // of a vector
inline constexpr std::size_t kVectorsPerSum = kSumLanes / kLanes;  // 1 with AVX2 and above

/// Rows after which column sums are moved from their partial to their total: bounds the growth of rounding
/// errors.
inline constexpr std::int64_t kColumnSumRows = 64;

template <class V = Vector>
HWY_INLINE V broadcast(float x) {
  return hn::Set(hn::DFromV<V>(), x);
}

/// Access to a vector of numbers.
template <class D = FloatTag>
struct WholeVector {
  using V = hn::Vec<D>;
  HWY_INLINE V load(const float* p) const { return hn::LoadU(D(), p); }
  HWY_INLINE void store(V v, float* p) const { hn::StoreU(v, D(), p); }
  HWY_INLINE V keep(V v, V /*otherwise*/) const { return v; }
  HWY_INLINE static V broadcast(float x) { return hn::Set(D(), x); }
};

/// Access to the last `count` numbers of a row, fewer than a vector: reads zeros behind them, writes nothing
/// there.
template <class D = FloatTag>
class RowEnd {
 public:
  using V = hn::Vec<D>;
  HWY_INLINE explicit RowEnd(std::size_t count) : count_(count), mask_(hn::FirstN(D(), count)) {}

  HWY_INLINE V load(const float* p) const {
#if !HWY_CAP_GE256  // masked loads of floats read nothing outside the mask from AVX2 on
    HWY_ALIGN float padded[hn::MaxLanes(D())] = {};
    std::memcpy(padded, p, count_ * sizeof(float));
    return hn::Load(D(), padded);
#else
    return hn::MaskedLoad(mask_, D(), p);
#endif
  }
  HWY_INLINE void store(V v, float* p) const {
#if !HWY_CAP_GE256
    HWY_ALIGN float padded[hn::MaxLanes(D())];
    hn::Store(v, D(), padded);
    std::memcpy(p, padded, count_ * sizeof(float));
#else
    hn::BlendedStore(v, mask_, D(), p);
#endif
  }
  /// v within the row, `otherwise` behind its end.
  HWY_INLINE V keep(V v, V otherwise) const {
    return hn::IfThenElse(mask_, v, otherwise);
  }
  HWY_INLINE static V broadcast(float x) {
    return hn::Set(D(), x);
  }

 private:
  std::size_t count_;
  hn::Mask<D> mask_;
};

/// body(access, i) for each vector of a row of n numbers, i its first number's place.
template <class D = FloatTag, class Body>
HWY_INLINE void sweep(std::size_t n, const Body& body) {
  constexpr std::size_t kStep = hn::MaxLanes(D());
  std::size_t i = 0;
  for (; i + kStep <= n; i += kStep) body(WholeVector<D>(), i);
  if (i < n) body(RowEnd<D>(n - i), i);
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
      add_terms(WholeVector<>(), body(WholeVector<>(), i + p * kLanes), lanes[p]);
  for (std::size_t p = 0; i < end; ++p, i += kLanes) {
    const RowEnd<> access(std::min(kLanes, end - i));
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
  sweep<WideTag>(n, [&](auto access, std::size_t i) HWY_ATTR {
    access.store(hn::Add(access.load(total + i), access.load(partial + i)), total + i);
    access.store(access.broadcast(0), partial + i);
  });
}

/// True after the rows that end a block of column sums.
inline bool ends_column_block(std::int64_t row, std::int64_t rows) {
  return (row + 1) % kColumnSumRows == 0 || row + 1 == rows;
}

/// Rows that an operator with several dependent passes takes through each pass together, so that one row's
/// reduction overlaps with the next one's: a power of two below kColumnSumRows that keeps them in the L1
/// cache.
inline constexpr std::size_t kMostRowsPerPass = 8;
inline std::size_t rows_per_pass(std::size_t width) {
  std::size_t rows = kMostRowsPerPass;
  while (rows > 1 && rows * width > 512) rows /= 2;
  return rows;
}

/// The same for heads, counted over all rows: as many as 512 numbers hold, at most kMostHeadsPerPass.
inline constexpr std::size_t kMostHeadsPerPass = 16;

/// Groups of heads, each within a block of column sums:
///     for (HeadGroup group(rows, heads, size); group.any(); group.advance())
class HeadGroup {
 public:
  HeadGroup(std::size_t rows, std::size_t heads, std::size_t size)
      : all_(rows * heads),
        heads_(heads),
        size_(size),
        together_(std::clamp<std::size_t>(512 / size, 1, kMostHeadsPerPass)) {
    end_ = std::min(together_, block_end());
  }

  bool any() const { return first_ < all_; }
  bool ends_block() const { return end_ == block_end(); }
  void advance() {
    first_ = end_;
    end_ = std::min(first_ + together_, block_end());
  }

  /// each(at, h, unit) for every head: its place in the rows, its place in the parameters, its number from 0.
  template <class Each>
  HWY_INLINE void for_each(const Each& each) const {
    std::size_t h = first_ % heads_ * size_;
    for (std::size_t head = first_; head < end_; ++head) {
      each(head * size_, h, head - first_);
      h = h + size_ == heads_ * size_ ? 0 : h + size_;
    }
  }

 private:
  std::size_t block_end() const {
    const std::size_t block = kColumnSumRows * heads_;
    return std::min((first_ / block + 1) * block, all_);
  }

  std::size_t all_, heads_, size_, together_;
  std::size_t first_ = 0, end_ = 0;
};

/// exp(x) for x <= 0, relative error below 1.2e-7; results below exp(-87) are 0, exp(0) is exactly 1.
template <class V>
HWY_INLINE V exp_nonpositive(V x) {
  const hn::DFromV<V> d;
  const hn::RebindToSigned<decltype(d)> di;
  // x = power * log(2) + rest, |rest| <= log(2) / 2. Adding 1.5 * 2^23 rounds to an integer and leaves it in
  // the low bits. log(2) in two parts: power times the first is exact.
  const V shift = broadcast<V>(12582912.0f);
  const V shifted = hn::Add(hn::Mul(x, broadcast<V>(1.44269504088896341f)), shift);
  const V power = hn::Sub(shifted, shift);
  const V rest = hn::Sub(hn::Sub(x, hn::Mul(power, broadcast<V>(0.693359375f))),
                         hn::Mul(power, broadcast<V>(-2.12194440e-4f)));
  // Cephes expf: exp(rest) = 1 + rest + rest^2 P(rest).
  const V square = hn::Mul(rest, rest);
  const V low = hn::Add(hn::Mul(rest, broadcast<V>(1.6666665459e-1f)), broadcast<V>(5.0000001201e-1f));
  const V mid = hn::Add(hn::Mul(rest, broadcast<V>(8.3334519073e-3f)), broadcast<V>(4.1665795894e-2f));
  const V high = hn::Add(hn::Mul(rest, broadcast<V>(1.9875691500e-4f)), broadcast<V>(1.3981999507e-3f));
  const V p = hn::Add(low, hn::Mul(square, hn::Add(mid, hn::Mul(square, high))));
  const V mantissa = hn::Add(hn::Add(hn::Mul(square, p), rest), broadcast<V>(1.0f));
  const auto exponent = hn::Add(hn::ShiftLeft<23>(hn::BitCast(di, shifted)), hn::Set(di, 127 << 23));
  return hn::IfThenZeroElse(hn::Lt(x, broadcast<V>(-87.0f)), hn::Mul(mantissa, hn::BitCast(d, exponent)));
}

/// 1 / (1 + exp(-x)): 1/2 exactly at 0; exactly 1 for x >= 17 and exactly 0 for x < -87.
template <class V>
HWY_INLINE V sigmoid(V x) {
  const V e = exp_nonpositive(hn::Neg(hn::Abs(x)));
  const V one = broadcast<V>(1.0f);
  return hn::Div(hn::IfThenElse(hn::Lt(x, broadcast<V>(0)), e, one), hn::Add(one, e));
}

/// A sigmoid and its derivative sigmoid(x) sigmoid(-x).
template <class V>
struct SigmoidSlope {
  V value;
  V slope;
};

template <class V>
HWY_INLINE SigmoidSlope<V> sigmoid_slope(V x) {
  const V e = exp_nonpositive(hn::Neg(hn::Abs(x)));
  const V large = hn::Div(broadcast<V>(1.0f), hn::Add(broadcast<V>(1.0f), e));  // sigmoid(|x|)
  const V small = hn::Mul(e, large);                                            // sigmoid(-|x|)
  return {hn::IfThenElse(hn::Lt(x, broadcast<V>(0)), small, large), hn::Mul(small, large)};
}

}  // namespace anser::kernels::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
