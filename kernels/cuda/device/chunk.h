// A chunk of 16 tokens of one head, prepared for tensor cores (docs/math/recurrence.md section 7): decayed
// operands, the four pair matrices and the triangular inverse in shared memory. Forward and backward pass
// begin with it.
//
// A block has N / 16 warps. Warp q scales the key channels 16 q .. 16 q + 15 and later carries the value rows
// 16 q .. 16 q + 15. What feeds the state is split into two bf16 numbers, what only feeds an output is
// rounded once.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/cuda/device/fragments.h"
#include "kernels/recurrence_head.h"

namespace anser::kernels::cuda {

/// Tokens between two states that the forward pass leaves for the backward pass.
inline constexpr std::int64_t kChunkCheckpointInterval = 64;

/// Where a block's head lies in the arrays of its call: block i has head i % H of sequence i / H. As K = V =
/// N, one offset serves r, k, v, a, b, y, their gradients and a w per channel. Offsets are added to an
/// array's address only where it is used: the addresses of so many arrays would not fit into registers.
template <int N>
struct ChunkPlace {
  std::int64_t block;
  std::int64_t time;           // tokens of the sequence
  std::int64_t first, stride;  // offset of token 0, numbers between two tokens
  std::int64_t checkpoint;     // offset of the first checkpoint

  ANSER_HOST_DEVICE ChunkPlace(const RecurrenceShape& shape, std::int64_t block_) : block(block_) {
    const std::int64_t sequence = block / shape.heads, head = block % shape.heads;
    const SequenceSpan span = sequence_span(shape, sequence);
    time = span.time, stride = shape.heads * N, first = span.first * stride + head * N;
    checkpoint = (first_checkpoint(shape, sequence, kChunkCheckpointInterval) * shape.heads + head) * N * N;
  }
  ANSER_HOST_DEVICE std::int64_t token(std::int64_t t) const { return first + t * stride; }
  /// Of w with one decay per head.
  ANSER_HOST_DEVICE std::int64_t head_token(std::int64_t t) const { return token(t) / N; }
  ANSER_HOST_DEVICE std::int64_t state() const { return block * N * N; }
  /// The last checkpoint at or before token t.
  ANSER_HOST_DEVICE std::int64_t checkpoint_before(std::int64_t t) const {
    return checkpoint + t / kChunkCheckpointInterval * (stride * N);
  }
};

ANSER_HOST_DEVICE inline const Bits16* bits_of(const Bf16* x) {
  return reinterpret_cast<const Bits16*>(x);
}
ANSER_HOST_DEVICE inline Bits16* bits_of(Bf16* x) {
  return reinterpret_cast<Bits16*>(x);
}

/// [token][channel] tiles and pair matrices [t][s].
template <int N>
struct ChunkTiles {
  static constexpr int kNumbers = kChunkTokens * N, kPairs = kChunkTokens * kChunkTokens;
  alignas(128) SplitTile<kNumbers> r, a, b, k;
  Bits16 v[kNumbers];
  SplitTile<kPairs> ak, rb, rk, inverse;
  Bits16 inverse_rest[kPairs];
  float ab[kPairs];
  float decay[N];  // of the whole chunk
};

/// Two neighbouring channels of the thread's four tokens, as they lie in memory; zeros beyond the last token.
struct ChunkRows {
  std::uint32_t r[4], w[4], k[4], v[4], a[4], b[4];
};

/// Where a thread stands while it scales: four tokens, two channels.
template <int N, class Context>
struct ScalePlace {
  int channel, token;
  ANSER_HOST_DEVICE explicit ScalePlace(Context& ctx)
      : channel(ctx.warp() * 16 + ctx.lane() % 8 * 2), token(ctx.lane() / 8 * 4) {}
};

template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE ChunkRows read_rows(Context& ctx, const RecurrenceInputs<Bf16>& in,
                                      const RecurrenceMode& mode, const ChunkPlace<N>& head,
                                      std::int64_t begin) {
  const ScalePlace<N, Context> at(ctx);
  ChunkRows rows;
  for (int q = 0; q < 4; ++q) {
    const std::int64_t t = begin + at.token + q, i = head.token(t) + at.channel;
    const bool here = t < head.time;
    rows.r[q] = here ? ctx.read_pair(bits_of(in.r) + i) : 0;
    rows.k[q] = here ? ctx.read_pair(bits_of(in.k) + i) : 0;
    rows.v[q] = here ? ctx.read_pair(bits_of(in.v) + i) : 0;
    rows.a[q] = here && kLowRank ? ctx.read_pair(bits_of(in.a) + i) : 0;
    rows.b[q] = here && kLowRank ? ctx.read_pair(bits_of(in.b) + i) : 0;
    if (!here || mode.decay == Decay::none)
      rows.w[q] = 0;
    else if (mode.decay_per_head)
      rows.w[q] = in.w[head.head_token(t)].bits * 0x10001U;
    else
      rows.w[q] = ctx.read_pair(bits_of(in.w) + i);
  }
  return rows;
}

/// log2 of the decay that the argument w stands for.
ANSER_HOST_DEVICE inline float log2_decay(Decay decay, float w) {
  constexpr float kLog2E = 1.44269504088896341F;
  if (decay == Decay::logit) return -static_cast<float>(kInvSqrtE) * kLog2E * sigmoid(w).value;
  return decay == Decay::log ? w * kLog2E : 0.0F;
}

/// d log w / d(argument).
ANSER_HOST_DEVICE inline float log_decay_slope(Decay decay, float w) {
  return decay == Decay::logit ? -static_cast<float>(kInvSqrtE) * sigmoid(w).slope : 1.0F;
}

/// Sums of log2 w over the tokens up to each of the thread's four, for its two channels; and before them.
struct DecaySums {
  float before[2], upto[4][2];
};

template <int N, class Context>
ANSER_HOST_DEVICE DecaySums sum_decays(Context& ctx, const RecurrenceMode& mode, std::int64_t tokens_left,
                                       const ChunkRows& rows) {
  const ScalePlace<N, Context> at(ctx);
  DecaySums g;
  for (int c = 0; c < 2; ++c) {
    float sum = 0;
    for (int q = 0; q < 4; ++q) {
      const float w = c == 0 ? ctx.low_number(rows.w[q]) : ctx.high_number(rows.w[q]);
      if (at.token + q < tokens_left) sum += log2_decay(mode.decay, w);
      g.upto[q][c] = sum;
    }
    // The tokens of lanes 8, 16 and 24 below come before.
    float total = sum;
    float below = ctx.shuffle_up(total, 8);
    if (at.token >= 4) total += below;
    below = ctx.shuffle_up(total, 16);
    if (at.token >= 8) total += below;
    below = ctx.shuffle_up(total, 8);
    g.before[c] = at.token >= 4 ? below : 0.0F;
    for (int q = 0; q < 4; ++q) g.upto[q][c] += g.before[c];
  }
  return g;
}

template <class Context>
ANSER_HOST_DEVICE void store_pair(Context& ctx, Bits16* tile, std::uint32_t pair) {
  ctx.store(reinterpret_cast<std::uint32_t*>(tile), pair);
}

template <class Context>
ANSER_HOST_DEVICE std::uint32_t load_pair(Context& ctx, const Bits16* tile) {
  return ctx.load(reinterpret_cast<const std::uint32_t*>(tile));
}

template <int kNumbers, class Context>
ANSER_HOST_DEVICE void store_split(Context& ctx, SplitTile<kNumbers>& tile, int at, float x, float y) {
  const SplitPair pair = split_pair(ctx, x, y);
  store_pair(ctx, tile.high + at, pair.high);
  store_pair(ctx, tile.low + at, pair.low);
}

/// Returns g. R~ = R exp(g), A~ = A exp(g before), B~ = B exp(-g), K~ = K exp(-g), V and the decay of the
/// chunk.
template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE DecaySums scale_rows(Context& ctx, ChunkTiles<N>& tiles, const RecurrenceMode& mode,
                                       std::int64_t tokens_left, const ChunkRows& rows) {
  const ScalePlace<N, Context> place(ctx);
  const DecaySums g = sum_decays<N>(ctx, mode, tokens_left, rows);
  float before[2] = {std::exp2(g.before[0]), std::exp2(g.before[1])};
  for (int q = 0; q < 4; ++q) {
    const int at = Tile<N>::at(place.token + q, place.channel);
    const float up[2] = {std::exp2(g.upto[q][0]), std::exp2(g.upto[q][1])};
    const float down[2] = {std::exp2(-g.upto[q][0]), std::exp2(-g.upto[q][1])};
    const float read_x = mode.read == Read::before ? before[0] : up[0];
    const float read_y = mode.read == Read::before ? before[1] : up[1];
    store_split(ctx, tiles.r, at, ctx.low_number(rows.r[q]) * read_x, ctx.high_number(rows.r[q]) * read_y);
    if (kLowRank) {
      store_split(ctx, tiles.a, at, ctx.low_number(rows.a[q]) * before[0],
                  ctx.high_number(rows.a[q]) * before[1]);
      store_split(ctx, tiles.b, at, ctx.low_number(rows.b[q]) * down[0],
                  ctx.high_number(rows.b[q]) * down[1]);
    }
    store_split(ctx, tiles.k, at, ctx.low_number(rows.k[q]) * down[0], ctx.high_number(rows.k[q]) * down[1]);
    store_pair(ctx, tiles.v + at, rows.v[q]);
    before[0] = up[0];
    before[1] = up[1];
  }
  if (place.token == 12) {
    ctx.store(tiles.decay + place.channel, before[0]);
    ctx.store(tiles.decay + place.channel + 1, before[1]);
  }
  return g;
}

/// x y^T over the channels: 16 x 16.
template <int N, class Context>
ANSER_HOST_DEVICE void pair_products(Context& ctx, const SplitTile<kChunkTokens * N>& x,
                                     const SplitTile<kChunkTokens * N>& y, Sums (&sums)[2]) {
  for (int j = 0; j < N; j += 16) multiply_add(ctx, sums, load_a<N>(ctx, x, 0, j), load_b<N>(ctx, y, 0, j));
}

/// f(row, column, first, second) for the lane's pairs of neighbours of a 16 x 16 block.
template <class Context, class F>
ANSER_HOST_DEVICE void for_each_pair(Context& ctx, const Sums (&sums)[2], F f) {
  const int g = ctx.lane() / 4, t = ctx.lane() % 4;
  for (int tile = 0; tile < 2; ++tile)
    for (int half = 0; half < 2; ++half)
      f(g + half * 8, tile * 8 + 2 * t, sums[tile].x[half * 2], sums[tile].x[half * 2 + 1]);
}

using PairTile = SplitTile<kChunkTokens * kChunkTokens>;

/// The lower triangle of `sums`, with the diagonal or without.
template <class Context>
ANSER_HOST_DEVICE void store_lower(Context& ctx, const Sums (&sums)[2], bool diagonal, PairTile& tile) {
  const int reach = diagonal ? 1 : 0;  // columns < row + reach are kept
  for_each_pair(ctx, sums, [&](int row, int column, float x, float y) {
    store_split(ctx, tile, Tile<kChunkTokens>::at(row, column), column < row + reach ? x : 0.0F,
                column + 1 < row + reach ? y : 0.0F);
  });
}

/// (I - A)^{-1} of a strictly lower triangular A by forward substitution, lane l % 16 one column; lanes below
/// 16 keep the first of its three numbers, the others the second and third.
template <int N, class Context>
ANSER_HOST_DEVICE void invert(Context& ctx, ChunkTiles<N>& tiles) {
  const int column = ctx.lane() % 16;
  float x[kChunkTokens];
#pragma unroll
  for (int t = 0; t < kChunkTokens; ++t) {
    float even = t == column ? 1.0F : 0.0F, odd = 0;
#pragma unroll
    for (int s = 0; s < t; ++s) {
      const float entry = ctx.load(tiles.ab + t * kChunkTokens + s);
      if (s % 2 == 0)
        even = std::fma(entry, x[s], even);
      else
        odd = std::fma(entry, x[s], odd);
    }
    x[t] = even + odd;
  }
#pragma unroll
  for (int t = 0; t < kChunkTokens; ++t) {
    const SplitPair pair = split_pair(ctx, x[t], 0.0F);
    const int at = Tile<kChunkTokens>::at(t, column);
    if (ctx.lane() < 16) {
      ctx.store(tiles.inverse.high + at, static_cast<Bits16>(pair.high & 0xffffU));
    } else {
      ctx.store(tiles.inverse.low + at, static_cast<Bits16>(pair.low & 0xffffU));
      ctx.store(tiles.inverse_rest + at, static_cast<Bits16>(pack_rest(ctx, x[t], 0.0F, pair) & 0xffffU));
    }
  }
}

/// The inverse as an operand, [t][s] or transposed.
template <int N, class Context>
ANSER_HOST_DEVICE ThreeB2 load_inverse(Context& ctx, const ChunkTiles<N>& tiles) {
  constexpr int kT = kChunkTokens;
  return {load_b<kT>(ctx, tiles.inverse, 0, 0), load_b<kT>(ctx, tiles.inverse_rest, 0, 0)};
}
template <int N, class Context>
ANSER_HOST_DEVICE ThreeB2 load_inverse_transposed(Context& ctx, const ChunkTiles<N>& tiles) {
  constexpr int kT = kChunkTokens;
  return {load_b_transposed<kT>(ctx, tiles.inverse, 0, 0),
          load_b_transposed<kT>(ctx, tiles.inverse_rest, 0, 0)};
}

/// A_ab and its inverse, A_ak, A_rb, A_rk: matrix m by warp m, or by as many warps as there are.
template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE void pair_matrices(Context& ctx, ChunkTiles<N>& tiles, Read read) {
  for (int m = ctx.warp(); m < 4; m += N / 16) {
    if (!kLowRank && m != 3) continue;
    Sums sums[2];
    if (m == 0) {
      pair_products<N>(ctx, tiles.a, tiles.b, sums);
      for_each_pair(ctx, sums, [&](int row, int column, float x, float y) {
        ctx.store(tiles.ab + row * kChunkTokens + column, x);
        ctx.store(tiles.ab + row * kChunkTokens + column + 1, y);
      });
      ctx.sync_warp();
      invert<N>(ctx, tiles);
    } else if (m == 1) {
      pair_products<N>(ctx, tiles.a, tiles.k, sums);
      store_lower(ctx, sums, false, tiles.ak);
    } else if (m == 2) {
      pair_products<N>(ctx, tiles.r, tiles.b, sums);
      store_lower(ctx, sums, read == Read::after, tiles.rb);
    } else {
      pair_products<N>(ctx, tiles.r, tiles.k, sums);
      store_lower(ctx, sums, read == Read::after, tiles.rk);
    }
  }
}

}  // namespace anser::kernels::cuda
