// One token of the recurrence on a block of a state that lies as [key][value], in memory or in registers: the
// forward pass, and the backward pass of small heads (docs/math/recurrence.md section 6).

// Per-target include guard
#if defined(ANSER_KERNELS_CPU_RECURRENCE_STEP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ANSER_KERNELS_CPU_RECURRENCE_STEP_INL_H_
#undef ANSER_KERNELS_CPU_RECURRENCE_STEP_INL_H_
#else
#define ANSER_KERNELS_CPU_RECURRENCE_STEP_INL_H_
#endif

#include "kernels/cpu/recurrence_simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::cpu {
namespace HWY_NAMESPACE {

/// Keys that straight code steps: a divisor of every sum_group.
inline constexpr size_t kUnrolled = kSumGroup / 2;

/// The rows of one token that a block needs at every key, and the columns it needs once.
struct ForwardToken {
  const float *shrink, *b, *k, *r;  // [K]
  const float* a_next;              // [K], a of the token that follows
  const float* v;                   // [W]
  float* y;                         // [W]
};

/// A block of N vectors whose rows stay in memory.
template <size_t kVectors, class D>
struct MemoryState {
  using V = hn::Vec<D>;
  static constexpr size_t N = kVectors;
  D d;
  float* HWY_RESTRICT S;
  size_t keys;
  HWY_INLINE V load(size_t j, size_t c) const { return hn::Load(d, at(j, c)); }
  HWY_INLINE void store(V s, size_t j, size_t c) const { hn::Store(s, d, at(j, c)); }
  HWY_INLINE float* at(size_t j, size_t c) const { return S + (j * N + c) * hn::Lanes(d); }
  /// Calls step(j) for every key and flush() after every sum_group.
  template <class Step, class Flush>
  HWY_INLINE void for_each_key(Step step, Flush flush_sums) const {
    const size_t group = sum_group(keys);
    for (size_t j0 = 0; j0 < keys; j0 += group) {
      for (size_t j = j0; j < j0 + group; j += kUnrolled)
        ANSER_UNROLL for (size_t q = 0; q < kUnrolled; ++q) step(j + q);
      flush_sums();
    }
  }
};

/// A state of one vector and few rows, which are registers from token to token.
template <class D>
struct RegisterState {
  using V = hn::Vec<D>;
  static constexpr size_t N = 1, kRows = 16;
  V rows[kRows];
  HWY_INLINE RegisterState(D d, const float* from) {
    for_each_key([&](size_t j) HWY_ATTR { rows[j] = hn::LoadU(d, from + j * hn::Lanes(d)); }, [] {});
  }
  HWY_INLINE void store_to(D d, float* to) const {
    for_each_key([&](size_t j) HWY_ATTR { hn::Store(rows[j], d, to + j * hn::Lanes(d)); }, [] {});
  }
  HWY_INLINE V load(size_t j, size_t) const { return rows[j]; }
  HWY_INLINE void store(V s, size_t j, size_t) { rows[j] = s; }
  template <class Step, class Flush>
  HWY_INLINE void for_each_key(Step step, Flush flush_sums) const {
    ANSER_UNROLL for (size_t j0 = 0; j0 < kRows; j0 += kSumGroup) {
      ANSER_UNROLL for (size_t q = 0; q < kSumGroup; ++q) step(j0 + q);
      flush_sums();
    }
  }
};

/// Whether vectors of this tag are rows of a RegisterState: 16 of AVX-512's 32 registers.
template <class D>
inline constexpr bool kHasRegisterState = HWY_TARGET == HWY_AVX3&& hn::MaxLanes(D()) == 16;

/// Whether a head's whole state is a RegisterState, in either layout.
template <class D>
HWY_INLINE bool fits_registers(D, size_t keys, size_t values) {
  return keys == RegisterState<D>::kRows && values == hn::MaxLanes(D());
}

/// S <- decayed S + u b + v k, y = S r (of the old or the new S) and u <- S a_next, in one pass over a block.
/// A key's vectors step together, so that the chains of dependent operations are short.
template <Form kForm, bool kLowRank, bool kBefore, class D, class State, size_t N = State::N,
          class V = hn::Vec<D>>
HWY_INLINE void forward_token(D d, const ForwardToken& token, State& state, V (&u)[N]) {
  const size_t lanes = hn::Lanes(d);
  V v[N], y[N], y_part[N], u_part[N], u_next[N];
  ANSER_UNROLL for (size_t c = 0; c < N; ++c) {
    v[c] = hn::LoadU(d, token.v + c * lanes);
    y[c] = y_part[c] = u_part[c] = u_next[c] = hn::Zero(d);
  }
  const auto step = [&](size_t j) HWY_ATTR {
    const V shrink = kForm == Form::keep ? hn::Zero(d) : hn::Set(d, token.shrink[j]);
    const V k = hn::Set(d, token.k[j]), b = kLowRank ? hn::Set(d, token.b[j]) : k;
    V s[N];
    ANSER_UNROLL for (size_t c = 0; c < N; ++c) {
      s[c] = state.load(j, c);
      if constexpr (kBefore) y_part[c] = hn::MulAdd(s[c], hn::Set(d, token.r[j]), y_part[c]);
      s[c] = apply_decay<kForm>(s[c], shrink);
      if constexpr (kLowRank) s[c] = hn::MulAdd(u[c], b, s[c]);
      s[c] = hn::MulAdd(v[c], k, s[c]);
      state.store(s[c], j, c);
    }
    // Loaded after the stores: GCC would otherwise broadcast through a shuffle, on a port the sums need.
    const V r = hn::Set(d, token.r[j]), a = kLowRank ? hn::Set(d, token.a_next[j]) : r;
    ANSER_UNROLL for (size_t c = 0; c < N; ++c) {
      if constexpr (kLowRank) u_part[c] = hn::MulAdd(s[c], a, u_part[c]);
      if constexpr (!kBefore) y_part[c] = hn::MulAdd(s[c], r, y_part[c]);
    }
  };
  state.for_each_key(step, [&]() HWY_ATTR {
    flush(y, y_part);
    if constexpr (kLowRank) flush(u_next, u_part);
  });
  ANSER_UNROLL for (size_t c = 0; c < N; ++c) {
    hn::StoreU(y[c], d, token.y + c * lanes);
    if constexpr (kLowRank) u[c] = u_next[c];
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace anser::kernels::cpu
HWY_AFTER_NAMESPACE();

#endif
