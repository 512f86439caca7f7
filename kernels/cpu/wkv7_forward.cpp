// Forward pass of a few heads: one pass over the state per token (docs/math/wkv7.md section 4).
#include "kernels/cpu/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/wkv7_forward.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include <hwy/highway.h>

#include "kernels/cpu/wkv7_kernels.h"
#include "kernels/cpu/wkv7_simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::cpu {
namespace HWY_NAMESPACE {
namespace {

/// The rows of one token that a block needs at every key, and the columns it needs once.
struct ForwardToken {
  const float *shrink, *b, *k, *r;  // [N]
  const float* a_next;              // [N], a of the token that follows
  const float* v;                   // [W]
  float* y;                         // [W]
};

/// S <- S + S shrink + u b + v k, y = S r and u <- S a_next, in one pass over the block of K vectors.
template <size_t K, class D, class V = hn::Vec<D>>
HWY_INLINE void forward_token(D d, size_t n, const ForwardToken& token, float* HWY_RESTRICT S,
                              float* HWY_RESTRICT u_row) {
  const size_t lanes = hn::Lanes(d);
  V u[K], v[K], y[K], u_part[K], u_next[K];
  ANSER_UNROLL for (size_t c = 0; c < K; ++c) {
    u[c] = hn::Load(d, u_row + c * lanes);
    v[c] = hn::LoadU(d, token.v + c * lanes);
    y[c] = u_part[c] = u_next[c] = hn::Zero(d);
  }
  for (size_t j0 = 0; j0 < n; j0 += kSumGroup) {
    for (size_t j = j0; j < j0 + kSumGroup; ++j) {
      const V shrink = hn::Set(d, token.shrink[j]), b = hn::Set(d, token.b[j]), k = hn::Set(d, token.k[j]);
      const V r = hn::Set(d, token.r[j]), a = hn::Set(d, token.a_next[j]);
      float* HWY_RESTRICT row = S + j * K * lanes;
      ANSER_UNROLL for (size_t c = 0; c < K; ++c) {
        V s = hn::Load(d, row + c * lanes);
        s = hn::MulAdd(s, shrink, s);
        s = hn::MulAdd(u[c], b, s);
        s = hn::MulAdd(v[c], k, s);
        hn::Store(s, d, row + c * lanes);
        u_part[c] = hn::MulAdd(s, a, u_part[c]);
        y[c] = hn::MulAdd(s, r, y[c]);
      }
    }
    flush(u_next, u_part);
  }
  ANSER_UNROLL for (size_t c = 0; c < K; ++c) {
    hn::StoreU(y[c], d, token.y + c * lanes);
    hn::Store(u_next[c], d, u_row + c * lanes);
  }
}

/// Columns whose blocks take turns at every token: while the sums of one block complete, which its next token
/// waits for, another block's work fills the gap. Together they stay in the L1 cache (16 KiB).
size_t group_columns(size_t n) {
  return HWY_MAX(size_t{4096} / n / 32 * 32, size_t{32});
}

/// Fetches what token t reads but its decay, which is read with its chunk.
void prefetch_token(const Wkv7ForwardHead& head, size_t t) {
  if (t >= static_cast<size_t>(head.time)) return;
  for (const float* array : {head.in.r, head.in.k, head.in.v, head.in.a, head.in.b})
    prefetch_row(array + t * head.stride, head.size);
}

void prefetch_decay(const Wkv7ForwardHead& head, size_t t) {
  if (t < static_cast<size_t>(head.time)) prefetch_row(head.in.w + t * head.stride, head.size);
}

/// Tokens [begin, end) for the columns [first, last).
template <class D>
void forward_group(D d, const Wkv7ForwardHead& head, size_t begin, size_t end, const float* shrink,
                   size_t first, size_t last, float* S, float* u) {
  HWY_ALIGN static constexpr float kNoKey[kMaxSize] = {};
  const size_t n = head.size, time = head.time;
  for (size_t t = begin; t < end; ++t) {
    const size_t at = t * head.stride;
    const float* a_next = t + 1 < time ? head.in.a + at + head.stride : kNoKey;
    if (first == 0) {
      prefetch_token(head, t + kPrefetchDistance);
      prefetch_decay(head, t + kChunk);
    }
    for_each_block<2>(d, first, last, [&]<size_t K>(size_t i0) HWY_ATTR {
      forward_token<K>(d, n,
                       {.shrink = shrink + (t - begin) * n,
                        .b = head.in.b + at,
                        .k = head.in.k + at,
                        .r = head.in.r + at,
                        .a_next = a_next,
                        .v = head.in.v + at + i0,
                        .y = head.y + at + i0},
                       S + i0 * n, u + i0);
    });
  }
}

/// checkpoint[j][i] <- S, which lies in blocks.
template <class D>
void store_checkpoint(D d, size_t n, const float* HWY_RESTRICT S, float* HWY_RESTRICT checkpoint) {
  const size_t lanes = hn::Lanes(d);
  for_each_block<2>(d, 0, n, [&]<size_t K>(size_t i0) HWY_ATTR {
    for (size_t j = 0; j < n; ++j)
      for (size_t c = 0; c < K * lanes; c += lanes)
        hn::StoreU(hn::Load(d, S + i0 * n + j * K * lanes + c), d, checkpoint + j * n + i0 + c);
  });
}

/// One head between its chunks.
struct ForwardState {
  HWY_ALIGN float S[kMaxSize * kMaxSize];  // blocks one after the other: the block of column i0 at i0 * n
  HWY_ALIGN float u[kMaxSize];
};

template <class D>
void start_head(D d, const Wkv7ForwardHead& head, ForwardState& state) {
  const size_t n = head.size, lanes = hn::Lanes(d);
  for (size_t t = 0; t < kChunk; ++t) prefetch_decay(head, t);
  for (size_t t = 0; t < kPrefetchDistance; ++t) prefetch_token(head, t);
  for_each_block<2>(d, 0, n, [&]<size_t K>(size_t i0) HWY_ATTR {
    load_block(head.in.s0, n, i0, K * lanes, state.S + i0 * n);
    if (head.time > 0) block_times<K>(d, n, state.S + i0 * n, head.in.a, state.u + i0);
  });
}

template <class D>
void forward_chunk(D d, const Wkv7ForwardHead& head, size_t begin, size_t end, ForwardState& state) {
  HWY_ALIGN float shrink[kChunk * kMaxSize];
  const size_t n = head.size;
  for (size_t t = begin; t < end; ++t)
    decay_rows(d, head.decay, n, head.in.w + t * head.stride, shrink + (t - begin) * n, nullptr);
  if (head.checkpoints != nullptr) store_checkpoint(d, n, state.S, head.checkpoints + begin / kChunk * n * n);
  for (size_t first = 0; first < n; first += group_columns(n))
    forward_group(d, head, begin, end, shrink, first, HWY_MIN(first + group_columns(n), n), state.S, state.u);
}

/// Chunk by chunk through all the heads: their rows of one token share pages and cache lines.
template <class D>
void forward_heads(D d, const Wkv7ForwardHead* heads, size_t count) {
  ForwardState states[kForwardHeads];
  const size_t n = heads[0].size, time = heads[0].time;
  for (size_t h = 0; h < count; ++h) start_head(d, heads[h], states[h]);
  for (size_t begin = 0; begin < time; begin += kChunk)
    for (size_t h = 0; h < count; ++h)
      forward_chunk(d, heads[h], begin, HWY_MIN(begin + kChunk, time), states[h]);
  for (size_t h = 0; h < count; ++h) {
    if (heads[h].sT == nullptr) continue;
    for_each_block<2>(d, 0, n, [&]<size_t K>(size_t i0) {
      store_block(states[h].S + i0 * n, n, i0, K * hn::Lanes(d), heads[h].sT);
    });
  }
}

void forward_heads_any(const Wkv7ForwardHead* heads, size_t count) {
  with_tag(heads[0].size, [&](auto d) HWY_ATTR { forward_heads(d, heads, count); });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace anser::kernels::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::cpu {

HWY_EXPORT(forward_heads_any);

void wkv7_forward_heads(const Wkv7ForwardHead* heads, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(forward_heads_any)(heads, count);
}

}  // namespace anser::kernels::cpu
#endif
