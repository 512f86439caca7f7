// Backward pass of one head (docs/math/wkv7.md section 4): chunk by chunk from the end, the states of the
// chunk are recomputed from its checkpoint, then the adjoint runs through it backwards.
#include "kernels/cpu/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/wkv7_backward.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include <hwy/highway.h>

#include <algorithm>

#include "kernels/cpu/wkv7_kernels.h"
#include "kernels/cpu/wkv7_simd-inl.h"

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

/// S_after = S_before + S_before shrink + u b + v k, u_next = S_after a_next, dr += dy S_after.
struct RecomputeToken {
  const float *shrink, *b, *k, *a_next;  // [N]
  const float *u, *v, *dy;               // [W]
  float* u_next;                         // [W]
  float* dr;                             // [N]
};

template <size_t K, class D, class V = hn::Vec<D>>
HWY_INLINE void recompute_token(D d, size_t n, const RecomputeToken& token,
                                const float* HWY_RESTRICT S_before, float* HWY_RESTRICT S_after,
                                const RowSink<D>& sink) {
  constexpr size_t kLanes = hn::MaxLanes(d), kGroup = HWY_MAX(kLanes, kSumGroup);
  HWY_ALIGN float dr_rows[kGroup * kLanes];
  V u[K], v[K], dy[K], u_part[K], u_next[K];
  ANSER_UNROLL for (size_t c = 0; c < K; ++c) {
    u[c] = hn::Load(d, token.u + c * kLanes);
    v[c] = hn::LoadU(d, token.v + c * kLanes);
    dy[c] = hn::LoadU(d, token.dy + c * kLanes);
    u_part[c] = u_next[c] = hn::Zero(d);
  }
  for (size_t j0 = 0; j0 < n; j0 += kGroup) {
    for (size_t q = 0; q < kGroup; ++q) {
      const size_t j = j0 + q;
      const V shrink = hn::Set(d, token.shrink[j]), b = hn::Set(d, token.b[j]), k = hn::Set(d, token.k[j]);
      const V a = hn::Set(d, token.a_next[j]);
      V dr = hn::Zero(d);
      ANSER_UNROLL for (size_t c = 0; c < K; ++c) {
        const size_t e = (j * K + c) * kLanes;
        V s = hn::Load(d, S_before + e);
        s = hn::MulAdd(s, shrink, s);
        s = hn::MulAdd(u[c], b, s);
        s = hn::MulAdd(v[c], k, s);
        hn::Store(s, d, S_after + e);
        u_part[c] = hn::MulAdd(s, a, u_part[c]);
        dr = hn::MulAdd(s, dy[c], dr);
      }
      hn::Store(dr, d, dr_rows + q * kLanes);
    }
    flush(u_next, u_part);
    for (size_t q = 0; q < kGroup; q += kLanes) sink(sum_rows(d, dr_rows + q * kLanes), token.dr + j0 + q);
  }
  ANSER_UNROLL for (size_t c = 0; c < K; ++c) hn::Store(u_next[c], d, token.u_next + c * kLanes);
}

/// From the adjoint A of the token after (its rows shrink_after, a_after and du): D = A + A shrink_after + du
/// a_after
/// + dy r is the adjoint of this token's state; then dv = D k, du = D b, dk += v D, db += u D.
struct AdjointToken {
  const float *shrink_after, *a_after, *r, *k, *b;  // [N]
  const float *dy, *v, *u;                          // [W]
  float* du;                                        // [W], in: of the token after, out: of this one
  float* dv;                                        // [W]
  float *dk, *db;                                   // [N]
};

template <size_t K, class D, class V = hn::Vec<D>>
HWY_INLINE void adjoint_token(D d, size_t n, const AdjointToken& token, float* HWY_RESTRICT A,
                              const RowSink<D>& sink) {
  constexpr size_t kLanes = hn::MaxLanes(d), kGroup = HWY_MAX(kLanes, kSumGroup);
  HWY_ALIGN float dk_rows[kGroup * kLanes], db_rows[kGroup * kLanes];
  V dy[K], v[K], u[K], du_after[K], dv[K], du_part[K], du[K];
  ANSER_UNROLL for (size_t c = 0; c < K; ++c) {
    dy[c] = hn::LoadU(d, token.dy + c * kLanes);
    v[c] = hn::LoadU(d, token.v + c * kLanes);
    u[c] = hn::Load(d, token.u + c * kLanes);
    du_after[c] = hn::Load(d, token.du + c * kLanes);
    dv[c] = du_part[c] = du[c] = hn::Zero(d);
  }
  for (size_t j0 = 0; j0 < n; j0 += kGroup) {
    for (size_t q = 0; q < kGroup; ++q) {
      const size_t j = j0 + q;
      const V shrink = hn::Set(d, token.shrink_after[j]), a = hn::Set(d, token.a_after[j]);
      const V r = hn::Set(d, token.r[j]), k = hn::Set(d, token.k[j]), b = hn::Set(d, token.b[j]);
      V dk = hn::Zero(d), db = hn::Zero(d);
      ANSER_UNROLL for (size_t c = 0; c < K; ++c) {
        const size_t e = (j * K + c) * kLanes;
        V x = hn::Load(d, A + e);
        x = hn::MulAdd(x, shrink, x);
        x = hn::MulAdd(du_after[c], a, x);
        x = hn::MulAdd(dy[c], r, x);
        hn::Store(x, d, A + e);
        dv[c] = hn::MulAdd(x, k, dv[c]);
        du_part[c] = hn::MulAdd(x, b, du_part[c]);
        dk = hn::MulAdd(x, v[c], dk);
        db = hn::MulAdd(x, u[c], db);
      }
      hn::Store(dk, d, dk_rows + q * kLanes);
      hn::Store(db, d, db_rows + q * kLanes);
    }
    flush(du, du_part);
    for (size_t q = 0; q < kGroup; q += kLanes) {
      sink(sum_rows(d, dk_rows + q * kLanes), token.dk + j0 + q);
      sink(sum_rows(d, db_rows + q * kLanes), token.db + j0 + q);
    }
  }
  ANSER_UNROLL for (size_t c = 0; c < K; ++c) {
    hn::StoreU(dv[c], d, token.dv + c * kLanes);
    hn::Store(du[c], d, token.du + c * kLanes);
  }
}

/// da += du S_before and dw += slope * (D . S_before), the sums over value channels of the adjoint and the
/// state.
template <size_t K, class D, class V = hn::Vec<D>>
HWY_INLINE void state_products(D d, size_t n, const float* HWY_RESTRICT A, const float* HWY_RESTRICT S_before,
                               const float* du_row, const float* slope, float* da, float* dw,
                               const RowSink<D>& sink) {
  constexpr size_t kLanes = hn::MaxLanes(d), kGroup = HWY_MAX(kLanes, kSumGroup);
  HWY_ALIGN float da_rows[kGroup * kLanes], dw_rows[kGroup * kLanes];
  V du[K];
  ANSER_UNROLL for (size_t c = 0; c < K; ++c) du[c] = hn::Load(d, du_row + c * kLanes);
  for (size_t j0 = 0; j0 < n; j0 += kGroup) {
    for (size_t q = 0; q < kGroup; ++q) {
      V a = hn::Zero(d), w = hn::Zero(d);
      ANSER_UNROLL for (size_t c = 0; c < K; ++c) {
        const size_t e = ((j0 + q) * K + c) * kLanes;
        const V s = hn::Load(d, S_before + e);
        a = hn::MulAdd(s, du[c], a);
        w = hn::MulAdd(s, hn::Load(d, A + e), w);
      }
      hn::Store(a, d, da_rows + q * kLanes);
      hn::Store(w, d, dw_rows + q * kLanes);
    }
    for (size_t q = 0; q < kGroup; q += kLanes) {
      sink(sum_rows(d, da_rows + q * kLanes), da + j0 + q);
      sink(hn::Mul(sum_rows(d, dw_rows + q * kLanes), hn::LoadU(d, slope + j0 + q)), dw + j0 + q);
    }
  }
}

/// Cuts one head's workspace into its arrays, each a multiple of 64 numbers from an aligned start.
struct BackwardWorkspace {
  float *states, *adjoint, *shrink, *slope, *u, *du;
  BackwardWorkspace(float* memory, size_t n) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    states =
        reinterpret_cast<float*>((address + 63) / 64 * 64);  // [17][n][W]: before the chunk, after each token
    adjoint = states + (kChunk + 1) * n * n;                 // [blocks][n][W]
    shrink = adjoint + n * n;                                // [17][n]: the chunk's tokens, the one after it
    slope = shrink + (kChunk + 1) * n;                       // [16][n]
    u = slope + kChunk * n;                                  // [17][n]: of a block, row stride W
    du = u + (kChunk + 1) * n;                               // [n]
  }
};

/// Fetches what token t reads and what it will write.
void prefetch_token(const Wkv7BackwardHead& head, size_t t) {
  const size_t at = t * head.stride, n = head.size;
  const Wkv7Gradients<float>& g = head.grads;
  for (const float* array : {head.in.r, head.in.w, head.in.k, head.in.v, head.in.a, head.in.b, head.dy})
    prefetch_row(array + at, n);
  for (float* array : {g.dr, g.dw, g.dk, g.dv, g.da, g.db}) prefetch_row_for_writing(array + at, n);
}

/// Tokens [begin, end) of one head, for the block of K vectors at column i0.
template <size_t K, class D>
void backward_chunk(D d, const Wkv7BackwardHead& head, const BackwardWorkspace& space, size_t begin,
                    size_t end, const float* a_after, size_t i0) {
  const size_t n = head.size, stride = head.stride, width = K * hn::Lanes(d), block = n * width;
  const size_t tokens = end - begin;
  const RowSink<D> sink{d, i0 == 0};
  const float* checkpoint = head.checkpoints + begin / kChunk * n * n + i0;  // [j][i]
  for (size_t j = 0; j < n; ++j)
    std::copy(checkpoint + j * n, checkpoint + j * n + width, space.states + j * width);
  block_times<K>(d, n, space.states, head.in.a + begin * stride, space.u);
  for (size_t s = 0; s < tokens; ++s) {
    const size_t at = (begin + s) * stride;
    recompute_token<K>(d, n,
                       {.shrink = space.shrink + s * n,
                        .b = head.in.b + at,
                        .k = head.in.k + at,
                        .a_next = head.in.a + (s + 1 < tokens ? at + stride : at),
                        .u = space.u + s * width,
                        .v = head.in.v + at + i0,
                        .dy = head.dy + at + i0,
                        .u_next = space.u + (s + 1) * width,
                        .dr = head.grads.dr + at},
                       space.states + s * block, space.states + (s + 1) * block, sink);
  }
  float* adjoint = space.adjoint + i0 * n;
  for (size_t s = tokens; s-- > 0;) {
    const size_t at = (begin + s) * stride;
    if (i0 == 0 && begin >= kChunk) prefetch_token(head, begin - kChunk + s);
    adjoint_token<K>(d, n,
                     {.shrink_after = space.shrink + (s + 1) * n,
                      .a_after = s + 1 < tokens ? head.in.a + at + stride : a_after,
                      .r = head.in.r + at,
                      .k = head.in.k + at,
                      .b = head.in.b + at,
                      .dy = head.dy + at + i0,
                      .v = head.in.v + at + i0,
                      .u = space.u + s * width,
                      .du = space.du + i0,
                      .dv = head.grads.dv + at + i0,
                      .dk = head.grads.dk + at,
                      .db = head.grads.db + at},
                     adjoint, sink);
    state_products<K>(d, n, adjoint, space.states + s * block, space.du + i0, space.slope + s * n,
                      head.grads.da + at, head.grads.dw + at, sink);
  }
}

template <class D>
void backward_head(D d, const Wkv7BackwardHead& head) {
  const size_t n = head.size, time = head.time, stride = head.stride, lanes = hn::Lanes(d);
  const BackwardWorkspace space(head.workspace, n);
  HWY_ALIGN static constexpr float kNoKey[kMaxSize] = {};
  const float* a_after = kNoKey;
  for (size_t t = time == 0 ? 0 : (time - 1) / kChunk * kChunk; t < time; ++t) prefetch_token(head, t);
  float* shrink_after = space.shrink + kChunk * n;  // of the token after the chunk
  std::fill(space.du, space.du + n, 0.0f);
  std::fill(shrink_after, shrink_after + n, 0.0f);
  for_each_block<4>(
      d, 0, n, [&]<size_t K>(size_t i0) { load_block(head.dsT, n, i0, K * lanes, space.adjoint + i0 * n); });
  for (size_t chunk = (time + kChunk - 1) / kChunk; chunk-- > 0;) {
    const size_t begin = chunk * kChunk, end = HWY_MIN(begin + kChunk, time), tokens = end - begin;
    if (tokens < kChunk) std::copy(shrink_after, shrink_after + n, space.shrink + tokens * n);
    for (size_t s = 0; s < tokens; ++s)
      decay_rows(d, head.decay, n, head.in.w + (begin + s) * stride, space.shrink + s * n,
                 space.slope + s * n);
    for_each_block<4>(d, 0, n, [&]<size_t K>(size_t i0) HWY_ATTR {
      backward_chunk<K>(d, head, space, begin, end, a_after, i0);
    });
    std::copy(space.shrink, space.shrink + n, shrink_after);
    a_after = head.in.a + begin * stride;
  }
  if (head.grads.ds0 == nullptr) return;
  for_each_block<4>(d, 0, n, [&]<size_t K>(size_t i0) HWY_ATTR {
    float* A = space.adjoint + i0 * n;
    for (size_t j = 0; j < n; ++j)
      for (size_t c = 0; c < K * lanes; ++c) {
        float& x = A[j * K * lanes + c];
        x = x + x * shrink_after[j] + space.du[i0 + c] * a_after[j];
      }
    store_block(A, n, i0, K * lanes, head.grads.ds0);
  });
}

void backward_head_any(const Wkv7BackwardHead& head) {
  with_tag(head.size, [&](auto d) HWY_ATTR { backward_head(d, head); });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace anser::kernels::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::cpu {

HWY_EXPORT(backward_head_any);

void wkv7_backward_head(const Wkv7BackwardHead& head) {
  HWY_DYNAMIC_DISPATCH(backward_head_any)(head);
}

}  // namespace anser::kernels::cpu
#endif
