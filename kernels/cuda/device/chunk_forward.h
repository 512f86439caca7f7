// The forward pass of one head in chunks of 16 tokens (docs/math/recurrence.md section 7). Each warp carries
// 16 value rows of the state in the sums of its products, so the state crosses no shared memory and meets no
// barrier:
//
//     U^T = S A~^T + V^T A_ak^T      X^T = U^T T^T
//     Y^T = S R~^T + X^T A_rb^T + V^T A_rk^T
//     S  <- (S + X^T B~ + V^T K~) P
#pragma once

#include "kernels/cuda/device/chunk.h"

namespace anser::kernels::cuda {

/// A call, its arrays on the device; K = V = N. States are [value][key] in fp32. The kernels and the tests'
/// emulated blocks take the same struct.
struct ChunkForwardCall {
  RecurrenceShape shape;  // cu_seqlens on the device
  RecurrenceMode mode;    // Decay::direct is not chunked
  RecurrenceInputs<Bf16> in;
  Bf16* y = nullptr;
  float* sT = nullptr;           // or null
  float* checkpoints = nullptr;  // or null: the states before tokens 0, 64, 128, .. of each sequence
};

/// 16 value rows of a state, tile q the key channels 8 q .. 8 q + 7.
template <int N>
struct StateRows {
  Sums tile[N / 8];
};

/// f(offset in [value][key], number, the next key's number) for the lane's part of tile q.
template <int N, class Context, class F>
ANSER_HOST_DEVICE void for_each_state_pair(Context& ctx, int q, Sums& tile, F f) {
  const int g = ctx.lane() / 4, t = ctx.lane() % 4, row = ctx.warp() * 16 + g;
  f(row * N + q * 8 + 2 * t, tile.x[0], tile.x[1]);
  f((row + 8) * N + q * 8 + 2 * t, tile.x[2], tile.x[3]);
}

template <int N, class Context>
ANSER_HOST_DEVICE void read_state_tile(Context& ctx, const float* from, int q, Sums& tile) {
  for_each_state_pair<N>(ctx, q, tile, [&](int at, float& x, float& y) {
    x = from == nullptr ? 0.0F : from[at];
    y = from == nullptr ? 0.0F : from[at + 1];
  });
}

template <int N, class Context>
ANSER_HOST_DEVICE void read_state(Context& ctx, const float* from, StateRows<N>& state) {
#pragma unroll
  for (int q = 0; q < N / 8; ++q) read_state_tile<N>(ctx, from, q, state.tile[q]);
}

template <int N, class Context>
ANSER_HOST_DEVICE void write_state(Context& ctx, StateRows<N>& state, float* to) {
#pragma unroll
  for (int q = 0; q < N / 8; ++q)
    for_each_state_pair<N>(ctx, q, state.tile[q], [&](int at, float& x, float& y) {
      to[at] = x;
      to[at + 1] = y;
    });
}

/// sums += S x^T of the warp's value rows, x a split tile [token][channel].
template <int N, class Context>
ANSER_HOST_DEVICE void state_times(Context& ctx, const StateRows<N>& state,
                                   const SplitTile<kChunkTokens * N>& x, Sums (&sums)[2]) {
#pragma unroll
  for (int q = 0; q < N / 16; ++q)
    multiply_add(ctx, sums, split_to_a(ctx, state.tile[2 * q], state.tile[2 * q + 1]),
                 load_b<N>(ctx, x, 0, q * 16));
}

/// The chunk's removals X^T = (U^T + V^T A_ak^T) T^T, where U^T = S A~^T comes in and is used up.
template <int N, class Context>
ANSER_HOST_DEVICE void solve_removals(Context& ctx, const ChunkTiles<N>& tiles, const FragmentA& v,
                                      Sums (&u)[2], Sums (&x)[2]) {
  multiply_add(ctx, u, v, load_b<kChunkTokens>(ctx, tiles.ak, 0, 0));
  multiply_add(ctx, x, three_to_a(ctx, u[0], u[1]), load_inverse(ctx, tiles));
}

/// X^T of the state before the chunk, as an operand.
template <int N, class Context>
ANSER_HOST_DEVICE ThreeA removals(Context& ctx, const ChunkTiles<N>& tiles, const FragmentA& v,
                                  const StateRows<N>& state) {
  Sums u[2], x[2];
  state_times<N>(ctx, state, tiles.a, u);
  solve_removals<N>(ctx, tiles, v, u, x);
  return three_to_a(ctx, x[0], x[1]);
}

/// S <- (S + X^T B~ + V^T K~) P.
template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE void update_state(Context& ctx, const ChunkTiles<N>& tiles, const ThreeA& x,
                                    const FragmentA& v, StateRows<N>& state) {
  const int t = ctx.lane() % 4;
#pragma unroll
  for (int q = 0; q < N / 16; ++q) {
    Sums sums[2] = {state.tile[2 * q], state.tile[2 * q + 1]};
    if constexpr (kLowRank) multiply_add(ctx, sums, x, load_b_transposed<N>(ctx, tiles.b, q * 16, 0));
    multiply_add(ctx, sums, v, load_b_transposed<N>(ctx, tiles.k, q * 16, 0));
#pragma unroll
    for (int side = 0; side < 2; ++side) {
      const float p = ctx.load(tiles.decay + (2 * q + side) * 8 + 2 * t);
      const float p1 = ctx.load(tiles.decay + (2 * q + side) * 8 + 2 * t + 1);
      Sums& s = state.tile[2 * q + side];
      s.x[0] = sums[side].x[0] * p;
      s.x[1] = sums[side].x[1] * p1;
      s.x[2] = sums[side].x[2] * p;
      s.x[3] = sums[side].x[3] * p1;
    }
  }
}

/// Y^T of the warp's 16 value rows and the chunk's tokens to y [token][value], through the warp's own columns
/// of the tile of V.
template <int N, class Context>
ANSER_HOST_DEVICE void write_rows(Context& ctx, Bits16* tile, const Sums (&sums)[2],
                                  const ChunkPlace<N>& head, std::int64_t begin, Bf16* to) {
  const int first = ctx.warp() * 16;
  for_each_pair(ctx, sums, [&](int row, int token, float x, float y) {
    const std::uint32_t pair = ctx.pack(x, y);
    ctx.store(tile + Tile<N>::at(token, first + row), static_cast<Bits16>(pair & 0xffffU));
    ctx.store(tile + Tile<N>::at(token + 1, first + row), static_cast<Bits16>(pair >> 16));
  });
  ctx.sync_warp();
  const int token = ctx.lane() / 2, column = first + ctx.lane() % 2 * 8;
  if (begin + token >= head.time) return;
  const auto* from = reinterpret_cast<const Numbers8*>(tile + Tile<N>::at(token, column));
  const std::int64_t at = head.token(begin + token) + column;
  *reinterpret_cast<Numbers8*>(to + at) = ctx.load(from);
}

template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE_INLINE void chunk_forward(Context& ctx, const ChunkForwardCall& call, std::int64_t block) {
  auto& tiles = ctx.template shared<ChunkTiles<N>>();
  const ChunkPlace<N> head(call.shape, block);
  StateRows<N> state;
  read_state<N>(ctx, offset_or_null(call.in.s0, head.state()), state);
  ChunkRows rows = read_rows<N, kLowRank>(ctx, call.in, call.mode, head, 0);
  for (std::int64_t begin = 0; begin < head.time; begin += kChunkTokens) {
    if (call.checkpoints != nullptr && begin % kChunkCheckpointInterval == 0)
      write_state<N>(ctx, state, call.checkpoints + head.checkpoint_before(begin));
    scale_rows<N, kLowRank>(ctx, tiles, call.mode, head.time - begin, rows);
    rows = read_rows<N, kLowRank>(ctx, call.in, call.mode, head, begin + kChunkTokens);
    ctx.sync_block();
    pair_matrices<N, kLowRank>(ctx, tiles, call.mode.read);
    ctx.sync_block();
    const FragmentA v = load_a_transposed<N>(ctx, tiles.v, ctx.warp() * 16, 0);
    Sums y[2];
    state_times<N>(ctx, state, tiles.r, y);
    ThreeA x{};
    if constexpr (kLowRank) {
      x = removals<N>(ctx, tiles, v, state);
      multiply_add(ctx, y, x.two, load_b<kChunkTokens>(ctx, tiles.rb, 0, 0));
    }
    multiply_add(ctx, y, v, load_b<kChunkTokens>(ctx, tiles.rk, 0, 0));
    update_state<N, kLowRank>(ctx, tiles, x, v, state);
    ctx.sync_warp();
    write_rows<N>(ctx, tiles.v, y, head, begin, call.y);
    ctx.sync_block();
  }
  if (call.sT != nullptr) write_state<N>(ctx, state, call.sT + head.state());
}

}  // namespace anser::kernels::cuda
