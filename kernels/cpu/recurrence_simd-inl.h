// What the forward and the backward kernel share, compiled once per instruction set (docs/math/recurrence.md
// section 4).
//
// A head's state is cut into blocks of value columns. A block of W columns is stored as [key j][column i], so
// that every vector runs over value channels, the numbers of a token at key j are broadcasts, and the two
// products S a^T and S r^T need no horizontal sum. Blocks never mix: the recurrence of a value channel is its
// own.

// Per-target include guard
#if defined(ANSER_KERNELS_CPU_RECURRENCE_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ANSER_KERNELS_CPU_RECURRENCE_SIMD_INL_H_
#undef ANSER_KERNELS_CPU_RECURRENCE_SIMD_INL_H_
#else
#define ANSER_KERNELS_CPU_RECURRENCE_SIMD_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/cpu/recurrence_kernels.h"
#include "kernels/recurrence_math.h"

// Loops over the vectors of a block have a constant count and must become straight code.
#undef ANSER_UNROLL
#define ANSER_UNROLL _Pragma("GCC unroll 8")

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using std::size_t;

inline constexpr size_t kChunk = kCheckpointInterval;
inline constexpr size_t kMaxSize = 128;
/// Tokens between the one in work and the one whose rows are fetched. A head's rows lie H * K numbers apart,
/// which no hardware prefetcher follows; rows wait in the second-level cache, the first holds the state.
inline constexpr size_t kPrefetchDistance = 6;

// Always inlined: GCC takes a function that only fetches for one without effect and drops the calls.
HWY_INLINE void prefetch_row(const float* row, size_t n) {
  for (size_t j = 0; j < n; j += 16) __builtin_prefetch(row + j, 0, 2);
}

HWY_INLINE void prefetch_row_for_writing(const float* row, size_t n) {
  for (size_t j = 0; j < n; j += 16) __builtin_prefetch(row + j, 1, 2);
}

/// Keys whose products are summed before they join a total: S a^T feeds back into the state, so its rounding
/// must not grow with K (docs/math/recurrence.md section 5).
inline constexpr size_t kSumGroup = 8;

/// The same where one group would be all keys.
inline size_t sum_group(size_t keys) {
  return keys == kSumGroup ? kSumGroup / 2 : kSumGroup;
}

/// to = from, a few vectors: memmove's call costs more than they do.
template <class D>
HWY_INLINE void copy_row(D d, const float* from, size_t n, float* HWY_RESTRICT to) {
  for (size_t j = 0; j < n; j += hn::Lanes(d)) hn::StoreU(hn::LoadU(d, from + j), d, to + j);
}

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

/// Calls f(d) with the widest tag whose lanes divide K and V, multiples of 8.
template <class F>
HWY_INLINE void with_tag(const HeadPlace& at, F f) {
  const hn::CappedTag<float, 16> wide;
  if (at.keys % hn::Lanes(wide) == 0 && at.values % hn::Lanes(wide) == 0) return f(wide);
  f(hn::CappedTag<float, 8>());
}

/// What the decay does to a number s, given its factor.
enum class Form {
  keep,    // s: no decay
  shrink,  // fma(s, factor, s), factor = w - 1
  scale,   // s * factor, factor = w
};

template <Form kForm, class V>
HWY_INLINE V apply_decay(V s, V factor) {
  if constexpr (kForm == Form::shrink) return hn::MulAdd(s, factor, s);
  if constexpr (kForm == Form::scale) return hn::Mul(s, factor);
  return s;
}

/// The factor that leaves a number as it is.
inline float neutral_factor(Decay decay) {
  return decay == Decay::direct ? 1.0f : 0.0f;
}

/// Calls f.template operator()<form, low-rank part, read before>() for the mode.
template <class F>
HWY_INLINE void with_mode(const RecurrenceMode& mode, F f) {
  const auto with_read = [&]<Form kForm, bool kLowRank>() {
    if (mode.read == Read::before) return f.template operator()<kForm, kLowRank, true>();
    f.template operator()<kForm, kLowRank, false>();
  };
  const auto with_low_rank = [&]<Form kForm>() {
    if (mode.low_rank) return with_read.template operator()<kForm, true>();
    with_read.template operator()<kForm, false>();
  };
  if (mode.decay == Decay::none) return with_low_rank.template operator()<Form::keep>();
  if (mode.decay == Decay::direct) return with_low_rank.template operator()<Form::scale>();
  with_low_rank.template operator()<Form::shrink>();
}

/// Hands out the parts of a workspace, each a multiple of 8 numbers from an aligned start (of 16
/// where K and V are multiples of 16).
struct Arena {
  float* next;
  explicit Arena(float* memory)
      : next(reinterpret_cast<float*>((reinterpret_cast<std::uintptr_t>(memory) + 63) / 64 * 64)) {}
  float* take(size_t numbers) {
    float* part = next;
    next += numbers;
    return part;
  }
};

/// Rows of the chunk as floats: the array itself, or its conversion in `scratch` [tokens][n].
inline const float* float_rows(const float* rows, size_t, size_t, size_t, float*) {
  return rows;
}
inline const float* float_rows(const Bf16* rows, size_t tokens, size_t n, size_t stride, float* scratch) {
  if (rows == nullptr) return nullptr;
  for (size_t t = 0; t < tokens; ++t)
    for (size_t j = 0; j < n; ++j) scratch[t * n + j] = to_float(rows[t * stride + j]);
  return scratch;
}

/// exp(x) for x in [-87, 0]: 2^n exp(r), |r| <= log(2) / 2, Taylor through r^7, truncated at 6e-9 of the
/// value.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_negative(D d, V x) {
  const hn::RebindToSigned<D> di;
  // Adding 1.5 * 2^23 rounds to an integer, which then stands in the lowest bits.
  const V shift = hn::Set(d, 12582912.0f), shifted = hn::MulAdd(x, hn::Set(d, 1.44269504f), shift);
  const V n = hn::Sub(shifted, shift);
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);  // log(2) in two parts, the first short: exact product
  r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
  const V r2 = hn::Mul(r, r);
  // Pairs of terms first (Estrin), which halves the chain of dependent operations.
  const auto pair = [&](float even, float odd)
                        HWY_ATTR { return hn::MulAdd(r, hn::Set(d, odd), hn::Set(d, even)); };
  const V low = hn::MulAdd(pair(0.5f, 1.0f / 6), r2, pair(1.0f, 1.0f));
  const V high = hn::MulAdd(pair(1.0f / 720, 1.0f / 5040), r2, pair(1.0f / 24, 1.0f / 120));
  const V p = hn::MulAdd(high, hn::Mul(r2, r2), low);
  return hn::BitCast(d, hn::Add(hn::BitCast(di, p), hn::ShiftLeft<23>(hn::BitCast(di, shifted))));
}

/// expm1(x) for |x| <= 0.61: Taylor through x^9, truncated at 5e-9 of the value.
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

/// RWKV-7 logits to factors, in place. Three short loops: in one, a vector's chain of dependent operations is
/// so long that the core holds too few vectors at once to stay busy.
template <class D>
HWY_INLINE void logit_factors(D d, size_t n, float* HWY_RESTRICT x, float* HWY_RESTRICT slope) {
  using V = hn::Vec<D>;
  const size_t lanes = hn::Lanes(d);
  const V one = hn::Set(d, 1.0f), scale = hn::Set(d, -static_cast<float>(kInvSqrtE));
  for (size_t j = 0; j < n; j += lanes) {
    // z = exp(-|d|), given the sign of d; beyond 87 the sigmoid is below every ulp that matters and z stays a
    // normal number.
    const V logit = hn::Load(d, x + j), negative = hn::Or(logit, hn::SignBit(d));
    hn::Store(hn::CopySign(exp_negative(d, hn::Max(hn::Set(d, -87.0f), negative)), logit), d, x + j);
  }
  for (size_t j = 0; j < n; j += lanes) {
    const V signed_z = hn::Load(d, x + j), z = hn::Abs(signed_z);
    const V q = hn::Div(one, hn::Add(one, z)), zq = hn::Mul(z, q);
    hn::Store(hn::Mul(scale, hn::IfNegativeThenElse(signed_z, zq, q)), d, x + j);
    if (slope != nullptr) hn::Store(hn::Mul(scale, hn::Mul(zq, q)), d, slope + j);
  }
  for (size_t j = 0; j < n; j += lanes) {
    const V e = expm1_small(d, hn::Load(d, x + j));
    hn::Store(e, d, x + j);
    if (slope != nullptr) hn::Store(hn::Mul(hn::Add(one, e), hn::Load(d, slope + j)), d, slope + j);
  }
}

/// Logarithms of decays to factors, in place.
template <class D>
HWY_INLINE void log_factors(D d, size_t n, float* HWY_RESTRICT x, float* HWY_RESTRICT slope) {
  using V = hn::Vec<D>;
  for (size_t j = 0; j < n; j += hn::Lanes(d)) {
    const V log_w = hn::Load(d, x + j), w = hn::Exp(d, log_w);  // down to exp(-inf) = 0
    const auto near_one = hn::Lt(hn::Abs(log_w), hn::Set(d, 0.6f));
    const V far = hn::Sub(w, hn::Set(d, 1.0f));
    hn::Store(hn::IfThenElse(near_one, expm1_small(d, log_w), far), d, x + j);
    if (slope != nullptr) hn::Store(w, d, slope + j);
  }
}

/// The vector form of kernels::decay_factors: turns n arguments into factors, in place; `slope` may be null.
template <class D>
HWY_INLINE void decay_factors(D d, Decay decay, size_t n, float* HWY_RESTRICT x, float* HWY_RESTRICT slope) {
  if (decay == Decay::logit) return logit_factors(d, n, x, slope);
  if (decay == Decay::log) return log_factors(d, n, x, slope);
  if (slope != nullptr) std::fill(slope, slope + n, 1.0f);  // Decay::direct
}

/// Decay factors of `tokens` <= kChunk tokens, rows of `keys` numbers; a head's own decay is spread over its
/// keys.
template <class D>
HWY_INLINE void decay_rows(D d, const RecurrenceMode& mode, size_t tokens, size_t keys, const float* w,
                           size_t stride, float* HWY_RESTRICT shrink, float* HWY_RESTRICT slope) {
  if (mode.decay == Decay::none) return;
  if (!mode.decay_per_head) {
    for (size_t t = 0; t < tokens; ++t) copy_row(d, w + t * stride, keys, shrink + t * keys);
    return decay_factors(d, mode.decay, tokens * keys, shrink, slope);
  }
  HWY_ALIGN float factor[kChunk] = {}, slopes[kChunk];
  for (size_t t = 0; t < tokens; ++t) factor[t] = w[t * stride];
  decay_factors(d, mode.decay, kChunk, factor, slopes);
  for (size_t t = 0; t < tokens; ++t)
    for (size_t j = 0; j < keys; ++j) {
      shrink[t * keys + j] = factor[t];
      if (slope != nullptr) slope[t * keys + j] = slopes[t];
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

/// Turns an L x L tile, L = 8, 4 or 1 lanes: column(p)[q] = row(q)[p].
template <class D, class Row, class Column>
HWY_INLINE void transpose_tile([[maybe_unused]] D d, Row row, Column column) {
#if HWY_TARGET == HWY_SCALAR
  column(0, row(0));
#else
  using V = hn::Vec<D>;
  const hn::Repartition<double, D> pairs;
  constexpr size_t kLanes = hn::MaxLanes(d);
  // Four rows to four vectors that hold, in each 128-bit block, one column of that block.
  const auto four = [&](size_t q, V(&out)[4]) HWY_ATTR {
    const V a = row(q), b = row(q + 1), c = row(q + 2), e = row(q + 3);
    const auto ab = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
    const auto ce = hn::BitCast(pairs, hn::InterleaveLower(d, c, e));
    const auto ab2 = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
    const auto ce2 = hn::BitCast(pairs, hn::InterleaveUpper(d, c, e));
    out[0] = hn::BitCast(d, hn::InterleaveLower(pairs, ab, ce));
    out[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, ab, ce));
    out[2] = hn::BitCast(d, hn::InterleaveLower(pairs, ab2, ce2));
    out[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, ab2, ce2));
  };
  V low[4];
  four(0, low);
  if constexpr (kLanes == 4) {
    ANSER_UNROLL for (size_t p = 0; p < 4; ++p) column(p, low[p]);
  } else {
    static_assert(kLanes == 8);
    V high[4];
    four(4, high);
    ANSER_UNROLL for (size_t p = 0; p < 4; ++p) {
      column(p, hn::ConcatLowerLower(d, high[p], low[p]));
      column(p + 4, hn::ConcatUpperUpper(d, high[p], low[p]));
    }
  }
#endif
}

/// block[j][c] = matrix[i0 + c][j], the block of columns i0.. of a state [value, key]; zeros where matrix is
/// null.
inline void load_block(const float* matrix, size_t keys, size_t i0, size_t width, float* HWY_RESTRICT block) {
  const hn::CappedTag<float, 8> d;
  const size_t lanes = hn::Lanes(d);
  if (matrix == nullptr) {
    for (size_t e = 0; e < keys * width; ++e) block[e] = 0.0f;
    return;
  }
  for (size_t c = 0; c < width; c += lanes)
    for (size_t j = 0; j < keys; j += lanes)
      transpose_tile(
          d, [&](size_t q) HWY_ATTR { return hn::LoadU(d, matrix + (i0 + c + q) * keys + j); },
          [&](size_t p, hn::Vec<decltype(d)> x) HWY_ATTR { hn::StoreU(x, d, block + (j + p) * width + c); });
}

/// matrix[i0 + c][j] = block[j][c].
inline void store_block(const float* HWY_RESTRICT block, size_t keys, size_t i0, size_t width,
                        float* matrix) {
  const hn::CappedTag<float, 8> d;
  const size_t lanes = hn::Lanes(d);
  for (size_t c = 0; c < width; c += lanes)
    for (size_t j = 0; j < keys; j += lanes)
      transpose_tile(
          d, [&](size_t q) HWY_ATTR { return hn::LoadU(d, block + (j + q) * width + c); },
          [&](size_t p, hn::Vec<decltype(d)> x)
              HWY_ATTR { hn::StoreU(x, d, matrix + (i0 + c + p) * keys + j); });
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
  const size_t group = sum_group(n);
  for (size_t j0 = 0; j0 < n; j0 += group) {
    for (size_t j = j0; j < j0 + group; ++j) {
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
