// The backward pass of one head in chunks of 16 tokens, last chunk first (docs/math/recurrence.md section 7).
// Each warp carries 16 value rows of the state's adjoint D as the forward pass carries the state; the
// gradients of r, k, a, b and of the decay are sums over values, so there each warp owns 16 key channels and
// finds U, Z, S and D P in shared memory.
//
//     dU^T = dY^T A_rb + D P B~^T       Z^T = dU^T T       dV^T = dY^T A_rk + D P K~^T + Z^T A_ak
//     D   <- D P + dY^T R~ + Z^T A~
//     dR = (dY S + M_rb B~ + M_rk K~) e^g          dA = (Z S + M_ab B~ + M_ak K~) e^(g before)
//     dK = (V D P + M_rk^T R~ + M_ak^T A~) e^-g    dB = (U D P + M_rb^T R~ + M_ab^T A~) e^-g
// with M_xy the lower triangles of dY U^T, dY V^T, Z U^T, Z V^T.
#pragma once

#include "kernels/cuda/device/chunk_forward.h"

namespace anser::kernels::cuda {

/// States before the chunks between two checkpoints.
inline constexpr std::int64_t kKeptStates = kChunkCheckpointInterval / kChunkTokens - 1;

/// A call; see ChunkForwardCall.
struct ChunkBackwardCall {
  RecurrenceShape shape;
  RecurrenceMode mode;
  RecurrenceInputs<Bf16> in;
  const float* checkpoints = nullptr;  // as chunk_forward left them
  const Bf16* dy = nullptr;
  const float* dsT = nullptr;  // or null: zeros
  RecurrenceGradients<Bf16> grads;
  float* workspace = nullptr;  // kKeptStates states for each block
};

/// A block's head.
template <int N>
struct ChunkBackwardHead {
  const ChunkBackwardCall& call;
  ChunkPlace<N> at;
  /// The state before the (i + 1)-st chunk after a checkpoint.
  ANSER_HOST_DEVICE float* kept(std::int64_t i) const {
    return call.workspace + (at.block * kKeptStates + i) * (N * N);
  }
};

template <int N>
struct ChunkBackwardTiles {
  ChunkTiles<N> forward;
  Bits16 dy[kChunkTokens * N], out[kChunkTokens * N];
  SplitTile<kChunkTokens * N> u, z;
  SplitTile<N * N> state, adjoint;  // S before the chunk and D P, [value][key]
  PairTile m_ab, m_ak, m_rb, m_rk;
  float decay_sums[kChunkTokens * N];       // g of each token, log2
  float state_times_adjoint[N / 16 * N];    // sums over the value rows of one warp of S (D P), per key
  float head_decay[N / 16 * kChunkTokens];  // with one decay per head: each warp's part of its gradient
};

/// From the checkpoint at `first` to the state before `last`, leaving the states between in the workspace.
template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE void recompute_states(Context& ctx, ChunkTiles<N>& tiles, const ChunkBackwardHead<N>& head,
                                        std::int64_t first, std::int64_t last) {
  if (first == last) return;
  StateRows<N> state;
  read_state<N>(ctx, head.call.checkpoints + head.at.checkpoint_before(first), state);
  for (std::int64_t begin = first; begin < last; begin += kChunkTokens) {
    scale_rows<N, kLowRank>(ctx, tiles, head.call.mode, head.at.time - begin,
                            read_rows<N, kLowRank>(ctx, head.call.in, head.call.mode, head.at, begin));
    ctx.sync_block();
    pair_matrices<N, kLowRank>(ctx, tiles, head.call.mode.read);
    ctx.sync_block();
    const FragmentA v = load_a_transposed<N>(ctx, tiles.v, ctx.warp() * 16, 0);
    ThreeA x{};
    if constexpr (kLowRank) x = removals<N>(ctx, tiles, v, state);
    update_state<N, kLowRank>(ctx, tiles, x, v, state);
    write_state<N>(ctx, state, head.kept((begin - first) / kChunkTokens));
    ctx.sync_block();
  }
}

/// The chunk's tiles; dY and g of every token besides.
template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE void prepare_backward(Context& ctx, ChunkBackwardTiles<N>& tiles,
                                        const ChunkBackwardHead<N>& head, std::int64_t begin) {
  const ScalePlace<N, Context> at(ctx);
  const DecaySums g =
      scale_rows<N, kLowRank>(ctx, tiles.forward, head.call.mode, head.at.time - begin,
                              read_rows<N, kLowRank>(ctx, head.call.in, head.call.mode, head.at, begin));
#pragma unroll
  for (int q = 0; q < 4; ++q) {
    const std::int64_t t = begin + at.token + q;
    const std::uint32_t dy =
        t < head.at.time ? ctx.read_pair(bits_of(head.call.dy) + head.at.token(t) + at.channel) : 0;
    store_pair(ctx, tiles.dy + Tile<N>::at(at.token + q, at.channel), dy);
    ctx.store(tiles.decay_sums + (at.token + q) * N + at.channel, g.upto[q][0]);
    ctx.store(tiles.decay_sums + (at.token + q) * N + at.channel + 1, g.upto[q][1]);
  }
  ctx.sync_block();
  pair_matrices<N, kLowRank>(ctx, tiles.forward, head.call.mode.read);
  ctx.sync_block();
}

/// 16 x 16 sums [row][token] of the warp's value rows to a tile [token][value].
template <int N, class Context>
ANSER_HOST_DEVICE void store_value_rows(Context& ctx, SplitTile<kChunkTokens * N>& tile,
                                        const Sums (&sums)[2]) {
  for_each_pair(ctx, sums, [&](int row, int token, float x, float y) {
    const SplitPair pair = split_pair(ctx, x, y);
    const int at = Tile<N>::at(token, ctx.warp() * 16 + row);
    const int next = Tile<N>::at(token + 1, ctx.warp() * 16 + row);
    ctx.store(tile.high + at, static_cast<Bits16>(pair.high & 0xffffU));
    ctx.store(tile.high + next, static_cast<Bits16>(pair.high >> 16));
    ctx.store(tile.low + at, static_cast<Bits16>(pair.low & 0xffffU));
    ctx.store(tile.low + next, static_cast<Bits16>(pair.low >> 16));
  });
}

/// Tile q of the warp's value rows to a tile [value][key].
template <int N, class Context>
ANSER_HOST_DEVICE void store_state_tile(Context& ctx, SplitTile<N * N>& tile, int q, const Sums& s) {
  const int g = ctx.lane() / 4, t = ctx.lane() % 4, row = ctx.warp() * 16 + g;
  store_split(ctx, tile, Tile<N>::at(row, q * 8 + 2 * t), s.x[0], s.x[1]);
  store_split(ctx, tile, Tile<N>::at(row + 8, q * 8 + 2 * t), s.x[2], s.x[3]);
}

/// Sum over the lanes of equal t = lane % 4.
template <class Context>
ANSER_HOST_DEVICE float sum_over_rows(Context& ctx, float x) {
  x += ctx.shuffle_xor(x, 4);
  x += ctx.shuffle_xor(x, 8);
  return x + ctx.shuffle_xor(x, 16);
}

/// sum over the warp's value rows of S (D P), for the key channels of tile q.
template <int N, class Context>
ANSER_HOST_DEVICE void store_products(Context& ctx, float* sums, int q, const Sums& s, const Sums& d) {
  const float even = sum_over_rows(ctx, s.x[0] * d.x[0] + s.x[2] * d.x[2]);
  const float odd = sum_over_rows(ctx, s.x[1] * d.x[1] + s.x[3] * d.x[3]);
  if (ctx.lane() >= 4) return;
  ctx.store(sums + ctx.warp() * N + q * 8 + 2 * ctx.lane(), even);
  ctx.store(sums + ctx.warp() * N + q * 8 + 2 * ctx.lane() + 1, odd);
}

/// S before the chunk and D P to their tiles, their products, and U^T = S A~^T; 16 keys of S at a time.
template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE void pass_states(Context& ctx, ChunkBackwardTiles<N>& tiles, const float* before,
                                   const StateRows<N>& adjoint, Sums (&u)[2]) {
#pragma unroll
  for (int q = 0; q < N / 16; ++q) {
    Sums s[2];
#pragma unroll
    for (int side = 0; side < 2; ++side) {
      const Sums& d = adjoint.tile[2 * q + side];
      read_state_tile<N>(ctx, before, 2 * q + side, s[side]);
      store_state_tile<N>(ctx, tiles.state, 2 * q + side, s[side]);
      store_state_tile<N>(ctx, tiles.adjoint, 2 * q + side, d);
      store_products<N>(ctx, tiles.state_times_adjoint, 2 * q + side, s[side], d);
    }
    if constexpr (kLowRank)
      multiply_add(ctx, u, split_to_a(ctx, s[0], s[1]), load_b<N>(ctx, tiles.forward.a, 0, q * 16));
  }
}

/// D <- D P.
template <int N, class Context>
ANSER_HOST_DEVICE void decay_adjoint(Context& ctx, const ChunkTiles<N>& tiles, StateRows<N>& adjoint) {
  const int t = ctx.lane() % 4;
#pragma unroll
  for (int q = 0; q < N / 8; ++q)
#pragma unroll
    for (int i = 0; i < 4; ++i) adjoint.tile[q].x[i] *= ctx.load(tiles.decay + q * 8 + 2 * t + i % 2);
}

/// The warp's value rows of dV^T, and of dU^T where there is a low-rank part, as far as they come from D P
/// and dY.
template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE void adjoint_products(Context& ctx, const ChunkTiles<N>& tiles, const StateRows<N>& adjoint,
                                        const FragmentA& dy, Sums (&du)[2], Sums (&dv)[2]) {
#pragma unroll
  for (int q = 0; q < N / 16; ++q) {
    const SplitA d = split_to_a(ctx, adjoint.tile[2 * q], adjoint.tile[2 * q + 1]);
    if constexpr (kLowRank) multiply_add(ctx, du, d, load_b<N>(ctx, tiles.b, 0, q * 16));
    multiply_add(ctx, dv, d, load_b<N>(ctx, tiles.k, 0, q * 16));
  }
  constexpr int kT = kChunkTokens;
  if constexpr (kLowRank) multiply_add(ctx, du, dy, load_b_transposed<kT>(ctx, tiles.rb, 0, 0));
  multiply_add(ctx, dv, dy, load_b_transposed<kT>(ctx, tiles.rk, 0, 0));
}

/// D <- D + dY^T R~ + Z^T A~.
template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE void update_adjoint(Context& ctx, const ChunkTiles<N>& tiles, const FragmentA& dy,
                                      const SplitA& z, StateRows<N>& adjoint) {
#pragma unroll
  for (int q = 0; q < N / 16; ++q) {
    Sums sums[2] = {adjoint.tile[2 * q], adjoint.tile[2 * q + 1]};
    multiply_add(ctx, sums, dy, load_b_transposed<N>(ctx, tiles.r, q * 16, 0));
    if constexpr (kLowRank) multiply_add(ctx, sums, z, load_b_transposed<N>(ctx, tiles.a, q * 16, 0));
    adjoint.tile[2 * q] = sums[0];
    adjoint.tile[2 * q + 1] = sums[1];
  }
}

/// The part of a chunk that goes by value rows: dV, D, and what the part by keys needs in shared memory.
template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE void value_part(Context& ctx, ChunkBackwardTiles<N>& tiles,
                                  const ChunkBackwardHead<N>& head, std::int64_t begin, const float* before,
                                  StateRows<N>& adjoint) {
  const int first = ctx.warp() * 16;
  const FragmentA v = load_a_transposed<N>(ctx, tiles.forward.v, first, 0);
  const FragmentA dy = load_a_transposed<N>(ctx, tiles.dy, first, 0);
  decay_adjoint<N>(ctx, tiles.forward, adjoint);
  Sums u[2];
  pass_states<N, kLowRank>(ctx, tiles, before, adjoint, u);
  if constexpr (kLowRank) {
    Sums x[2];
    solve_removals<N>(ctx, tiles.forward, v, u, x);
    store_value_rows<N>(ctx, tiles.u, x);
  }
  Sums du[2], dv[2];
  adjoint_products<N, kLowRank>(ctx, tiles.forward, adjoint, dy, du, dv);
  SplitA z{};
  if constexpr (kLowRank) {
    Sums solved[2];
    multiply_add(ctx, solved, three_to_a(ctx, du[0], du[1]), load_inverse_transposed(ctx, tiles.forward));
    store_value_rows<N>(ctx, tiles.z, solved);
    z = split_to_a(ctx, solved[0], solved[1]);
    multiply_add(ctx, dv, z, load_b_transposed<kChunkTokens>(ctx, tiles.forward.ak, 0, 0));
  }
  update_adjoint<N, kLowRank>(ctx, tiles.forward, dy, z, adjoint);
  write_rows<N>(ctx, tiles.out, dv, head.at, begin, head.call.grads.dv);
}

/// x y^T over the values: 16 x 16. X and Y are tiles [token][value], split or exact in bf16.
template <int N, class Context, class X, class Y>
ANSER_HOST_DEVICE void value_products(Context& ctx, const X& x, const Y& y, Sums (&sums)[2]) {
  for (int i = 0; i < N; i += 16) multiply_add(ctx, sums, load_a<N>(ctx, x, 0, i), load_b<N>(ctx, y, 0, i));
}

/// M_ab, M_ak, M_rb, M_rk: matrix m by warp m, or by as many warps as there are.
template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE void value_pair_matrices(Context& ctx, ChunkBackwardTiles<N>& tiles, Read read) {
  for (int m = ctx.warp(); m < 4; m += N / 16) {
    if (!kLowRank && m != 3) continue;
    Sums sums[2];
    if (m == 0) {
      value_products<N>(ctx, tiles.z, tiles.u, sums);
      store_lower(ctx, sums, false, tiles.m_ab);
    } else if (m == 1) {
      value_products<N>(ctx, tiles.z, tiles.forward.v, sums);
      store_lower(ctx, sums, false, tiles.m_ak);
    } else if (m == 2) {
      value_products<N>(ctx, tiles.dy, tiles.u, sums);
      store_lower(ctx, sums, read == Read::after, tiles.m_rb);
    } else {
      value_products<N>(ctx, tiles.dy, tiles.forward.v, sums);
      store_lower(ctx, sums, read == Read::after, tiles.m_rk);
    }
  }
}

/// x S or x D P for the warp's 16 key channels: x [token][value], matrix [value][key].
template <int N, class Context, class X>
ANSER_HOST_DEVICE void times_state(Context& ctx, const X& x, const SplitTile<N * N>& matrix,
                                   Sums (&sums)[2]) {
  for (int i = 0; i < N; i += 16)
    multiply_add(ctx, sums, load_a<N>(ctx, x, 0, i), load_b_transposed<N>(ctx, matrix, ctx.warp() * 16, i));
}

/// m x for the warp's 16 key channels: m [t][s], x [token][key].
template <int N, class Context>
ANSER_HOST_DEVICE void times_rows(Context& ctx, const PairTile& m, const SplitTile<kChunkTokens * N>& x,
                                  Sums (&sums)[2]) {
  multiply_add(ctx, sums, load_a<kChunkTokens>(ctx, m, 0, 0),
               load_b_transposed<N>(ctx, x, ctx.warp() * 16, 0));
}
/// m^T x.
template <int N, class Context>
ANSER_HOST_DEVICE void times_rows_transposed(Context& ctx, const PairTile& m,
                                             const SplitTile<kChunkTokens * N>& x, Sums (&sums)[2]) {
  multiply_add(ctx, sums, load_a_transposed<kChunkTokens>(ctx, m, 0, 0),
               load_b_transposed<N>(ctx, x, ctx.warp() * 16, 0));
}

/// What one of r, k, a, b adds to the gradient of log w, for the lane's two tokens (g, g + 8) and four
/// channels: `through` counts at every later token, `back` at every token up to its own, `own` at its own.
struct DecayGradient {
  float through[2][4] = {}, back[2][4] = {}, own[2][4] = {};
};

/// How an operand meets the decays of its chunk.
enum class Meets { enters, leaves, leaves_before };  // k, b; r read after; a, and r read before

/// The gradient of one of r, k, a, b: from the state (`direct`) and from the chunk's pairs, times e^(+-g).
/// Adds its share of the decay's gradient.
template <int N, class Context>
ANSER_HOST_DEVICE void finish_gradient(Context& ctx, const ChunkBackwardTiles<N>& tiles,
                                       const ChunkBackwardHead<N>& head, std::int64_t begin, Meets meets,
                                       const SplitTile<kChunkTokens * N>& operand, const Sums (&direct)[2],
                                       const Sums (&pairs)[2], Bf16* gradient, DecayGradient& decay) {
  const int g = ctx.lane() / 4, t = ctx.lane() % 4, first = ctx.warp() * 16;
#pragma unroll
  for (int half = 0; half < 2; ++half)
#pragma unroll
    for (int tile = 0; tile < 2; ++tile) {
      const int token = g + half * 8, channel = first + tile * 8 + 2 * t;
      const std::uint32_t x = load_pair(ctx, operand.high + Tile<N>::at(token, channel));
      const std::uint32_t x_low = load_pair(ctx, operand.low + Tile<N>::at(token, channel));
      float out[2];
#pragma unroll
      for (int c = 0; c < 2; ++c) {
        const float factor =
            c == 0 ? ctx.low_number(x) + ctx.low_number(x_low) : ctx.high_number(x) + ctx.high_number(x_low);
        const float from_state = direct[tile].x[half * 2 + c], from_pairs = pairs[tile].x[half * 2 + c];
        const int at = tile * 2 + c;
        const int row = meets == Meets::leaves_before ? token - 1 : token;
        const float sum = row < 0 ? 0.0F : ctx.load(tiles.decay_sums + row * N + channel + c);
        out[c] = (from_state + from_pairs) * std::exp2(meets == Meets::enters ? -sum : sum);
        if (meets == Meets::enters) {
          decay.through[half][at] += factor * (from_state + from_pairs);
        } else {
          decay.back[half][at] += factor * from_state;
          if (meets == Meets::leaves) {
            decay.through[half][at] -= factor * from_pairs;
          } else {
            decay.own[half][at] -= factor * (from_state + from_pairs);
            decay.through[half][at] -= factor * from_pairs;
          }
        }
      }
      if (begin + token < head.at.time)
        ctx.write_pair(bits_of(gradient) + head.at.token(begin + token) + channel, ctx.pack(out[0], out[1]));
    }
}

/// d log w of the lane's tokens and channels: sums over the chunk's tokens (section 7).
template <int N, class Context>
ANSER_HOST_DEVICE void sum_decay_gradient(Context& ctx, const ChunkBackwardTiles<N>& tiles,
                                          const DecayGradient& d, float (&out)[2][4]) {
  const int t = ctx.lane() % 4, g = ctx.lane() / 4, first = ctx.warp() * 16;
#pragma unroll
  for (int at = 0; at < 4; ++at) {
    float constant = 0;
    for (int w = 0; w < N / 16; ++w)
      constant += ctx.load(tiles.state_times_adjoint + w * N + first + at / 2 * 8 + 2 * t + at % 2);
    constant += sum_over_rows(ctx, d.back[0][at] + d.back[1][at]);
    float before = 0;  // tokens 0..7 for the second half
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const float step = d.through[half][at] - d.back[half][at];
      float sum = step;
#pragma unroll
      for (int lanes = 4; lanes <= 16; lanes *= 2) {
        const float below = ctx.shuffle_up(sum, lanes);
        if (ctx.lane() >= lanes) sum += below;
      }
      const float up_to = ctx.shuffle_up(sum, 4);
      out[half][at] = constant + before + (g > 0 ? up_to : 0.0F) + d.own[half][at];
      before += ctx.shuffle(sum, 28 + t);
    }
  }
}

/// d w of the lane's tokens and channels, from d log w.
template <int N, class Context>
ANSER_HOST_DEVICE void write_decay_gradient(Context& ctx, ChunkBackwardTiles<N>& tiles,
                                            const ChunkBackwardHead<N>& head, std::int64_t begin,
                                            const float (&d)[2][4]) {
  const int g = ctx.lane() / 4, t = ctx.lane() % 4;
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int token = g + half * 8;
    const std::int64_t row = begin + token;
    if (head.call.mode.decay_per_head) {
      float sum = (d[half][0] + d[half][1]) + (d[half][2] + d[half][3]);
      sum += ctx.shuffle_xor(sum, 1);
      sum += ctx.shuffle_xor(sum, 2);
      if (t == 0) ctx.store(tiles.head_decay + ctx.warp() * kChunkTokens + token, sum);
      continue;
    }
    if (row >= head.at.time) continue;
#pragma unroll
    for (int tile = 0; tile < 2; ++tile) {
      const std::int64_t at = head.at.token(row) + ctx.warp() * 16 + tile * 8 + 2 * t;
      const std::uint32_t w = ctx.read_pair(bits_of(head.call.in.w) + at);
      ctx.write_pair(
          bits_of(head.call.grads.dw) + at,
          ctx.pack(d[half][tile * 2] * log_decay_slope(head.call.mode.decay, ctx.low_number(w)),
                   d[half][tile * 2 + 1] * log_decay_slope(head.call.mode.decay, ctx.high_number(w))));
    }
  }
}

/// One decay per head: the warps' parts together.
template <int N, class Context>
ANSER_HOST_DEVICE void write_head_decay(Context& ctx, const ChunkBackwardTiles<N>& tiles,
                                        const ChunkBackwardHead<N>& head, std::int64_t begin) {
  const std::int64_t row = begin + ctx.thread();
  if (ctx.thread() >= kChunkTokens || row >= head.at.time) return;
  float sum = 0;
  for (int w = 0; w < N / 16; ++w) sum += ctx.load(tiles.head_decay + w * kChunkTokens + ctx.thread());
  const std::int64_t at = head.at.head_token(row);
  const float w = ctx.low_number(head.call.in.w[at].bits);
  const std::uint32_t dw = ctx.pack(sum * log_decay_slope(head.call.mode.decay, w), 0.0F);
  head.call.grads.dw[at] = {static_cast<Bits16>(dw & 0xffffU)};
}

/// The part of a chunk that goes by key channels: dr, dk, da, db, dw.
template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE void key_part(Context& ctx, ChunkBackwardTiles<N>& tiles, const ChunkBackwardHead<N>& head,
                                std::int64_t begin) {
  const ChunkTiles<N>& f = tiles.forward;
  DecayGradient decay;
  {
    Sums direct[2], pairs[2];
    times_state<N>(ctx, tiles.dy, tiles.state, direct);
    if constexpr (kLowRank) times_rows<N>(ctx, tiles.m_rb, f.b, pairs);
    times_rows<N>(ctx, tiles.m_rk, f.k, pairs);
    finish_gradient<N>(ctx, tiles, head, begin,
                       head.call.mode.read == Read::before ? Meets::leaves_before : Meets::leaves, f.r,
                       direct, pairs, head.call.grads.dr, decay);
  }
  {
    Sums direct[2], pairs[2];
    times_state<N>(ctx, f.v, tiles.adjoint, direct);
    times_rows_transposed<N>(ctx, tiles.m_rk, f.r, pairs);
    if constexpr (kLowRank) times_rows_transposed<N>(ctx, tiles.m_ak, f.a, pairs);
    finish_gradient<N>(ctx, tiles, head, begin, Meets::enters, f.k, direct, pairs, head.call.grads.dk, decay);
  }
  if constexpr (kLowRank) {
    Sums direct[2], pairs[2];
    times_state<N>(ctx, tiles.z, tiles.state, direct);
    times_rows<N>(ctx, tiles.m_ab, f.b, pairs);
    times_rows<N>(ctx, tiles.m_ak, f.k, pairs);
    finish_gradient<N>(ctx, tiles, head, begin, Meets::leaves_before, f.a, direct, pairs, head.call.grads.da,
                       decay);
    Sums entering[2], others[2];
    times_state<N>(ctx, tiles.u, tiles.adjoint, entering);
    times_rows_transposed<N>(ctx, tiles.m_rb, f.r, others);
    times_rows_transposed<N>(ctx, tiles.m_ab, f.a, others);
    finish_gradient<N>(ctx, tiles, head, begin, Meets::enters, f.b, entering, others, head.call.grads.db,
                       decay);
  }
  if (head.call.mode.decay == Decay::none) return;
  float d[2][4];
  sum_decay_gradient<N>(ctx, tiles, decay, d);
  write_decay_gradient<N>(ctx, tiles, head, begin, d);
}

template <int N, bool kLowRank, class Context>
ANSER_HOST_DEVICE_INLINE void chunk_backward(Context& ctx, const ChunkBackwardCall& call,
                                             std::int64_t block) {
  auto& tiles = ctx.template shared<ChunkBackwardTiles<N>>();
  const ChunkBackwardHead<N> head{call, ChunkPlace<N>(call.shape, block)};
  StateRows<N> adjoint;
  read_state<N>(ctx, offset_or_null(call.dsT, head.at.state()), adjoint);
  const std::int64_t last = (head.at.time + kChunkTokens - 1) / kChunkTokens * kChunkTokens - kChunkTokens;
  std::int64_t known = last + 1;  // first token whose chunk's states the workspace does not hold
  for (std::int64_t begin = last; begin >= 0; begin -= kChunkTokens) {
    const std::int64_t checkpoint = begin / kChunkCheckpointInterval * kChunkCheckpointInterval;
    if (checkpoint < known) recompute_states<N, kLowRank>(ctx, tiles.forward, head, checkpoint, begin);
    known = checkpoint;
    const float* before = begin == checkpoint ? call.checkpoints + head.at.checkpoint_before(begin)
                                              : head.kept((begin - checkpoint) / kChunkTokens - 1);
    prepare_backward<N, kLowRank>(ctx, tiles, head, begin);
    value_part<N, kLowRank>(ctx, tiles, head, begin, before, adjoint);
    ctx.sync_block();
    value_pair_matrices<N, kLowRank>(ctx, tiles, call.mode.read);
    ctx.sync_block();
    key_part<N, kLowRank>(ctx, tiles, head, begin);
    ctx.sync_block();
    if (call.mode.decay_per_head && call.mode.decay != Decay::none)
      write_head_decay<N>(ctx, tiles, head, begin);
  }
  if (call.grads.ds0 != nullptr) write_state<N>(ctx, adjoint, call.grads.ds0 + head.at.state());
}

}  // namespace anser::kernels::cuda
