// The exact programs: the recurrence token by token, as its definition says (docs/math/recurrence.md sections
// 1 and 2), for any decay, K and V, in fp32 or fp64; decode is a sequence of one token.
//
// A thread holds 4 value rows of 8 keys of the state. kLanes neighbouring lanes share the rows and hold the
// keys 8 l .. 8 l + 7 (keys beyond K count as 0), so a product with the state is 8 steps and a sum over the
// lanes. Heads of few threads lie side by side in a warp, larger ones take whole warps.
#pragma once

#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/recurrence_head.h"

namespace anser::kernels::cuda {

inline constexpr int kRows = 4, kKeys = 8;
/// Tokens whose rows are brought to shared memory together.
inline constexpr int kStagedTokens = 8;

/// How the threads of a block are dealt out. kLanes: the power of two at or above K / 8.
template <int kLanes>
struct SequentialPlan {
  int threads_per_head, heads_per_block, warps;

  ANSER_HOST_DEVICE explicit SequentialPlan(std::int64_t values) {
    const int groups = static_cast<int>((values + kRows - 1) / kRows);
    int padded = 1;
    while (padded < groups && padded * kLanes < 32) padded *= 2;
    const int warp_groups = 32 / kLanes;
    if (padded < groups) padded = (groups + warp_groups - 1) / warp_groups * warp_groups;
    threads_per_head = padded * kLanes;
    heads_per_block = threads_per_head >= 128 ? 1 : 128 / threads_per_head;
    // Few enough for every device's shared memory, and no warp is partly empty.
    const int most = kLanes > 1 ? 16 / kLanes : 8;
    if (heads_per_block > most) heads_per_block = most;
    if (heads_per_block * threads_per_head < 32) heads_per_block = 32 / threads_per_head;
    warps = (threads_per_head * heads_per_block + 31) / 32;
  }
  ANSER_HOST_DEVICE int warps_per_head() const { return threads_per_head < 32 ? 1 : threads_per_head / 32; }
};

/// Arrays and numbers of a call, on the device. Io: float, double or Bf16.
template <typename Io>
struct SequentialCall {
  using State = typename StateOf<Io>::Type;
  RecurrenceShape shape;  // cu_seqlens on the device
  RecurrenceMode mode;
  RecurrenceInputs<Io> in;
  Io* y = nullptr;
  State* sT = nullptr;
  State* checkpoints = nullptr;  // [value][key], as first_checkpoint places them
  State* snapshots = nullptr;
  std::int64_t snapshot_interval = 0;
};

template <typename Io>
struct SequentialBackwardCall {
  using State = typename StateOf<Io>::Type;
  RecurrenceShape shape;
  RecurrenceMode mode;
  RecurrenceInputs<Io> in;
  const State* checkpoints = nullptr;
  const Io* dy = nullptr;
  const State* dsT = nullptr;
  RecurrenceGradients<Io> grads;
  State* workspace = nullptr;  // sequential_workspace_size of each block
};

/// Blocks of a call.
template <int kLanes>
ANSER_HOST_DEVICE std::int64_t sequential_blocks(const RecurrenceShape& shape) {
  const SequentialPlan<kLanes> plan(shape.values);
  return (shape.sequences * shape.heads + plan.heads_per_block - 1) / plan.heads_per_block;
}

/// Where a thread stands. A thread without a head or rows works along on zeros and writes nothing.
template <int kLanes>
struct SequentialPlace {
  SequentialPlan<kLanes> plan;
  int thread, slot, lane, row, key;  // slot: head within the block; lane, first row, first key of its tile
  std::int64_t index;                // sequence * H + head
  bool here;                         // has a head
  std::int64_t longest = 0;          // tokens of the block's longest sequence
  HeadPlace at;

  template <class Context>
  ANSER_HOST_DEVICE SequentialPlace(Context& ctx, const RecurrenceShape& shape, const RecurrenceMode& mode,
                                    std::int64_t block)
      : plan(shape.values), thread(ctx.thread()) {
    slot = thread / plan.threads_per_head;
    lane = thread % kLanes;
    row = thread % plan.threads_per_head / kLanes * kRows;
    key = lane * kKeys;
    const std::int64_t heads = shape.sequences * shape.heads, first = block * plan.heads_per_block;
    index = first + slot;
    here = slot < plan.heads_per_block && index < heads;
    for (int s = 0; s < plan.heads_per_block && first + s < heads; ++s) {
      const std::int64_t time = sequence_span(shape, (first + s) / shape.heads).time;
      longest = time > longest ? time : longest;
    }
    if (here) at = HeadPlace(shape, mode, index / shape.heads, index % shape.heads);
  }
  ANSER_HOST_DEVICE std::int64_t time() const { return here ? at.time : 0; }
  ANSER_HOST_DEVICE bool has_row(int i) const { return here && row + i < at.values; }
};

/// Rows of the staged tokens of one head in shared memory; vectors of K padded to 8 kLanes, of V to rows.
template <typename Real, int kLanes>
struct StagedRows {
  static constexpr int kPaddedKeys = kLanes * kKeys;
  Real *r, *decay, *slope, *k, *a, *b, *v, *dy;
  int padded_values;

  ANSER_HOST_DEVICE static int numbers(int padded_values) {
    return kStagedTokens * (6 * kPaddedKeys + 2 * padded_values);
  }
  ANSER_HOST_DEVICE StagedRows(Real* memory, int padded_values_) : padded_values(padded_values_) {
    constexpr int kSize = kStagedTokens * kPaddedKeys;
    r = memory, decay = r + kSize, slope = decay + kSize, k = slope + kSize, a = k + kSize, b = a + kSize;
    v = b + kSize, dy = v + kStagedTokens * padded_values;
  }
};

/// Value rows of a head, those of threads without work included.
template <int kLanes>
ANSER_HOST_DEVICE int padded_values(const SequentialPlan<kLanes>& plan) {
  return plan.threads_per_head / kLanes * kRows;
}

/// Numbers of shared memory that a block of the forward pass takes.
template <int kLanes, typename Real>
ANSER_HOST_DEVICE int sequential_forward_memory(const SequentialPlan<kLanes>& plan) {
  return plan.heads_per_block * StagedRows<Real, kLanes>::numbers(padded_values(plan));
}

template <typename Real, typename Io>
ANSER_HOST_DEVICE Real as_real(Io x) {
  if constexpr (sizeof(Io) == 2)
    return to_float(x);
  else
    return x;
}
template <typename Io, typename Real>
ANSER_HOST_DEVICE Io as_io(Real x) {
  if constexpr (sizeof(Io) == 2)
    return to_bf16(x);
  else
    return x;
}

/// The tokens [begin, begin + 8) of the thread's head to shared memory; zeros beyond its last token, where
/// the decay leaves the state as it is.
template <typename Io, int kLanes, class Context, typename Real>
ANSER_HOST_DEVICE void stage_tokens(Context& ctx, const SequentialPlace<kLanes>& place,
                                    const RecurrenceMode& mode, const RecurrenceInputs<Io>& in, const Io* dy,
                                    std::int64_t begin, const StagedRows<Real, kLanes>& rows) {
  constexpr int kPadded = StagedRows<Real, kLanes>::kPaddedKeys;
  const int me = place.thread % place.plan.threads_per_head;
  const HeadPlace& at = place.at;
  for (int e = me; e < kStagedTokens * kPadded; e += place.plan.threads_per_head) {
    const std::int64_t t = begin + e / kPadded;
    const int j = e % kPadded;
    const bool here = place.here && t < place.time() && j < at.keys;
    const std::int64_t i = at.key_first + t * at.key_stride + j;
    ctx.store(rows.r + e, here ? as_real<Real>(in.r[i]) : Real(0));
    ctx.store(rows.k + e, here ? as_real<Real>(in.k[i]) : Real(0));
    ctx.store(rows.a + e, here && mode.low_rank ? as_real<Real>(in.a[i]) : Real(0));
    ctx.store(rows.b + e, here && mode.low_rank ? as_real<Real>(in.b[i]) : Real(0));
    DecayFactors<Real> f{mode.decay == Decay::direct ? Real(1) : Real(0), Real(0)};
    if (here && mode.decay != Decay::none)
      f = decay_factors<Real>(
          mode.decay, as_real<Real>(in.w[at.w_first + t * at.w_stride + (mode.decay_per_head ? 0 : j)]));
    ctx.store(rows.decay + e, f.shrink);
    ctx.store(rows.slope + e, f.slope);
  }
  for (int e = me; e < kStagedTokens * rows.padded_values; e += place.plan.threads_per_head) {
    const std::int64_t t = begin + e / rows.padded_values;
    const int j = e % rows.padded_values;
    const bool here = place.here && t < place.time() && j < at.values;
    const std::int64_t i = at.value_first + t * at.value_stride + j;
    ctx.store(rows.v + e, here ? as_real<Real>(in.v[i]) : Real(0));
    ctx.store(rows.dy + e, here && dy != nullptr ? as_real<Real>(dy[i]) : Real(0));
  }
}

/// The thread's part of a state, [row][key].
template <typename Real>
struct StatePart {
  Real x[kRows][kKeys];
};

template <typename Real, int kLanes>
ANSER_HOST_DEVICE StatePart<Real> read_part(const SequentialPlace<kLanes>& place, const Real* state) {
  StatePart<Real> s;
  for (int i = 0; i < kRows; ++i)
    for (int j = 0; j < kKeys; ++j) {
      const bool inside = state != nullptr && place.has_row(i) && place.key + j < place.at.keys;
      s.x[i][j] = inside ? state[(place.row + i) * place.at.keys + place.key + j] : Real(0);
    }
  return s;
}

template <typename Real, int kLanes>
ANSER_HOST_DEVICE void write_part(const SequentialPlace<kLanes>& place, const StatePart<Real>& s,
                                  Real* state) {
  for (int i = 0; i < kRows; ++i)
    for (int j = 0; j < kKeys; ++j)
      if (place.has_row(i) && place.key + j < place.at.keys)
        state[(place.row + i) * place.at.keys + place.key + j] = s.x[i][j];
}

/// The keys of one staged vector that the thread holds.
template <typename Real>
struct KeyPart {
  Real x[kKeys];
};
template <typename Real, class Context>
ANSER_HOST_DEVICE KeyPart<Real> key_part(Context& ctx, const Real* row, int key) {
  KeyPart<Real> part;
  for (int j = 0; j < kKeys; ++j) part.x[j] = ctx.load(row + key + j);
  return part;
}

/// out[i] = sum over all keys of s[i][j] row[j].
template <int kLanes, typename Real, class Context>
ANSER_HOST_DEVICE void times_keys(Context& ctx, const StatePart<Real>& s, const KeyPart<Real>& row,
                                  Real (&out)[kRows]) {
  for (int i = 0; i < kRows; ++i) {
    out[i] = 0;
    for (int j = 0; j < kKeys; ++j) out[i] = std::fma(s.x[i][j], row.x[j], out[i]);
  }
  for (int mask = 1; mask < kLanes; mask *= 2)
    for (int i = 0; i < kRows; ++i) out[i] += ctx.shuffle_xor(out[i], mask);
}

/// What a token does to the state, and the numbers it took from shared memory.
template <typename Real>
struct TokenPart {
  KeyPart<Real> decay, k, a, b;
  Real v[kRows];
};

template <int kLanes, typename Real, class Context>
ANSER_HOST_DEVICE TokenPart<Real> token_part(Context& ctx, const StagedRows<Real, kLanes>& rows, int slot,
                                             const SequentialPlace<kLanes>& place) {
  const int at = slot * StagedRows<Real, kLanes>::kPaddedKeys;
  TokenPart<Real> token{key_part(ctx, rows.decay + at, place.key),
                        key_part(ctx, rows.k + at, place.key),
                        key_part(ctx, rows.a + at, place.key),
                        key_part(ctx, rows.b + at, place.key),
                        {}};
  for (int i = 0; i < kRows; ++i) token.v[i] = ctx.load(rows.v + slot * rows.padded_values + place.row + i);
  return token;
}

/// S <- S diag(w) + u b + v k.
template <typename Real>
ANSER_HOST_DEVICE void step_state(Decay decay, const TokenPart<Real>& token, const Real (&u)[kRows],
                                  StatePart<Real>& s) {
  for (int i = 0; i < kRows; ++i)
    for (int j = 0; j < kKeys; ++j)
      s.x[i][j] = std::fma(token.v[i], token.k.x[j],
                           std::fma(u[i], token.b.x[j], decayed(decay, token.decay.x[j], s.x[i][j])));
}

/// Row i of `values` to out[row], each by one lane.
template <int kLanes, typename Io, typename Real>
ANSER_HOST_DEVICE void write_values(const SequentialPlace<kLanes>& place, const Real (&values)[kRows],
                                    Io* out) {
  for (int i = 0; i < kRows; ++i)
    if (i % kLanes == place.lane && place.has_row(i)) out[place.row + i] = as_io<Io>(values[i]);
}

/// The block's shared memory for `slot`'s head.
template <int kLanes, typename Real, class Context>
ANSER_HOST_DEVICE StagedRows<Real, kLanes> staged_rows(Context& ctx, const SequentialPlace<kLanes>& place) {
  const int values = padded_values(place.plan);
  auto* memory = &ctx.template shared<Real>();
  const int slot = place.slot < place.plan.heads_per_block ? place.slot : place.plan.heads_per_block - 1;
  return {memory + slot * StagedRows<Real, kLanes>::numbers(values), values};
}

template <int kLanes, typename Io, class Context>
ANSER_HOST_DEVICE void sequential_forward(Context& ctx, const SequentialCall<Io>& call, std::int64_t block) {
  using Real = typename StateOf<Io>::Type;
  const SequentialPlace<kLanes> place(ctx, call.shape, call.mode, block);
  const auto rows = staged_rows<kLanes, Real>(ctx, place);
  const std::int64_t numbers = call.shape.keys * call.shape.values, sequence = place.index / call.shape.heads;
  const std::int64_t head = place.index % call.shape.heads;
  StatePart<Real> s = read_part(place, place.here ? offset_or_null(call.in.s0, place.at.state) : nullptr);
  for (std::int64_t begin = 0; begin < place.longest; begin += kStagedTokens) {
    stage_tokens<Io>(ctx, place, call.mode, call.in, static_cast<const Io*>(nullptr), begin, rows);
    ctx.sync_block();
    if (call.checkpoints != nullptr && begin % kCheckpointInterval == 0 && begin < place.time())
      write_part(place, s,
                 call.checkpoints + ((first_checkpoint(call.shape, sequence) + begin / kCheckpointInterval) *
                                         call.shape.heads +
                                     head) *
                                        numbers);
    for (int slot = 0; slot < kStagedTokens && begin + slot < place.longest; ++slot) {
      const TokenPart<Real> token = token_part(ctx, rows, slot, place);
      const KeyPart<Real> r = key_part(ctx, rows.r + slot * StagedRows<Real, kLanes>::kPaddedKeys, place.key);
      Real u[kRows] = {}, y[kRows];
      if (call.mode.low_rank) times_keys<kLanes>(ctx, s, token.a, u);
      if (call.mode.read == Read::before) times_keys<kLanes>(ctx, s, r, y);
      const std::int64_t t = begin + slot;
      if (t < place.time()) step_state(call.mode.decay, token, u, s);
      if (call.mode.read == Read::after) times_keys<kLanes>(ctx, s, r, y);
      if (t >= place.time()) continue;
      write_values(place, y, call.y + place.at.value_first + t * place.at.value_stride);
      if (call.snapshots != nullptr && (t + 1) % call.snapshot_interval == 0)
        write_part(place, s,
                   call.snapshots + ((first_snapshot(call.shape, sequence, call.snapshot_interval) +
                                      (t + 1) / call.snapshot_interval - 1) *
                                         call.shape.heads +
                                     head) *
                                        numbers);
    }
    ctx.sync_block();
  }
  if (call.sT != nullptr && place.here) write_part(place, s, call.sT + place.at.state);
}

}  // namespace anser::kernels::cuda
