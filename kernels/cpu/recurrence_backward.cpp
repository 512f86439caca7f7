// Backward pass of a few heads (docs/math/recurrence.md section 6): chunk by chunk from the end, the states
// of the chunk are recomputed from its checkpoint, then the adjoint runs through it backwards.
#include "kernels/cpu/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/recurrence_backward.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include <hwy/highway.h>

#include <algorithm>

#include "kernels/cpu/recurrence_chunk-inl.h"
#include "kernels/cpu/recurrence_kernels.h"
#include "kernels/cpu/recurrence_simd-inl.h"
#include "kernels/cpu/recurrence_small_chunk-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::cpu {
namespace HWY_NAMESPACE {
namespace {

/// Takes the sums over one block's columns to a row of gradients: stored by the first block, added by the
/// others.
template <class D>
struct RowSink {
  D d;
  bool first;
  void operator()(hn::Vec<D> sums, float* row) const {
    hn::StoreU(first ? sums : hn::Add(hn::LoadU(d, row), sums), d, row);
  }
};

/// Numbers between the place in work and the one fetched into the first-level cache, of the states of a
/// chunk, which wait in the second.
inline constexpr size_t kStateAhead = 512;

HWY_INLINE void prefetch_line(const float* at) {
  __builtin_prefetch(at, 0, 3);
}
HWY_INLINE void prefetch_line_for_writing(const float* at) {
  __builtin_prefetch(at, 1, 3);
}

/// S_after = decayed S_before + u b + v k, u_next = S_after a_next, dr += dy S_after or dy S_before.
struct RecomputeToken {
  const float *shrink, *b, *k, *a_next;  // [K]
  const float *u, *v, *dy;               // [W]
  float* u_next;                         // [W]
  float* dr;                             // [K]
};

template <Form kForm, bool kLowRank, bool kBefore, size_t N, class D, class V = hn::Vec<D>>
HWY_NOINLINE void recompute_token(D d, size_t keys, const RecomputeToken& token,
                                  const float* HWY_RESTRICT S_before, float* HWY_RESTRICT S_after,
                                  const RowSink<D>& sink, LineQueue& queue) {
  constexpr size_t kLanes = hn::MaxLanes(d), kGroup = HWY_MAX(kLanes, kSumGroup);
  HWY_ALIGN float dr_rows[kGroup * kLanes];
  V u[N], v[N], dy[N], u_part[N], u_next[N];
  ANSER_UNROLL for (size_t c = 0; c < N; ++c) {
    u[c] = kLowRank ? hn::Load(d, token.u + c * kLanes) : hn::Zero(d);
    v[c] = hn::LoadU(d, token.v + c * kLanes);
    dy[c] = hn::LoadU(d, token.dy + c * kLanes);
    u_part[c] = u_next[c] = hn::Zero(d);
  }
  for (size_t j0 = 0; j0 < keys; j0 += kGroup) {
    for (size_t q = 0; q < kGroup; ++q) {
      const size_t j = j0 + q;
      const V shrink = kForm == Form::keep ? hn::Zero(d) : hn::Set(d, token.shrink[j]);
      const V k = hn::Set(d, token.k[j]);
      const V b = kLowRank ? hn::Set(d, token.b[j]) : k, a = kLowRank ? hn::Set(d, token.a_next[j]) : k;
      V dr = hn::Zero(d);
      ANSER_UNROLL for (size_t c = 0; c < N; ++c) {
        const size_t e = (j * N + c) * kLanes;
        prefetch_line_for_writing(S_after + e + kStateAhead);
        V s = hn::Load(d, S_before + e);
        if constexpr (kBefore) dr = hn::MulAdd(s, dy[c], dr);
        s = apply_decay<kForm>(s, shrink);
        if constexpr (kLowRank) s = hn::MulAdd(u[c], b, s);
        s = hn::MulAdd(v[c], k, s);
        hn::Store(s, d, S_after + e);
        if constexpr (kLowRank) u_part[c] = hn::MulAdd(s, a, u_part[c]);
        if constexpr (!kBefore) dr = hn::MulAdd(s, dy[c], dr);
      }
      hn::Store(dr, d, dr_rows + q * kLanes);
    }
    queue.fetch();
    if constexpr (kLowRank) flush(u_next, u_part);
    for (size_t q = 0; q < kGroup; q += kLanes) sink(sum_rows(d, dr_rows + q * kLanes), token.dr + j0 + q);
  }
  if constexpr (kLowRank)
    ANSER_UNROLL for (size_t c = 0; c < N; ++c) hn::Store(u_next[c], d, token.u_next + c * kLanes);
}

/// From the adjoint A of the token after (its rows shrink_after, a_after and du): D = decayed A + du a_after
/// + dy r is the adjoint of this token's state, dy and r of the token that reads it; then dv = D k, du = D b,
/// dk += v D, db += u D.
struct AdjointToken {
  const float *shrink_after, *a_after, *r, *k, *b;  // [K]
  const float *dy, *v, *u;                          // [W]
  float* du;                                        // [W], in: of the token after, out: of this one
  float* dv;                                        // [W]
  float *dk, *db;                                   // [K]
};

template <Form kForm, bool kLowRank, size_t N, class D, class V = hn::Vec<D>>
HWY_NOINLINE void adjoint_token(D d, size_t keys, const AdjointToken& token, float* HWY_RESTRICT A,
                                const RowSink<D>& sink, LineQueue& queue) {
  constexpr size_t kLanes = hn::MaxLanes(d), kGroup = HWY_MAX(kLanes, kSumGroup);
  HWY_ALIGN float dk_rows[kGroup * kLanes], db_rows[kGroup * kLanes];
  V dy[N], v[N], u[N], du_after[N], dv[N], du_part[N], du[N];
  ANSER_UNROLL for (size_t c = 0; c < N; ++c) {
    dy[c] = hn::LoadU(d, token.dy + c * kLanes);
    v[c] = hn::LoadU(d, token.v + c * kLanes);
    u[c] = kLowRank ? hn::Load(d, token.u + c * kLanes) : hn::Zero(d);
    du_after[c] = kLowRank ? hn::Load(d, token.du + c * kLanes) : hn::Zero(d);
    dv[c] = du_part[c] = du[c] = hn::Zero(d);
  }
  for (size_t j0 = 0; j0 < keys; j0 += kGroup) {
    for (size_t q = 0; q < kGroup; ++q) {
      const size_t j = j0 + q;
      const V shrink = kForm == Form::keep ? hn::Zero(d) : hn::Set(d, token.shrink_after[j]);
      const V r = hn::Set(d, token.r[j]), a = kLowRank ? hn::Set(d, token.a_after[j]) : r;
      V x[N], dk = hn::Zero(d), db = hn::Zero(d);
      ANSER_UNROLL for (size_t c = 0; c < N; ++c) {
        const size_t e = (j * N + c) * kLanes;
        x[c] = apply_decay<kForm>(hn::Load(d, A + e), shrink);
        if constexpr (kLowRank) x[c] = hn::MulAdd(du_after[c], a, x[c]);
        x[c] = hn::MulAdd(dy[c], r, x[c]);
        hn::Store(x[c], d, A + e);
      }
      // Loaded after the stores: GCC would otherwise broadcast through a shuffle, on a port the sums need.
      const V k = hn::Set(d, token.k[j]), b = kLowRank ? hn::Set(d, token.b[j]) : k;
      ANSER_UNROLL for (size_t c = 0; c < N; ++c) {
        dv[c] = hn::MulAdd(x[c], k, dv[c]);
        if constexpr (kLowRank) du_part[c] = hn::MulAdd(x[c], b, du_part[c]);
        dk = hn::MulAdd(x[c], v[c], dk);
        if constexpr (kLowRank) db = hn::MulAdd(x[c], u[c], db);
      }
      hn::Store(dk, d, dk_rows + q * kLanes);
      if constexpr (kLowRank) hn::Store(db, d, db_rows + q * kLanes);
    }
    queue.fetch();
    if constexpr (kLowRank) flush(du, du_part);
    for (size_t q = 0; q < kGroup; q += kLanes) {
      sink(sum_rows(d, dk_rows + q * kLanes), token.dk + j0 + q);
      if constexpr (kLowRank) sink(sum_rows(d, db_rows + q * kLanes), token.db + j0 + q);
    }
  }
  ANSER_UNROLL for (size_t c = 0; c < N; ++c) {
    hn::StoreU(dv[c], d, token.dv + c * kLanes);
    if constexpr (kLowRank) hn::Store(du[c], d, token.du + c * kLanes);
  }
}

/// da += du S_before and dw += slope * (D . S_before), the sums over value channels of the adjoint and the
/// state.
template <Form kForm, bool kLowRank, size_t N, class D, class V = hn::Vec<D>>
HWY_NOINLINE void state_products(D d, size_t keys, const float* HWY_RESTRICT A,
                                 const float* HWY_RESTRICT S_before, const float* du_row, const float* slope,
                                 float* da, float* dw, const RowSink<D>& sink, LineQueue& queue) {
  constexpr size_t kLanes = hn::MaxLanes(d), kGroup = HWY_MAX(kLanes, kSumGroup);
  constexpr bool kDecay = kForm != Form::keep;
  HWY_ALIGN float da_rows[kGroup * kLanes], dw_rows[kGroup * kLanes];
  V du[N];
  ANSER_UNROLL for (size_t c = 0; c < N; ++c) du[c] =
      kLowRank ? hn::Load(d, du_row + c * kLanes) : hn::Zero(d);
  for (size_t j0 = 0; j0 < keys; j0 += kGroup) {
    for (size_t q = 0; q < kGroup; ++q) {
      V a = hn::Zero(d), w = hn::Zero(d);
      ANSER_UNROLL for (size_t c = 0; c < N; ++c) {
        const size_t e = ((j0 + q) * N + c) * kLanes;
        prefetch_line(S_before + e + kStateAhead);
        const V s = hn::Load(d, S_before + e);
        if constexpr (kLowRank) a = hn::MulAdd(s, du[c], a);
        if constexpr (kDecay) w = hn::MulAdd(s, hn::Load(d, A + e), w);
      }
      if constexpr (kLowRank) hn::Store(a, d, da_rows + q * kLanes);
      if constexpr (kDecay) hn::Store(w, d, dw_rows + q * kLanes);
    }
    queue.fetch();
    for (size_t q = 0; q < kGroup; q += kLanes) {
      if constexpr (kLowRank) sink(sum_rows(d, da_rows + q * kLanes), da + j0 + q);
      if constexpr (kDecay)
        sink(hn::Mul(sum_rows(d, dw_rows + q * kLanes), hn::LoadU(d, slope + j0 + q)), dw + j0 + q);
    }
  }
}

template <typename Real>
BackwardRows chunk_rows(const BackwardHead<Real>& head, const BackwardWorkspace& space, size_t begin,
                        size_t end) {
  constexpr bool kFloat = std::is_same_v<Real, float>;
  const HeadPlace& at = head.at;
  const size_t keys = at.keys, values = at.values, tokens = end - begin;
  const size_t row = begin * at.key_stride, column = begin * at.value_stride;
  const bool more = end < static_cast<size_t>(at.time), low_rank = head.mode.low_rank;
  const size_t read = more ? tokens + 1 : tokens;
  const auto key_rows = [&](const Real* array, float* scratch) {
    return float_rows(array + row, read, keys, at.key_stride, scratch);
  };
  const auto value_rows = [&](const Real* array, float* scratch) {
    return float_rows(array + column, read, values, at.value_stride, scratch);
  };
  BackwardRows rows{};
  rows.tokens = tokens;
  rows.key_stride = kFloat ? at.key_stride : keys, rows.value_stride = kFloat ? at.value_stride : values;
  rows.r = key_rows(head.in.r, space.r), rows.k = key_rows(head.in.k, space.k);
  rows.v = value_rows(head.in.v, space.v), rows.dy = value_rows(head.dy, space.dy);
  rows.a = low_rank ? key_rows(head.in.a, space.a) : rows.k;
  rows.b = low_rank ? key_rows(head.in.b, space.b) : rows.k;
  rows.r_after = more ? rows.r + tokens * rows.key_stride : kNoRow;
  rows.a_after = more ? rows.a + tokens * rows.key_stride : kNoRow;
  rows.dy_after = more ? rows.dy + tokens * rows.value_stride : kNoRow;
  rows.dr = space.dr, rows.dk = space.dk, rows.da = space.da, rows.db = space.db, rows.dv = space.dv;
  rows.dw = space.dw, rows.dw_stride = keys;
  if constexpr (kFloat) {
    const RecurrenceGradients<float>& g = head.grads;
    rows.dr = g.dr + row, rows.dk = g.dk + row, rows.dv = g.dv + column;
    if (low_rank) rows.da = g.da + row, rows.db = g.db + row;
    if (head.mode.decay != Decay::none && !head.mode.decay_per_head)
      rows.dw = g.dw + row, rows.dw_stride = at.key_stride;
  }
  return rows;
}

/// Decay factors of the chunk that begins at `begin`.
template <typename Real, class D>
void chunk_decays(D d, const BackwardHead<Real>& head, const BackwardWorkspace& space, size_t begin,
                  size_t tokens) {
  if (head.mode.decay == Decay::none) return;
  constexpr bool kFloat = std::is_same_v<Real, float>;
  const size_t w_size = head.mode.decay_per_head ? 1 : head.at.keys, stride = head.at.w_stride;
  const float* w = float_rows(head.in.w + begin * stride, tokens, w_size, stride, space.w);
  decay_rows(d, head.mode, tokens, head.at.keys, w, kFloat ? stride : w_size, space.shrink, space.slope);
}

/// A chunk of one head, for the block of N vectors at column i0.
template <Form kForm, bool kLowRank, bool kBefore, size_t N, class D>
void backward_chunk(D d, const BackwardRows& rows, const BackwardWorkspace& space,
                    const BackwardWorkspace::Own& own, size_t keys, size_t values,
                    const float* HWY_RESTRICT checkpoint, size_t i0) {
  const size_t width = N * hn::Lanes(d), block = keys * width, tokens = rows.tokens;
  const RowSink<D> sink{d, i0 == 0};
  LineQueue queue;
  for (size_t j = 0; j < keys; ++j)  // the checkpoint is [j][i]
    copy_row(d, checkpoint + j * values + i0, width, space.states + j * width);
  if constexpr (kLowRank) block_times<N>(d, keys, space.states, rows.a, space.u);
  for (size_t s = 0; s < tokens; ++s) {
    const size_t at = s * rows.key_stride, column = s * rows.value_stride + i0;
    if (i0 == 0) rows.ahead.queue_inputs(s, queue);
    recompute_token<kForm, kLowRank, kBefore, N>(
        d, keys,
        {.shrink = space.shrink + s * keys,
         .b = rows.b + at,
         .k = rows.k + at,
         .a_next = rows.a + (s + 1 < tokens ? at + rows.key_stride : at),
         .u = space.u + s * width,
         .v = rows.v + column,
         .dy = rows.dy + column,
         .u_next = space.u + (s + 1) * width,
         .dr = rows.dr + at},
        space.states + s * block, space.states + (s + 1) * block, sink, queue);
  }
  float* adjoint = own.adjoint + i0 * keys;
  for (size_t s = tokens; s-- > 0;) {
    const size_t at = s * rows.key_stride, column = s * rows.value_stride + i0;
    if (i0 == 0) rows.ahead.queue_gradients(s, queue);
    adjoint_token<kForm, kLowRank, N>(d, keys,
                                      {.shrink_after = space.shrink + (s + 1) * keys,
                                       .a_after = rows.next_a(s),
                                       .r = rows.template reader_r<kBefore>(s),
                                       .k = rows.k + at,
                                       .b = rows.b + at,
                                       .dy = rows.template reader_dy<kBefore>(s) + i0,
                                       .v = rows.v + column,
                                       .u = space.u + s * width,
                                       .du = own.du + i0,
                                       .dv = rows.dv + column,
                                       .dk = rows.dk + at,
                                       .db = rows.db + at},
                                      adjoint, sink, queue);
    if constexpr (kForm != Form::keep || kLowRank)
      state_products<kForm, kLowRank, N>(d, keys, adjoint, space.states + s * block, own.du + i0,
                                         space.slope + s * keys, rows.da + at, rows.dw + s * rows.dw_stride,
                                         sink, queue);
  }
}

template <class D>
HWY_NOINLINE void backward_blocks(D d, const RecurrenceMode& mode, const BackwardRows& rows,
                                  const BackwardWorkspace& space, const BackwardWorkspace::Own& own,
                                  size_t keys, size_t values, const float* checkpoint) {
  with_mode(mode, [&]<Form kForm, bool kLowRank, bool kBefore>() HWY_ATTR {
    if constexpr (kHasRegisterState<D>) {
      if (fits_registers(d, keys, values))
        return backward_small_chunk<kForm, kLowRank, kBefore>(d, rows, space, own, checkpoint);
    }
    for_each_block<4>(d, 0, values, [&]<size_t N>(size_t i0) HWY_ATTR {
      backward_chunk<kForm, kLowRank, kBefore, N>(d, rows, space, own, keys, values, checkpoint, i0);
    });
  });
}

/// Takes the gradients of a chunk from the workspace to arrays that hold no floats.
inline void round_gradients(const BackwardHead<Bf16>& head, const BackwardRows& rows, size_t begin) {
  const HeadPlace& at = head.at;
  const auto round = [&](const float* from, size_t n, size_t stride, Bf16* to) {
    for (size_t s = 0; s < rows.tokens; ++s)
      for (size_t j = 0; j < n; ++j) to[(begin + s) * stride + j] = to_bf16(from[s * n + j]);
  };
  const RecurrenceGradients<Bf16>& g = head.grads;
  round(rows.dr, at.keys, at.key_stride, g.dr), round(rows.dk, at.keys, at.key_stride, g.dk);
  round(rows.dv, at.values, at.value_stride, g.dv);
  if (head.mode.low_rank) round(rows.da, at.keys, at.key_stride, g.da);
  if (head.mode.low_rank) round(rows.db, at.keys, at.key_stride, g.db);
  if (head.mode.decay != Decay::none && !head.mode.decay_per_head) round(rows.dw, at.keys, at.w_stride, g.dw);
}
inline void round_gradients(const BackwardHead<float>&, const BackwardRows&, size_t) {}

/// The gradient of a head's own decay: the sum over its keys, in groups of eight.
template <typename Real>
void sum_decay_gradients(const BackwardHead<Real>& head, const BackwardRows& rows, size_t begin) {
  if (head.mode.decay == Decay::none || !head.mode.decay_per_head) return;
  for (size_t s = 0; s < rows.tokens; ++s) {
    float total = 0;
    for (std::int64_t j0 = 0; j0 < head.at.keys; j0 += 8) {
      float part = 0;
      for (std::int64_t j = j0; j < j0 + 8; ++j) part += rows.dw[s * rows.dw_stride + j];
      total += part;
    }
    Real& dw = head.grads.dw[(begin + s) * head.at.w_stride];
    if constexpr (std::is_same_v<Real, float>) dw = total;
    if constexpr (!std::is_same_v<Real, float>) dw = to_bf16(total);
  }
}

/// The adjoint of s0, from that of the first token's state.
template <typename Real, class D>
void store_first_adjoint(D d, const BackwardHead<Real>& head, const BackwardWorkspace::Own& own,
                         const float* a, const float* r, const float* dy) {
  if (head.grads.ds0 == nullptr) return;
  const size_t keys = head.at.keys;
  const bool direct = head.mode.decay == Decay::direct, decays = head.mode.decay != Decay::none;
  const bool before = head.mode.read == Read::before;
  for_each_block<4>(d, 0, head.at.values, [&]<size_t N>(size_t i0) HWY_ATTR {
    const size_t width = N * hn::Lanes(d);
    float* A = own.adjoint + i0 * keys;
    const float* shrink = own.shrink_after;
    for (size_t j = 0; j < keys; ++j)
      for (size_t c = 0; c < width; ++c) {
        float& x = A[j * width + c];
        if (decays) x = direct ? x * shrink[j] : x + x * shrink[j];
        if (head.mode.low_rank) x += own.du[i0 + c] * a[j];
        if (before) x += dy[i0 + c] * r[j];
      }
    store_block(A, keys, i0, width, head.grads.ds0);
  });
}

/// The adjoint of the state after the last token.
template <typename Real, class D>
void start_head(D d, const BackwardHead<Real>& head, const BackwardWorkspace::Own& own) {
  const size_t keys = head.at.keys, values = head.at.values;
  std::fill(own.du, own.du + values, 0.0f);
  std::fill(own.shrink_after, own.shrink_after + keys, neutral_factor(head.mode.decay));
  for_each_block<4>(d, 0, values, [&]<size_t N>(size_t i0) HWY_ATTR {
    load_block(head.dsT, keys, i0, N * hn::Lanes(d), own.adjoint + i0 * keys);
  });
  if (head.at.time == 0) store_first_adjoint(d, head, own, kNoRow, kNoRow, kNoRow);
}

/// The tokens [begin, end) of one head.
template <typename Real, class D>
void run_chunk(D d, const BackwardHead<Real>& head, const BackwardWorkspace& space,
               const BackwardWorkspace::Own& own, size_t begin, size_t end, const Ahead& ahead) {
  const size_t keys = head.at.keys, values = head.at.values, tokens = end - begin;
  copy_row(d, own.shrink_after, keys, space.shrink + tokens * keys);
  chunk_decays(d, head, space, begin, tokens);
  BackwardRows rows = chunk_rows(head, space, begin, end);
  rows.ahead = ahead;
  const float* checkpoint = head.checkpoints + begin / kChunk * head.state_stride;
  backward_blocks(d, head.mode, rows, space, own, keys, values, checkpoint);
  sum_decay_gradients(head, rows, begin);
  round_gradients(head, rows, begin);
  copy_row(d, space.shrink, keys, own.shrink_after);
  if (begin == 0) store_first_adjoint(d, head, own, rows.a, rows.r, rows.dy);
}

/// Chunk by chunk from the end, each chunk head by head: the heads' rows of one token share pages.
template <typename Real, class D>
void backward_heads(D d, const BackwardHead<Real>* heads, size_t count) {
  const HeadPlace& at = heads[0].at;
  const size_t time = at.time;
  const BackwardWorkspace space(heads[0].workspace, at.keys, at.values);
  for (size_t h = 0; h < count; ++h) start_head(d, heads[h], space.own[h]);
  const auto ahead = [&]([[maybe_unused]] size_t h, [[maybe_unused]] size_t first,
                         [[maybe_unused]] size_t end) -> Ahead {
    if constexpr (std::is_same_v<Real, float>) return {heads + h, first, end};
    return {};  // rows that are converted are not fetched
  };
  for (size_t chunk = (time + kChunk - 1) / kChunk; chunk-- > 0;) {
    const size_t begin = chunk * kChunk, end = HWY_MIN(begin + kChunk, time);
    for (size_t h = 0; h < count; ++h) {
      Ahead next;
      if (h + 1 < count)
        next = ahead(h + 1, begin, end);
      else if (chunk > 0)
        next = ahead(0, begin - kChunk, begin);
      run_chunk(d, heads[h], space, space.own[h], begin, end, next);
    }
  }
}

void backward_float(const BackwardHead<float>* heads, size_t count) {
  with_tag(heads[0].at, [&](auto d) HWY_ATTR { backward_heads(d, heads, count); });
}
void backward_bf16(const BackwardHead<Bf16>* heads, size_t count) {
  with_tag(heads[0].at, [&](auto d) HWY_ATTR { backward_heads(d, heads, count); });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace anser::kernels::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::cpu {

HWY_EXPORT(backward_float);
HWY_EXPORT(backward_bf16);

void backward_heads(const BackwardHead<float>* heads, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(backward_float)(heads, count);
}
void backward_heads(const BackwardHead<Bf16>* heads, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(backward_bf16)(heads, count);
}

}  // namespace anser::kernels::cpu
#endif
