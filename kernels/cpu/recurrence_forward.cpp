// Forward pass of a few heads: one pass over the state per token (docs/math/recurrence.md section 6).
#include "kernels/cpu/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/recurrence_forward.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include <hwy/highway.h>

#include "kernels/cpu/recurrence_kernels.h"
#include "kernels/cpu/recurrence_simd-inl.h"
#include "kernels/cpu/recurrence_step-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::cpu {
namespace HWY_NAMESPACE {
namespace {

/// Vectors of a block: seven registers each, of 32 with AVX-512 and 16 with the older sets.
inline constexpr size_t kWidest = HWY_TARGET == HWY_AVX3 ? 4 : 2;

/// Some tokens of one head as floats, and the state they step.
struct ForwardRows {
  const float *r, *k, *v, *a, *b;   // at the first of the tokens
  size_t key_stride, value_stride;  // between tokens
  const float* shrink;              // [tokens][K]
  const float* a_end;               // a of the token after the last
  float* y;
  float *S, *u;    // the block of column i0 at S + i0 * K and u + i0
  const float* w;  // for prefetching only
  size_t w_stride, w_size;
  /// Tokens that are fetched ahead, counted from the first: none where rows are contiguous, which the
  /// hardware follows.
  size_t ahead;
  const float* next_checkpoint;  // the one after this chunk, or null
};

/// Fetches what the pass will read at token t but the decay, which is read with its chunk, and where y goes:
/// a store that waits for its cache line holds up those of the state behind it.
HWY_INLINE void prefetch_token(const ForwardRows& rows, bool low_rank, size_t t, size_t keys, size_t values) {
  if (t >= rows.ahead) return;
  const size_t at = t * rows.key_stride, column = t * rows.value_stride;
  prefetch_row(rows.r + at, keys), prefetch_row(rows.k + at, keys);
  prefetch_row(rows.v + column, values), prefetch_row_for_writing(rows.y + column, values);
  if (low_rank) prefetch_row(rows.a + at, keys), prefetch_row(rows.b + at, keys);
}

/// Fetches token t's part of what comes between this chunk and the next: decays to read, a checkpoint to
/// write.
HWY_INLINE void prefetch_next_chunk(const ForwardRows& rows, size_t t, size_t keys, size_t values) {
  if (t + kChunk < rows.ahead && rows.w != nullptr)
    prefetch_row(rows.w + (t + kChunk) * rows.w_stride, rows.w_size);
  const size_t part = keys * values / kChunk;
  if (rows.next_checkpoint != nullptr) prefetch_row_for_writing(rows.next_checkpoint + t * part, part);
}

/// What token t of `tokens` reads and writes in the columns from i0.
HWY_INLINE ForwardToken token_at(const ForwardRows& rows, size_t t, size_t tokens, size_t keys, size_t i0) {
  const size_t at = t * rows.key_stride, column = t * rows.value_stride + i0;
  return {.shrink = rows.shrink + t * keys,
          .b = rows.b + at,
          .k = rows.k + at,
          .r = rows.r + at,
          .a_next = t + 1 < tokens ? rows.a + at + rows.key_stride : rows.a_end,
          .v = rows.v + column,
          .y = rows.y + column};
}

/// The tokens in order; at each token the blocks of columns [first, last) of the heads take turns: while the
/// sums of one block complete, which its next token waits for, another block's work fills the gap.
template <Form kForm, bool kLowRank, bool kBefore, class D>
HWY_NOINLINE void forward_tokens(D d, const ForwardRows* heads, size_t count, size_t tokens, size_t keys,
                                 size_t values, size_t first, size_t last) {
  for (size_t t = 0; t < tokens; ++t)
    for (size_t h = 0; h < count; ++h) {
      const ForwardRows& rows = heads[h];
      if (first == 0) {
        prefetch_token(rows, kLowRank, t + kPrefetchDistance, keys, values);
        prefetch_next_chunk(rows, t, keys, values);
      }
      for_each_block<kWidest>(d, first, last, [&]<size_t N>(size_t i0) HWY_ATTR {
        MemoryState<N, D> state{d, rows.S + i0 * keys, keys};
        hn::Vec<D> u[N];
        ANSER_UNROLL for (size_t c = 0; c < N; ++c) u[c] = hn::Load(d, rows.u + i0 + c * hn::Lanes(d));
        forward_token<kForm, kLowRank, kBefore>(d, token_at(rows, t, tokens, keys, i0), state, u);
        if constexpr (kLowRank)
          ANSER_UNROLL for (size_t c = 0; c < N; ++c) hn::Store(u[c], d, rows.u + i0 + c * hn::Lanes(d));
      });
    }
}

/// The same for heads of 16 keys and one vector of columns, one head after the other: its state is in
/// registers from the first token to the last.
template <Form kForm, bool kLowRank, bool kBefore, class D>
HWY_NOINLINE void forward_small_heads(D d, const ForwardRows* heads, size_t count, size_t tokens) {
  constexpr size_t kKeys = RegisterState<D>::kRows, kLanes = hn::MaxLanes(d);
  for (size_t h = 0; h < count; ++h) {
    const ForwardRows& rows = heads[h];
    RegisterState<D> state(d, rows.S);
    hn::Vec<D> u[1] = {hn::Load(d, rows.u)};
    for (size_t t = 0; t < tokens; ++t) {
      // What comes a head later.
      if (h + 1 < count) prefetch_token(heads[h + 1], kLowRank, t, kKeys, kLanes);
      if (h + 1 == count) prefetch_token(heads[0], kLowRank, t + tokens, kKeys, kLanes);
      prefetch_next_chunk(rows, t, kKeys, kLanes);
      forward_token<kForm, kLowRank, kBefore>(d, token_at(rows, t, tokens, kKeys, 0), state, u);
    }
    state.store_to(d, rows.S);
    hn::Store(u[0], d, rows.u);
  }
}

/// Numbers of states that take turns: together they stay in the L1 cache (16 KiB).
constexpr size_t kTurns = 4096;

/// Columns of one head that take turns: whole blocks.
template <class D>
size_t group_columns(D d, size_t keys) {
  const size_t block = kWidest * hn::Lanes(d);
  return HWY_MAX(kTurns / keys / block, size_t{1}) * block;
}

/// to[j][i] <- S, which lies in blocks: the layout of a checkpoint.
template <class D>
void store_checkpoint(D d, size_t keys, size_t values, const float* HWY_RESTRICT S,
                      float* HWY_RESTRICT checkpoint) {
  const size_t lanes = hn::Lanes(d);
  for_each_block<kWidest>(d, 0, values, [&]<size_t N>(size_t i0) HWY_ATTR {
    for (size_t j = 0; j < keys; ++j)
      for (size_t c = 0; c < N * lanes; c += lanes)
        hn::StoreU(hn::Load(d, S + i0 * keys + j * N * lanes + c), d, checkpoint + j * values + i0 + c);
  });
}

/// to[i][j] <- S, the layout of sT and of snapshots.
template <class D>
void store_state(D d, size_t keys, size_t values, const float* S, float* to) {
  for_each_block<kWidest>(d, 0, values, [&]<size_t N>(size_t i0) HWY_ATTR {
    store_block(S + i0 * keys, keys, i0, N * hn::Lanes(d), to);
  });
}

HWY_ALIGN constexpr float kNoKey[kMaxSize] = {};

/// One head between its chunks, and scratch for its rows where they are not floats.
struct ForwardState {
  float* S = nullptr;  // blocks one after the other: the block of column i0 at i0 * K
  float *u = nullptr, *shrink = nullptr;
  float *r = nullptr, *k = nullptr, *v = nullptr, *y = nullptr, *a = nullptr, *b = nullptr, *w = nullptr;

  /// Takes forward_space(keys, values, converted) numbers.
  ForwardState(Arena& arena, size_t keys, size_t values, bool converted) {
    S = arena.take(keys * values), u = arena.take(values), shrink = arena.take(kChunk * keys);
    if (!converted) return;
    for (float** rows : {&r, &k, &b, &w}) *rows = arena.take(kChunk * keys);
    for (float** rows : {&v, &y}) *rows = arena.take(kChunk * values);
    a = arena.take((kChunk + 1) * keys);
  }
  ForwardState() = default;
};

template <typename Real, class D>
void start_head(D d, const ForwardHead<Real>& head, ForwardState& state) {
  const size_t keys = head.at.keys, lanes = hn::Lanes(d);
  const bool low_rank = head.mode.low_rank && head.at.time > 0;
  const float* a = low_rank ? float_rows(head.in.a, 1, keys, 0, state.a) : nullptr;
  for_each_block<kWidest>(d, 0, head.at.values, [&]<size_t N>(size_t i0) HWY_ATTR {
    load_block(head.in.s0, keys, i0, N * lanes, state.S + i0 * keys);
    if (low_rank) block_times<N>(d, keys, state.S + i0 * keys, a, state.u + i0);
  });
}

/// Tokens [begin, end) of a head as floats.
template <typename Real, class D>
ForwardRows chunk_rows(D d, const ForwardHead<Real>& head, size_t begin, size_t end, ForwardState& state) {
  constexpr bool kFloat = std::is_same_v<Real, float>;
  const HeadPlace& at = head.at;
  const size_t keys = at.keys, values = at.values, tokens = end - begin, time = at.time;
  const size_t row = begin * at.key_stride, column = begin * at.value_stride, w_at = begin * at.w_stride;
  const auto rows_of = [&](const Real* array, size_t count, float* scratch) {
    return float_rows(offset_or_null(array, row), count, keys, at.key_stride, scratch);
  };
  const ForwardState& s = state;
  const bool low_rank = head.mode.low_rank, decays = head.mode.decay != Decay::none, more = end < time;
  ForwardRows rows{};
  rows.key_stride = kFloat ? at.key_stride : keys, rows.value_stride = kFloat ? at.value_stride : values;
  rows.r = rows_of(head.in.r, tokens, s.r), rows.k = rows_of(head.in.k, tokens, s.k);
  rows.v = float_rows(head.in.v + column, tokens, values, at.value_stride, s.v);
  rows.a = rows.b = rows.a_end = kNoKey;
  if (low_rank) {
    rows.a = rows_of(head.in.a, more ? tokens + 1 : tokens, s.a), rows.b = rows_of(head.in.b, tokens, s.b);
    if (more) rows.a_end = rows.a + tokens * rows.key_stride;
  }
  if (!low_rank) rows.a = rows.b = rows.k;
  rows.w_size = head.mode.decay_per_head ? 1 : keys;
  if (decays) {
    rows.w = float_rows(head.in.w + w_at, tokens, rows.w_size, at.w_stride, s.w);
    rows.w_stride = kFloat ? at.w_stride : rows.w_size;
    decay_rows(d, head.mode, tokens, keys, rows.w, rows.w_stride, state.shrink, nullptr);
  }
  rows.shrink = state.shrink, rows.S = state.S, rows.u = state.u;
  rows.ahead = kFloat && keys < static_cast<size_t>(at.key_stride) ? time - begin : 0;
  if (head.checkpoints != nullptr && more)
    rows.next_checkpoint = head.checkpoints + (begin / kChunk + 1) * head.state_stride;
  if constexpr (kFloat) rows.y = head.y + column;
  if constexpr (!kFloat) rows.y = s.y;
  return rows;
}

/// What a chunk leaves behind: y of another type, a snapshot after its last token.
template <typename Real, class D>
void finish_chunk(D d, const ForwardHead<Real>& head, size_t begin, size_t end, const ForwardRows& rows) {
  const size_t keys = head.at.keys, values = head.at.values;
  if constexpr (!std::is_same_v<Real, float>)
    for (size_t t = begin; t < end; ++t)
      for (size_t i = 0; i < values; ++i)
        head.y[t * head.at.value_stride + i] = to_bf16(rows.y[(t - begin) * values + i]);
  if (head.snapshots == nullptr || end % head.snapshot_interval != 0) return;
  store_state(d, keys, values, rows.S,
              head.snapshots + (end / head.snapshot_interval - 1) * head.state_stride);
}

/// End of the chunk that begins at `begin`: chunks are cut at checkpoints and snapshots.
template <typename Real>
size_t chunk_end(const ForwardHead<Real>& head, size_t begin) {
  size_t end = HWY_MIN(begin / kChunk * kChunk + kChunk, static_cast<size_t>(head.at.time));
  const size_t interval = head.snapshot_interval;
  if (head.snapshots != nullptr) end = HWY_MIN(end, begin / interval * interval + interval);
  return end;
}

template <class D>
HWY_NOINLINE void run_columns(D d, const RecurrenceMode& mode, const ForwardRows* rows, size_t count,
                              size_t tokens, size_t keys, size_t values, size_t first, size_t last) {
  with_mode(mode, [&]<Form kForm, bool kLowRank, bool kBefore>() HWY_ATTR {
    if constexpr (kHasRegisterState<D>) {
      if (fits_registers(d, keys, values))
        return forward_small_heads<kForm, kLowRank, kBefore>(d, rows, count, tokens);
    }
    forward_tokens<kForm, kLowRank, kBefore>(d, rows, count, tokens, keys, values, first, last);
  });
}

/// All the heads through one chunk: token by token as many together as have states that fit the L1 cache; the
/// heads' rows of one token share pages and cache lines.
template <class D>
void run_chunk(D d, const RecurrenceMode& mode, const ForwardRows* rows, size_t count, size_t tokens,
               size_t keys, size_t values) {
  const size_t together = HWY_MAX(kTurns / (keys * values), size_t{1});
  const size_t columns = together > 1 ? values : group_columns(d, keys);
  for (size_t h = 0; h < count; h += together)
    for (size_t first = 0; first < values; first += columns)
      run_columns(d, mode, rows + h, HWY_MIN(together, count - h), tokens, keys, values, first,
                  HWY_MIN(first + columns, values));
}

template <typename Real, class D>
void forward_heads(D d, const ForwardHead<Real>* heads, size_t count) {
  HWY_ALIGN float memory[kForwardSpace];
  Arena arena(memory);
  ForwardState states[kForwardHeads];
  ForwardRows rows[kForwardHeads];
  const size_t keys = heads[0].at.keys, values = heads[0].at.values, time = heads[0].at.time;
  for (size_t h = 0; h < count; ++h) {
    states[h] = ForwardState(arena, keys, values, !std::is_same_v<Real, float>);
    start_head(d, heads[h], states[h]);
  }
  for (size_t begin = 0; begin < time; begin = chunk_end(heads[0], begin)) {
    const size_t end = chunk_end(heads[0], begin);
    for (size_t h = 0; h < count; ++h) {
      rows[h] = chunk_rows(d, heads[h], begin, end, states[h]);
      if (heads[h].checkpoints != nullptr && begin % kChunk == 0)
        store_checkpoint(d, keys, values, states[h].S,
                         heads[h].checkpoints + begin / kChunk * heads[h].state_stride);
    }
    run_chunk(d, heads[0].mode, rows, count, end - begin, keys, values);
    for (size_t h = 0; h < count; ++h) finish_chunk(d, heads[h], begin, end, rows[h]);
  }
  for (size_t h = 0; h < count; ++h)
    if (heads[h].sT != nullptr) store_state(d, keys, values, states[h].S, heads[h].sT);
}

/// One token, block by block: what leaves memory comes back to it once.
template <class D>
void decode_blocks(D d, const RecurrenceMode& mode, const ForwardRows& rows, size_t keys, size_t values,
                   float* state) {
  for_each_block<kWidest>(d, 0, values, [&]<size_t N>(size_t i0) HWY_ATTR {
    const size_t width = N * hn::Lanes(d);
    load_block(state, keys, i0, width, rows.S + i0 * keys);
    if (mode.low_rank) block_times<N>(d, keys, rows.S + i0 * keys, rows.a, rows.u + i0);
    run_columns(d, mode, &rows, 1, 1, keys, values, i0, i0 + width);
    store_block(rows.S + i0 * keys, keys, i0, width, state);
  });
}

template <typename Real, class D>
void decode_head(D d, const ForwardHead<Real>& head, float* state) {
  HWY_ALIGN float memory[kForwardSpace];
  Arena arena(memory);
  ForwardState space(arena, head.at.keys, head.at.values, !std::is_same_v<Real, float>);
  const ForwardRows rows = chunk_rows(d, head, 0, 1, space);
  decode_blocks(d, head.mode, rows, head.at.keys, head.at.values, state);
  finish_chunk(d, head, 0, 1, rows);
}

void forward_float(const ForwardHead<float>* heads, size_t count) {
  with_tag(heads[0].at, [&](auto d) HWY_ATTR { forward_heads(d, heads, count); });
}
void forward_bf16(const ForwardHead<Bf16>* heads, size_t count) {
  with_tag(heads[0].at, [&](auto d) HWY_ATTR { forward_heads(d, heads, count); });
}
void decode_float(const ForwardHead<float>& head, float* state) {
  with_tag(head.at, [&](auto d) HWY_ATTR { decode_head(d, head, state); });
}
void decode_bf16(const ForwardHead<Bf16>& head, float* state) {
  with_tag(head.at, [&](auto d) HWY_ATTR { decode_head(d, head, state); });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace anser::kernels::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::cpu {

HWY_EXPORT(forward_float);
HWY_EXPORT(forward_bf16);
HWY_EXPORT(decode_float);
HWY_EXPORT(decode_bf16);

void forward_heads(const ForwardHead<float>* heads, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(forward_float)(heads, count);
}
void forward_heads(const ForwardHead<Bf16>* heads, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(forward_bf16)(heads, count);
}
void decode_head(const ForwardHead<float>& head, float* state) {
  HWY_DYNAMIC_DISPATCH(decode_float)(head, state);
}
void decode_head(const ForwardHead<Bf16>& head, float* state) {
  HWY_DYNAMIC_DISPATCH(decode_bf16)(head, state);
}

}  // namespace anser::kernels::cpu
#endif
