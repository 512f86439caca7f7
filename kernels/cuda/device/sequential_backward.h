// The adjoint of the exact programs (docs/math/recurrence.md section 2), last token first. Between two
// checkpoints the states are recomputed once and kept in the workspace, each thread its own part, so they
// meet no barrier. The gradients of r, w, k, a and b are sums over all value rows: first within a warp, then,
// for heads of several warps, through shared memory in the order of the warps.
#pragma once

#include "kernels/cuda/device/sequential.h"

namespace anser::kernels::cuda {

/// Gradients that are sums over value rows, in the order of their places.
enum KeyGradient { kR, kW, kK, kA, kB, kKeyGradients };

/// Numbers of workspace that a block of `threads` threads needs: 16 states and u before each token.
ANSER_HOST_DEVICE constexpr std::int64_t sequential_workspace_size(int threads) {
  return kCheckpointInterval * static_cast<std::int64_t>(kRows * kKeys + kRows) * threads;
}

/// Sets of sums over value rows in shared memory. With two, a token's sums are written out while those of the
/// next are made; heads of many keys have one, so that a block fits into every device's shared memory.
template <int kLanes>
inline constexpr int kTurns = kLanes < 16 ? 2 : 1;

/// Units that make such sums: warps, or heads where several lie in a warp.
template <int kLanes>
ANSER_HOST_DEVICE int sum_units(const SequentialPlan<kLanes>& plan) {
  return plan.threads_per_head < 32 ? plan.heads_per_block : plan.warps;
}

/// Numbers of shared memory that a block of the backward pass takes.
template <int kLanes, typename Real>
ANSER_HOST_DEVICE int sequential_backward_memory(const SequentialPlan<kLanes>& plan) {
  return sequential_forward_memory<kLanes, Real>(plan) +
         kTurns<kLanes> * sum_units(plan) * kKeyGradients * kLanes * kKeys;
}

/// A thread's places in the workspace: number e of token slot `slot`.
template <typename Real>
struct TokenWorkspace {
  Real* memory;
  int thread, threads;
  ANSER_HOST_DEVICE Real& at(int slot, int e) const {
    return memory[(static_cast<std::int64_t>(slot) * (kRows * kKeys + kRows) + e) * threads + thread];
  }
};

/// The states before the tokens [begin, end) and their u, from the checkpoint at `begin`; staged by eights.
template <int kLanes, typename Io, class Context>
ANSER_HOST_DEVICE void keep_states(Context& ctx, const SequentialBackwardCall<Io>& call,
                                   const SequentialPlace<kLanes>& place,
                                   const StagedRows<typename StateOf<Io>::Type, kLanes>& rows,
                                   std::int64_t begin, std::int64_t end,
                                   const TokenWorkspace<typename StateOf<Io>::Type>& workspace) {
  using Real = typename StateOf<Io>::Type;
  const std::int64_t sequence = place.index / call.shape.heads, head = place.index % call.shape.heads;
  const Real* checkpoint = nullptr;
  if (begin < place.time())
    checkpoint =
        call.checkpoints +
        ((first_checkpoint(call.shape, sequence) + begin / kCheckpointInterval) * call.shape.heads + head) *
            call.shape.keys * call.shape.values;
  StatePart<Real> s = read_part(place, checkpoint);
  for (std::int64_t first = begin; first < end; first += kStagedTokens) {
    stage_tokens<Io>(ctx, place, call.mode, call.in, call.dy, first, rows);
    ctx.sync_block();
    for (int slot = 0; slot < kStagedTokens && first + slot < end; ++slot) {
      const int kept = static_cast<int>(first - begin) + slot;
      const TokenPart<Real> token = token_part(ctx, rows, slot, place);
      Real u[kRows] = {};
      if (call.mode.low_rank) times_keys<kLanes>(ctx, s, token.a, u);
      for (int i = 0; i < kRows; ++i) {
        for (int j = 0; j < kKeys; ++j) workspace.at(kept, i * kKeys + j) = s.x[i][j];
        workspace.at(kept, kRows * kKeys + i) = u[i];
      }
      if (first + slot < place.time()) step_state(call.mode.decay, token, u, s);
    }
    ctx.sync_block();
  }
}

/// Which of its eight keys a lane has the sums of, in x[0 .. count - 1].
struct KeyShare {
  int first = 0, count = kKeys;
  bool mine = true;  // false: a lower lane has the same sums
};

/// Sums x over the lanes that hold the same keys, `width` neighbouring lanes to a head.
template <int kLanes, typename Real, class Context>
ANSER_HOST_DEVICE KeyShare sum_over_groups(Context& ctx, Real (&x)[kKeys], int width) {
  KeyShare share;
#pragma unroll
  for (int level = 0; level < 5; ++level) {
    const int mask = kLanes << level, half = kKeys >> (level + 1);
    if (mask >= width) break;
    const bool upper = (ctx.lane() & mask) != 0;
    if (half == 0) {
      x[0] += ctx.shuffle_xor(x[0], mask);
      share.mine = share.mine && !upper;
      continue;
    }
    // Each of two partners goes on with one half of the keys.
    share.count = half;
    if (upper) share.first += half;
#pragma unroll
    for (int j = 0; j < half; ++j) {
      const Real low = x[j], high = x[j + half];
      x[j] = (upper ? high : low) + ctx.shuffle_xor(upper ? low : high, mask);
    }
  }
  return share;
}

/// One token's sums over value rows, gathered in shared memory and written by the head's threads.
template <int kLanes, typename Io>
struct KeyGradients {
  using Real = typename StateOf<Io>::Type;
  static constexpr int kPadded = kLanes * kKeys;
  const SequentialBackwardCall<Io>& call;
  const SequentialPlace<kLanes>& place;
  Real* partials;

  ANSER_HOST_DEVICE Real* part(int turn, int warp_or_head, int which) const {
    return partials + ((turn * sum_units(place.plan) + warp_or_head) * kKeyGradients + which) * kPadded;
  }
  ANSER_HOST_DEVICE int width() const {
    return place.plan.threads_per_head < 32 ? place.plan.threads_per_head : 32;
  }

  template <class Context>
  ANSER_HOST_DEVICE void gather(Context& ctx, int turn, int which, Real (&x)[kKeys]) const {
    const KeyShare share = sum_over_groups<kLanes>(ctx, x, width());
    const int unit = place.plan.threads_per_head < 32 ? place.slot : place.thread / 32;
    if (!share.mine || unit >= sum_units(place.plan)) return;
#pragma unroll
    for (int j = 0; j < kKeys; ++j)
      if (j < share.count) ctx.store(part(turn, unit, which) + place.key + share.first + j, x[j]);
  }

  /// dr .. db of token t, from the parts of `turn`.
  template <class Context>
  ANSER_HOST_DEVICE void write(Context& ctx, const StagedRows<Real, kLanes>& rows, int turn, int slot,
                               std::int64_t t) const {
    if (t >= place.time()) return;
    const int per_head = place.plan.threads_per_head < 32 ? 1 : place.plan.warps_per_head();
    const int unit = place.plan.threads_per_head < 32 ? place.slot : place.slot * per_head;
    const int me = place.thread % place.plan.threads_per_head;
    const std::int64_t row = place.at.key_first + t * place.at.key_stride;
    for (int e = me; e < kKeyGradients * kPadded; e += place.plan.threads_per_head) {
      const int which = e / kPadded, j = e % kPadded;
      Io* const to = target(which);
      if (j >= place.at.keys || to == nullptr || (which == kW && call.mode.decay_per_head)) continue;
      to[row + j] = as_io<Io>(total(ctx, rows, turn, slot, unit, per_head, which, j));
    }
    if (me != 0 || !call.mode.decay_per_head || target(kW) == nullptr) return;
    Real sum = 0;
    for (int j = 0; j < place.at.keys; ++j) sum += total(ctx, rows, turn, slot, unit, per_head, kW, j);
    call.grads.dw[place.at.w_first + t * place.at.w_stride] = as_io<Io>(sum);
  }

 private:
  template <class Context>
  ANSER_HOST_DEVICE Real total(Context& ctx, const StagedRows<Real, kLanes>& rows, int turn, int slot,
                               int unit, int per_head, int which, int j) const {
    Real sum = 0;
    for (int w = 0; w < per_head; ++w) sum += ctx.load(part(turn, unit + w, which) + j);
    return which == kW ? sum * ctx.load(rows.slope + slot * kPadded + j) : sum;
  }
  ANSER_HOST_DEVICE Io* target(int which) const {
    const RecurrenceGradients<Io>& g = call.grads;
    const bool low = call.mode.low_rank;
    switch (which) {
      case kR:
        return g.dr;
      case kW:
        return call.mode.decay == Decay::none ? nullptr : g.dw;
      case kK:
        return g.dk;
      case kA:
        return low ? g.da : nullptr;
      default:
        return low ? g.db : nullptr;
    }
  }
};

/// x[j] = sum over the thread's rows of rows[i] s[i][j].
template <typename Real>
ANSER_HOST_DEVICE void rows_times(const Real (&rows)[kRows], const StatePart<Real>& s, Real (&x)[kKeys]) {
  for (int j = 0; j < kKeys; ++j) {
    x[j] = 0;
    for (int i = 0; i < kRows; ++i) x[j] = std::fma(rows[i], s.x[i][j], x[j]);
  }
}

/// d += rows^T row.
template <typename Real>
ANSER_HOST_DEVICE void add_outer(const Real (&rows)[kRows], const KeyPart<Real>& row, StatePart<Real>& d) {
  for (int i = 0; i < kRows; ++i)
    for (int j = 0; j < kKeys; ++j) d.x[i][j] = std::fma(rows[i], row.x[j], d.x[i][j]);
}

/// The adjoint d of the state, from after token t to before it; its gradients on the way.
template <int kLanes, typename Io, class Context>
ANSER_HOST_DEVICE void adjoint_token(Context& ctx, const KeyGradients<kLanes, Io>& gradients,
                                     const StagedRows<typename StateOf<Io>::Type, kLanes>& rows,
                                     const TokenWorkspace<typename StateOf<Io>::Type>& workspace, int kept,
                                     int slot, std::int64_t t, int turn,
                                     StatePart<typename StateOf<Io>::Type>& d) {
  using Real = typename StateOf<Io>::Type;
  const SequentialPlace<kLanes>& place = gradients.place;
  const SequentialBackwardCall<Io>& call = gradients.call;
  const bool before = call.mode.read == Read::before;
  const TokenPart<Real> token = token_part(ctx, rows, slot, place);
  const KeyPart<Real> r = key_part(ctx, rows.r + slot * StagedRows<Real, kLanes>::kPaddedKeys, place.key);
  StatePart<Real> s;
  Real u[kRows], dy[kRows], dv[kRows], du[kRows] = {}, x[kKeys];
  for (int i = 0; i < kRows; ++i) {
    dy[i] = ctx.load(rows.dy + slot * rows.padded_values + place.row + i);
    u[i] = workspace.at(kept, kRows * kKeys + i);
    for (int j = 0; j < kKeys; ++j) s.x[i][j] = workspace.at(kept, i * kKeys + j);
  }
  if (before) {
    rows_times(dy, s, x);
  } else {
    add_outer(dy, r, d);
    StatePart<Real> after = s;
    if (t < place.time()) step_state(call.mode.decay, token, u, after);
    rows_times(dy, after, x);
  }
  gradients.gather(ctx, turn, kR, x);
  times_keys<kLanes>(ctx, d, token.k, dv);
  if (call.mode.low_rank) times_keys<kLanes>(ctx, d, token.b, du);
  rows_times(token.v, d, x);
  gradients.gather(ctx, turn, kK, x);
  rows_times(u, d, x);
  gradients.gather(ctx, turn, kB, x);
  rows_times(du, s, x);
  gradients.gather(ctx, turn, kA, x);
  for (int j = 0; j < kKeys; ++j) {
    x[j] = 0;
    for (int i = 0; i < kRows; ++i) x[j] = std::fma(d.x[i][j], s.x[i][j], x[j]);
  }
  gradients.gather(ctx, turn, kW, x);
  if (t >= place.time()) return;
  for (int i = 0; i < kRows; ++i)
    for (int j = 0; j < kKeys; ++j) d.x[i][j] = decayed(call.mode.decay, token.decay.x[j], d.x[i][j]);
  add_outer(du, token.a, d);
  if (before) add_outer(dy, r, d);
  write_values(place, dv, call.grads.dv + place.at.value_first + t * place.at.value_stride);
}

template <int kLanes, typename Io, class Context>
ANSER_HOST_DEVICE void sequential_backward(Context& ctx, const SequentialBackwardCall<Io>& call,
                                           std::int64_t block) {
  using Real = typename StateOf<Io>::Type;
  const SequentialPlace<kLanes> place(ctx, call.shape, call.mode, block);
  const auto rows = staged_rows<kLanes, Real>(ctx, place);
  const int threads = place.plan.warps * 32;
  const TokenWorkspace<Real> workspace{call.workspace + block * sequential_workspace_size(threads),
                                       place.thread, threads};
  Real* const partials = &ctx.template shared<Real>() + sequential_forward_memory<kLanes, Real>(place.plan);
  const KeyGradients<kLanes, Io> gradients{call, place, partials};
  StatePart<Real> d = read_part(place, place.here ? offset_or_null(call.dsT, place.at.state) : nullptr);
  constexpr std::int64_t kChunk = kCheckpointInterval;
  int turn = 0;
  for (std::int64_t begin = (place.longest - 1) / kChunk * kChunk; begin >= 0 && place.longest > 0;
       begin -= kChunk) {
    const std::int64_t end = begin + kChunk < place.longest ? begin + kChunk : place.longest;
    keep_states<kLanes, Io>(ctx, call, place, rows, begin, end, workspace);
    for (std::int64_t first = (end - 1) / kStagedTokens * kStagedTokens; first >= begin;
         first -= kStagedTokens) {
      stage_tokens<Io>(ctx, place, call.mode, call.in, call.dy, first, rows);
      ctx.sync_block();
      const int last = static_cast<int>(end - first < kStagedTokens ? end - first : kStagedTokens) - 1;
      for (int slot = last; slot >= 0; --slot, turn = (turn + 1) % kTurns<kLanes>) {
        adjoint_token(ctx, gradients, rows, workspace, static_cast<int>(first - begin) + slot, slot,
                      first + slot, turn, d);
        ctx.sync_block();
        gradients.write(ctx, rows, turn, slot, first + slot);
        if (kTurns<kLanes> == 1 && slot > 0) ctx.sync_block();
      }
      ctx.sync_block();
    }
  }
  if (call.grads.ds0 != nullptr && place.here) write_part(place, d, call.grads.ds0 + place.at.state);
}

}  // namespace anser::kernels::cuda
