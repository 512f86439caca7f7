// A chunk of the backward pass for heads whose state fits the registers (docs/math/recurrence.md section 6):
// S and its adjoint D run through it twice. With keys as rows, [key][value], what sums over keys is a vector
// of sums: u, du and dv; with values as rows, [value][key], what sums over values is: dr, dk, db, da and dw.
// Nothing is summed across lanes.

// Per-target include guard
#if defined(ANSER_KERNELS_CPU_RECURRENCE_SMALL_CHUNK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ANSER_KERNELS_CPU_RECURRENCE_SMALL_CHUNK_INL_H_
#undef ANSER_KERNELS_CPU_RECURRENCE_SMALL_CHUNK_INL_H_
#else
#define ANSER_KERNELS_CPU_RECURRENCE_SMALL_CHUNK_INL_H_
#endif

#include "kernels/cpu/recurrence_chunk-inl.h"
#include "kernels/cpu/recurrence_simd-inl.h"
#include "kernels/cpu/recurrence_step-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::cpu {
namespace HWY_NAMESPACE {

/// The rows u of a chunk: its recurrence once more, read-out unused.
template <Form kForm, class D>
HWY_NOINLINE void small_removals(D d, const BackwardRows& rows, const BackwardWorkspace& space,
                                 const float* HWY_RESTRICT checkpoint) {
  constexpr size_t kLanes = hn::MaxLanes(d);
  HWY_ALIGN float unused[kLanes];
  RegisterState<D> S(d, checkpoint);
  block_times<1>(d, kLanes, checkpoint, rows.a, space.u);
  hn::Vec<D> u[1] = {hn::Load(d, space.u)};
  for (size_t s = 0; s + 1 < rows.tokens; ++s) {
    const size_t at = s * rows.key_stride;
    const ForwardToken token{.shrink = space.shrink + s * kLanes,
                             .b = rows.b + at,
                             .k = rows.k + at,
                             .r = rows.k + at,
                             .a_next = rows.next_a(s),
                             .v = rows.v + s * rows.value_stride,
                             .y = unused};
    forward_token<kForm, true, false>(d, token, S, u);
    hn::Store(u[0], d, space.u + (s + 1) * kLanes);
  }
}

/// The states before each token, as [value][key], and dr = dy S_after or dy S_before.
template <Form kForm, bool kLowRank, bool kBefore, class D, class V = hn::Vec<D>>
HWY_NOINLINE void small_states(D d, const BackwardRows& rows, const BackwardWorkspace& space,
                               const float* checkpoint) {
  constexpr size_t kLanes = hn::MaxLanes(d);
  load_block(checkpoint, kLanes, 0, kLanes, space.states);
  RegisterState<D> state(d, space.states);
  for (size_t s = 0; s < rows.tokens; ++s) {
    rows.ahead.inputs(s, FetchNow());
    const size_t at = s * rows.key_stride, column = s * rows.value_stride;
    const float *u = space.u + s * kLanes, *v = rows.v + column, *dy = rows.dy + column;
    const V shrink = kForm == Form::keep ? hn::Zero(d) : hn::Load(d, space.shrink + s * kLanes);
    const V k = hn::LoadU(d, rows.k + at), b = kLowRank ? hn::LoadU(d, rows.b + at) : k;
    float* HWY_RESTRICT S_before = space.states + s * kLanes * kLanes;
    V part[1] = {hn::Zero(d)}, dr[1] = {hn::Zero(d)};
    const auto step = [&](size_t i) HWY_ATTR {
      V& S = state.rows[i];
      hn::Store(S, d, S_before + i * kLanes);
      if constexpr (kBefore) part[0] = hn::MulAdd(S, hn::Set(d, dy[i]), part[0]);
      S = apply_decay<kForm>(S, shrink);
      if constexpr (kLowRank) S = hn::MulAdd(hn::Set(d, u[i]), b, S);
      S = hn::MulAdd(hn::Set(d, v[i]), k, S);
      if constexpr (!kBefore) part[0] = hn::MulAdd(S, hn::Set(d, dy[i]), part[0]);
    };
    state.for_each_key(step, [&]() HWY_ATTR { flush(dr, part); });
    hn::StoreU(dr[0], d, rows.dr + at);
  }
}

/// dv and the rows du of a chunk, the last of them that of the token after it. The adjoint steps as a state
/// does: w and a of the token after stand for w and b, r and dy of the reader for k and v, k and b for the r
/// and the next a that it is multiplied by.
template <Form kForm, bool kLowRank, bool kBefore, class D>
HWY_NOINLINE void small_adjoints(D d, const BackwardRows& rows, const BackwardWorkspace& space,
                                 const BackwardWorkspace::Own& own, float* HWY_RESTRICT du_rows) {
  constexpr size_t kLanes = hn::MaxLanes(d);
  RegisterState<D> adjoint(d, own.adjoint);
  hn::Vec<D> du[1] = {hn::Load(d, own.du)};
  hn::Store(du[0], d, du_rows + rows.tokens * kLanes);
  for (size_t s = rows.tokens; s-- > 0;) {
    const size_t at = s * rows.key_stride;
    const ForwardToken token{.shrink = space.shrink + (s + 1) * kLanes,
                             .b = rows.next_a(s),
                             .k = rows.template reader_r<kBefore>(s),
                             .r = rows.k + at,
                             .a_next = rows.b + at,
                             .v = rows.template reader_dy<kBefore>(s),
                             .y = rows.dv + s * rows.value_stride};
    forward_token<kForm, kLowRank, false>(d, token, adjoint, du);
    hn::Store(du[0], d, du_rows + s * kLanes);
  }
  hn::Store(du[0], d, own.du);
  adjoint.store_to(d, own.adjoint);
}

/// dk = v D, db = u D, da = du S_before and dw = slope * (D . S_before): the adjoint D once more, as
/// [value][key].
template <Form kForm, bool kLowRank, bool kBefore, class D, class V = hn::Vec<D>>
HWY_NOINLINE void small_products(D d, const BackwardRows& rows, const BackwardWorkspace& space,
                                 const float* HWY_RESTRICT adjoint, const float* HWY_RESTRICT du_rows) {
  constexpr size_t kLanes = hn::MaxLanes(d);
  constexpr bool kDecay = kForm != Form::keep;
  RegisterState<D> state(d, adjoint);
  for (size_t s = rows.tokens; s-- > 0;) {
    rows.ahead.gradients(s, FetchNow());
    const size_t at = s * rows.key_stride;
    const float *u = space.u + s * kLanes, *v = rows.v + s * rows.value_stride;
    const float *du = du_rows + s * kLanes, *du_after = du + kLanes,
                *dy = rows.template reader_dy<kBefore>(s);
    const float* HWY_RESTRICT S_before = space.states + s * kLanes * kLanes;
    const V shrink = kDecay ? hn::Load(d, space.shrink + (s + 1) * kLanes) : hn::Zero(d);
    const V r = hn::LoadU(d, rows.template reader_r<kBefore>(s)),
            a = kLowRank ? hn::LoadU(d, rows.next_a(s)) : r;
    V part[4], sum[4];  // of dk, db, da, dw
    ANSER_UNROLL for (size_t c = 0; c < 4; ++c) part[c] = sum[c] = hn::Zero(d);
    const auto step = [&](size_t i) HWY_ATTR {
      V& x = state.rows[i];
      x = apply_decay<kForm>(x, shrink);
      if constexpr (kLowRank) x = hn::MulAdd(hn::Set(d, du_after[i]), a, x);
      x = hn::MulAdd(hn::Set(d, dy[i]), r, x);
      const V S = hn::Load(d, S_before + i * kLanes);
      part[0] = hn::MulAdd(x, hn::Set(d, v[i]), part[0]);
      if constexpr (kLowRank) part[1] = hn::MulAdd(x, hn::Set(d, u[i]), part[1]);
      if constexpr (kLowRank) part[2] = hn::MulAdd(S, hn::Set(d, du[i]), part[2]);
      if constexpr (kDecay) part[3] = hn::MulAdd(x, S, part[3]);
    };
    state.for_each_key(step, [&]() HWY_ATTR { flush(sum, part); });
    hn::StoreU(sum[0], d, rows.dk + at);
    if constexpr (kLowRank) hn::StoreU(sum[1], d, rows.db + at), hn::StoreU(sum[2], d, rows.da + at);
    if constexpr (kDecay)
      hn::StoreU(hn::Mul(sum[3], hn::Load(d, space.slope + s * kLanes)), d, rows.dw + s * rows.dw_stride);
  }
}

/// A chunk of one head whose state fits the registers.
template <Form kForm, bool kLowRank, bool kBefore, class D>
void backward_small_chunk(D d, const BackwardRows& rows, const BackwardWorkspace& space,
                          const BackwardWorkspace::Own& own, const float* checkpoint) {
  constexpr size_t kLanes = hn::MaxLanes(d);
  HWY_ALIGN float du_rows[(kChunk + 1) * kLanes], adjoint[kLanes * kLanes];
  if constexpr (kLowRank) small_removals<kForm>(d, rows, space, checkpoint);
  small_states<kForm, kLowRank, kBefore>(d, rows, space, checkpoint);
  load_block(own.adjoint, kLanes, 0, kLanes, adjoint);
  small_adjoints<kForm, kLowRank, kBefore>(d, rows, space, own, du_rows);
  small_products<kForm, kLowRank, kBefore>(d, rows, space, adjoint, du_rows);
}

}  // namespace HWY_NAMESPACE
}  // namespace anser::kernels::cpu
HWY_AFTER_NAMESPACE();

#endif
