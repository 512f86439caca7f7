// What the forward and the backward kernel share, compiled once per instruction set (docs/math/wkv7.md
// section 4).
//
// A head's state is cut into blocks of value columns. A block of W columns is stored as [key j][column i], so
// that every vector runs over value channels, the numbers of a token at key j are broadcasts, and the two
// products S a^T and S r^T need no horizontal sum. Blocks never mix: the recurrence of a value channel is its
// own.

// Per-target include guard
#if defined(ANSER_KERNELS_CPU_WKV7_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ANSER_KERNELS_CPU_WKV7_SIMD_INL_H_
#undef ANSER_KERNELS_CPU_WKV7_SIMD_INL_H_
#else
#define ANSER_KERNELS_CPU_WKV7_SIMD_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

#include "kernels/wkv7_math.h"

// Loops over the vectors of a block have a constant count and must become straight code.
#undef ANSER_UNROLL
#define ANSER_UNROLL _Pragma("GCC unroll 8")

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using std::size_t;

inline constexpr size_t kChunk = kWkv7CheckpointInterval;
inline constexpr size_t kMaxSize = 128;
/// Tokens between the one in work and the one whose rows are fetched. A head's rows lie H * N numbers apart,
/// which no hardware prefetcher follows; rows wait in the second-level cache, the first holds the state.
inline constexpr size_t kPrefetchDistance = 8;

inline void prefetch_row(const float* row, size_t n) {
  for (size_t j = 0; j < n; j += 16) __builtin_prefetch(row + j, 0, 2);
}

inline void prefetch_row_for_writing(float* row, size_t n) {
  for (size_t j = 0; j < n; j += 16) __builtin_prefetch(row + j, 1, 2);
}

/// Keys whose products are summed before they join a total: S a^T feeds back into the state, so its rounding
/// must not grow with N (docs/math/wkv7.md section 5).
inline constexpr size_t kSumGroup = 8;

/// Calls f.template operator()<K>(i0) for the blocks of K = kWidest, 2 or 1 vectors that cover the columns
/// [begin, end).
template <size_t kWidest, class D, class F>
HWY_INLINE void for_each_block(D d, size_t begin, size_t end, F f) {
  const size_t lanes = hn::Lanes(d);
  size_t i = begin;
  for (; i + kWidest * lanes <= end; i += kWidest * lanes) f.template operator()<kWidest>(i);
  for (; i + 2 * lanes <= end; i += 2 * lanes) f.template operator()<2>(i);
  for (; i + lanes <= end; i += lanes) f.template operator()<1>(i);
}

/// Calls f(d) with the widest tag whose lanes divide n, a multiple of 8.
template <class F>
HWY_INLINE void with_tag(size_t n, F f) {
  const hn::CappedTag<float, 16> wide;
  if (n % hn::Lanes(wide) == 0) return f(wide);
  f(hn::CappedTag<float, 8>());
}

/// exp(x) for x in [-87, 0]: 2^n exp(r), |r| <= log(2) / 2, Taylor through r^7, truncated at 6e-9 of the
/// value.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_negative(D d, V x) {
  const hn::RebindToSigned<D> di;
  const auto exponent = hn::NearestInt(hn::Mul(x, hn::Set(d, 1.44269504f)));
  const V n = hn::ConvertTo(d, exponent);
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);  // log(2) in two parts, the first short: exact product
  r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
  const V r2 = hn::Mul(r, r);
  // Pairs of terms first (Estrin), which halves the chain of dependent operations.
  const auto pair = [&](float even, float odd)
                        HWY_ATTR { return hn::MulAdd(r, hn::Set(d, odd), hn::Set(d, even)); };
  const V low = hn::MulAdd(pair(0.5f, 1.0f / 6), r2, pair(1.0f, 1.0f));
  const V high = hn::MulAdd(pair(1.0f / 720, 1.0f / 5040), r2, pair(1.0f / 24, 1.0f / 120));
  const V p = hn::MulAdd(high, hn::Mul(r2, r2), low);
  return hn::Mul(p, hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(exponent, hn::Set(di, 127)))));
}

/// expm1(x) for x in [-0.61, 0]: Taylor through x^9, truncated at 5e-9 of the value.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V expm1_small(D d, V x) {
  const V x2 = hn::Mul(x, x);
  const auto pair = [&](float even, float odd)
                        HWY_ATTR { return hn::MulAdd(x, hn::Set(d, odd), hn::Set(d, even)); };
  const V low = hn::MulAdd(pair(1.0f / 24, 1.0f / 120), x2, pair(0.5f, 1.0f / 6));
  const V high = hn::MulAdd(pair(1.0f / 40320, 1.0f / 362880), x2, pair(1.0f / 720, 1.0f / 5040));
  const V p = hn::MulAdd(high, hn::Mul(x2, x2), low);
  return hn::MulAdd(x2, p, x);
}

/// The vector form of kernels::decay_factors for n channels; `slope` may be null.
template <class D>
HWY_INLINE void decay_rows(D d, Decay decay, size_t n, const float* HWY_RESTRICT w,
                           float* HWY_RESTRICT shrink, float* HWY_RESTRICT slope) {
  using V = hn::Vec<D>;
  const V one = hn::Set(d, 1.0f);
  for (size_t j = 0; j < n; j += hn::Lanes(d)) {
    const V x = hn::LoadU(d, w + j);
    if (decay == Decay::log) {
      const V decayed = hn::Exp(d, x);  // down to exp(-inf) = 0
      const auto near_one = hn::Gt(x, hn::Set(d, -0.6f));
      hn::StoreU(hn::IfThenElse(near_one, expm1_small(d, x), hn::Sub(decayed, one)), d, shrink + j);
      if (slope != nullptr) hn::StoreU(decayed, d, slope + j);
      continue;
    }
    // z = exp(-|d|); beyond 87 the sigmoid is below every ulp that matters and z stays a normal number.
    const V z = exp_negative(d, hn::Max(hn::Neg(hn::Abs(x)), hn::Set(d, -87.0f)));
    const V q = hn::Div(one, hn::Add(one, z));
    const V zq = hn::Mul(z, q);
    const V sigma = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), zq, q);
    const V scale = hn::Set(d, -static_cast<float>(kInvSqrtE));
    const V e = expm1_small(d, hn::Mul(scale, sigma));
    hn::StoreU(e, d, shrink + j);
    if (slope != nullptr) hn::StoreU(hn::Mul(hn::Mul(hn::Add(one, e), scale), hn::Mul(zq, q)), d, slope + j);
  }
}

/// Lane q of the result is the sum of rows[q * lanes .. (q + 1) * lanes); lanes is 1, 4, 8 or 16.
#if HWY_TARGET == HWY_SCALAR
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sum_rows(D d, const float* HWY_RESTRICT rows) {
  return hn::Load(d, rows);
}
#else
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sum_rows(D d, const float* HWY_RESTRICT rows) {
  const hn::Repartition<double, D> pairs;
  constexpr size_t kLanes = hn::MaxLanes(d);
  // Four rows to one vector that holds, in each 128-bit block, that block's four sums.
  const auto four = [&](size_t q) HWY_ATTR {
    const V a = hn::Load(d, rows + (q + 0) * kLanes), b = hn::Load(d, rows + (q + 1) * kLanes);
    const V c = hn::Load(d, rows + (q + 2) * kLanes), e = hn::Load(d, rows + (q + 3) * kLanes);
    const V ab = hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
    const V ce = hn::Add(hn::InterleaveLower(d, c, e), hn::InterleaveUpper(d, c, e));
    const auto ab2 = hn::BitCast(pairs, ab), ce2 = hn::BitCast(pairs, ce);
    return hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, ab2, ce2)),
                   hn::BitCast(d, hn::InterleaveUpper(pairs, ab2, ce2)));
  };
  const auto halves = [&](V p, V q) HWY_ATTR {
    return hn::Add(hn::ConcatLowerLower(d, q, p), hn::ConcatUpperUpper(d, q, p));
  };
  if constexpr (kLanes == 4) {
    return four(0);
  } else if constexpr (kLanes == 8) {
    return halves(four(0), four(4));
  } else {
    static_assert(kLanes == 16);
    const V x = halves(four(0), four(8)), y = halves(four(4), four(12));
    return hn::OddEvenBlocks(hn::Add(y, hn::SwapAdjacentBlocks(y)), hn::Add(x, hn::SwapAdjacentBlocks(x)));
  }
}
#endif

/// block[j][c] = matrix[i0 + c][j], the block of columns i0.. of a state [value, key]; zeros where matrix is
/// null.
inline void load_block(const float* matrix, size_t n, size_t i0, size_t width, float* HWY_RESTRICT block) {
  for (size_t j = 0; j < n; ++j)
    for (size_t c = 0; c < width; ++c)
      block[j * width + c] = matrix == nullptr ? 0.0f : matrix[(i0 + c) * n + j];
}

/// matrix[i0 + c][j] = block[j][c].
inline void store_block(const float* HWY_RESTRICT block, size_t n, size_t i0, size_t width, float* matrix) {
  for (size_t c = 0; c < width; ++c)
    for (size_t j = 0; j < n; ++j) matrix[(i0 + c) * n + j] = block[j * width + c];
}

/// total += part, part <- 0.
template <size_t K, class V>
HWY_INLINE void flush(V (&total)[K], V (&part)[K]) {
  const hn::DFromV<V> d;
  ANSER_UNROLL for (size_t c = 0; c < K; ++c) {
    total[c] = hn::Add(total[c], part[c]);
    part[c] = hn::Zero(d);
  }
}

/// out = sum over keys of block[j] row[j], in the order of the sums that the passes fuse into an update.
template <size_t K, class D, class V = hn::Vec<D>>
HWY_INLINE void block_times(D d, size_t n, const float* HWY_RESTRICT block, const float* HWY_RESTRICT row,
                            float* HWY_RESTRICT out) {
  const size_t lanes = hn::Lanes(d);
  V part[K], total[K];
  ANSER_UNROLL for (size_t c = 0; c < K; ++c) part[c] = total[c] = hn::Zero(d);
  for (size_t j0 = 0; j0 < n; j0 += kSumGroup) {
    for (size_t j = j0; j < j0 + kSumGroup; ++j) {
      const V x = hn::Set(d, row[j]);
      ANSER_UNROLL for (size_t c = 0; c < K; ++c) part[c] =
          hn::MulAdd(hn::Load(d, block + (j * K + c) * lanes), x, part[c]);
    }
    flush(total, part);
  }
  ANSER_UNROLL for (size_t c = 0; c < K; ++c) hn::Store(total[c], d, out + c * lanes);
}

}  // namespace HWY_NAMESPACE
}  // namespace anser::kernels::cpu
HWY_AFTER_NAMESPACE();

#endif
