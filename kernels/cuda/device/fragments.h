// Where the numbers of a tensor-core product lie: tiles of 16-bit numbers in shared memory, and the fragments
// of mma.m16n8k16 (PTX ISA, "Matrix fragments for mma.m16n8k16"). Host and device share this file; the
// operations themselves belong to a context (gpu_context.cuh; the tests' emulated block).
//
// With g = lane / 4 and t = lane % 4 a lane holds, two numbers to a register,
//     A (16 x 16):  (g, 2t..)  (g + 8, 2t..)  (g, 2t + 8..)  (g + 8, 2t + 8..)
//     B (16 x 8):   (2t.., g)  (2t + 8.., g)
//     C (16 x 8):   (g, 2t) (g, 2t + 1) (g + 8, 2t) (g + 8, 2t + 1), fp32
// so two C tiles side by side are, rounded, one A fragment: a chain of products needs no shuffle.
#pragma once

#include <cstdint>

#include "kernels/recurrence_math.h"

namespace anser::kernels::cuda {

using Bits16 = std::uint16_t;  // a bf16 number

/// Eight of them, moved at once.
struct alignas(16) Numbers8 {
  std::uint32_t x[4];
};

/// Where a tile of rows of kColumns bf16 numbers (16, 32, 64 or 128) keeps (row, column). Groups of 8 columns
/// are exchanged by row, so that 8 rows of one group lie in different banks.
template <int kColumns>
struct Tile {
  static constexpr int kGroups = kColumns / 8;
  static constexpr int kKeys = kGroups < 8 ? kGroups : 8;
  static constexpr int kRowsPerLine = kColumns < 64 ? 64 / kColumns : 1;  // a line is 128 bytes: all banks

  ANSER_HOST_DEVICE static constexpr int at(int row, int column) {
    const int group = (column / 8) ^ ((row / kRowsPerLine) % kKeys);
    return row * kColumns + group * 8 + column % 8;
  }
};

/// A tile of numbers that are each the sum of two bf16 numbers.
template <int kNumbers>
struct SplitTile {
  Bits16 high[kNumbers], low[kNumbers];
};

struct FragmentA {
  std::uint32_t x[4];
};
/// Two B fragments: columns 0..7 in x[0], x[1], columns 8..15 in x[2], x[3].
struct FragmentB2 {
  std::uint32_t x[4];
};
/// A 16 x 8 block of sums.
struct Sums {
  float x[4] = {0, 0, 0, 0};
};

/// A from a tile that holds it as [row][k].
template <int kColumns, class Context>
ANSER_HOST_DEVICE FragmentA load_a(Context& ctx, const Bits16* tile, int row, int k) {
  const int lane = ctx.lane();
  FragmentA f;
  ctx.load_matrices(f.x, tile + Tile<kColumns>::at(row + lane % 16, k + lane / 16 * 8));
  return f;
}

/// A from a tile that holds it as [k][row].
template <int kColumns, class Context>
ANSER_HOST_DEVICE FragmentA load_a_transposed(Context& ctx, const Bits16* tile, int row, int k) {
  const int lane = ctx.lane(), matrix = lane / 8;
  FragmentA f;
  ctx.load_matrices_transposed(
      f.x, tile + Tile<kColumns>::at(k + lane % 8 + matrix / 2 * 8, row + matrix % 2 * 8));
  return f;
}

/// B from a tile that holds it as [column][k].
template <int kColumns, class Context>
ANSER_HOST_DEVICE FragmentB2 load_b(Context& ctx, const Bits16* tile, int column, int k) {
  const int lane = ctx.lane(), matrix = lane / 8;
  FragmentB2 f;
  ctx.load_matrices(f.x, tile + Tile<kColumns>::at(column + lane % 8 + matrix / 2 * 8, k + matrix % 2 * 8));
  return f;
}

/// B from a tile that holds it as [k][column].
template <int kColumns, class Context>
ANSER_HOST_DEVICE FragmentB2 load_b_transposed(Context& ctx, const Bits16* tile, int column, int k) {
  const int lane = ctx.lane(), matrix = lane / 8;
  FragmentB2 f;
  ctx.load_matrices_transposed(
      f.x, tile + Tile<kColumns>::at(k + lane % 8 + matrix % 2 * 8, column + matrix / 2 * 8));
  return f;
}

/// sums[0], sums[1] += a b: 16 x 16 of them.
template <class Context>
ANSER_HOST_DEVICE void multiply_add(Context& ctx, Sums (&sums)[2], const FragmentA& a, const FragmentB2& b) {
  ctx.mma(sums[0].x, a.x, b.x[0], b.x[1]);
  ctx.mma(sums[1].x, a.x, b.x[2], b.x[3]);
}

/// A number as the sum of two bf16 numbers, exact to 2^-16 of it: what a product needs whose result is
/// carried on.
struct SplitA {
  FragmentA high, low;
};
struct SplitB2 {
  FragmentB2 high, low;
};

/// The same of split tiles.
template <int kColumns, int kNumbers, class Context>
ANSER_HOST_DEVICE SplitA load_a(Context& ctx, const SplitTile<kNumbers>& tile, int row, int k) {
  return {load_a<kColumns>(ctx, tile.high, row, k), load_a<kColumns>(ctx, tile.low, row, k)};
}
template <int kColumns, int kNumbers, class Context>
ANSER_HOST_DEVICE SplitA load_a_transposed(Context& ctx, const SplitTile<kNumbers>& tile, int row, int k) {
  return {load_a_transposed<kColumns>(ctx, tile.high, row, k),
          load_a_transposed<kColumns>(ctx, tile.low, row, k)};
}
template <int kColumns, int kNumbers, class Context>
ANSER_HOST_DEVICE SplitB2 load_b(Context& ctx, const SplitTile<kNumbers>& tile, int column, int k) {
  return {load_b<kColumns>(ctx, tile.high, column, k), load_b<kColumns>(ctx, tile.low, column, k)};
}
template <int kColumns, int kNumbers, class Context>
ANSER_HOST_DEVICE SplitB2 load_b_transposed(Context& ctx, const SplitTile<kNumbers>& tile, int column,
                                            int k) {
  return {load_b_transposed<kColumns>(ctx, tile.high, column, k),
          load_b_transposed<kColumns>(ctx, tile.low, column, k)};
}

/// x, y as bf16 in one register and what rounding left.
struct SplitPair {
  std::uint32_t high, low;
};
template <class Context>
ANSER_HOST_DEVICE SplitPair split_pair(Context& ctx, float x, float y) {
  const std::uint32_t high = ctx.pack(x, y);
  if constexpr (!Context::kSplit) return {high, 0};
  return {high, ctx.pack(x - ctx.low_number(high), y - ctx.high_number(high))};
}

/// Two C tiles side by side as an A fragment.
template <class Context>
ANSER_HOST_DEVICE SplitA split_to_a(Context& ctx, const Sums& left, const Sums& right) {
  SplitA f;
#pragma unroll
  for (int q = 0; q < 4; ++q) {
    const Sums& tile = q < 2 ? left : right;
    const SplitPair pair = split_pair(ctx, tile.x[q % 2 * 2], tile.x[q % 2 * 2 + 1]);
    f.high.x[q] = pair.high;
    f.low.x[q] = pair.low;
  }
  return f;
}

/// sums += (a.high + a.low) (b.high + b.low) without low * low.
template <class Context>
ANSER_HOST_DEVICE void multiply_add(Context& ctx, Sums (&sums)[2], const SplitA& a, const SplitB2& b) {
  multiply_add(ctx, sums, a.high, b.low);
  multiply_add(ctx, sums, a.low, b.high);
  multiply_add(ctx, sums, a.high, b.high);
}
/// The same where b or a is exact in bf16.
template <class Context>
ANSER_HOST_DEVICE void multiply_add(Context& ctx, Sums (&sums)[2], const SplitA& a, const FragmentB2& b) {
  multiply_add(ctx, sums, a.low, b);
  multiply_add(ctx, sums, a.high, b);
}
template <class Context>
ANSER_HOST_DEVICE void multiply_add(Context& ctx, Sums (&sums)[2], const FragmentA& a, const SplitB2& b) {
  multiply_add(ctx, sums, a, b.low);
  multiply_add(ctx, sums, a, b.high);
}

/// A number as the sum of three bf16 numbers: exact in fp32.
struct ThreeA {
  SplitA two;
  FragmentA rest;
};
struct ThreeB2 {
  SplitB2 two;
  FragmentB2 rest;
};

/// What the two numbers of a SplitPair leave of x, y.
template <class Context>
ANSER_HOST_DEVICE std::uint32_t pack_rest(Context& ctx, float x, float y, const SplitPair& pair) {
  if constexpr (!Context::kSplit) return 0;
  return ctx.pack((x - ctx.low_number(pair.high)) - ctx.low_number(pair.low),
                  (y - ctx.high_number(pair.high)) - ctx.high_number(pair.low));
}

template <class Context>
ANSER_HOST_DEVICE ThreeA three_to_a(Context& ctx, const Sums& left, const Sums& right) {
  ThreeA f{split_to_a(ctx, left, right), {}};
#pragma unroll
  for (int q = 0; q < 4; ++q) {
    const Sums& tile = q < 2 ? left : right;
    f.rest.x[q] = pack_rest(ctx, tile.x[q % 2 * 2], tile.x[q % 2 * 2 + 1], {f.two.high.x[q], f.two.low.x[q]});
  }
  return f;
}

/// The same where b is the sum of two.
template <class Context>
ANSER_HOST_DEVICE void multiply_add(Context& ctx, Sums (&sums)[2], const ThreeA& a, const SplitB2& b) {
  multiply_add(ctx, sums, a.rest, b.high);
  multiply_add(ctx, sums, a.two.low, b.low);
  multiply_add(ctx, sums, a.two, b);
}

/// sums += a b but for what is below 2^-24 of the factors, small products first.
template <class Context>
ANSER_HOST_DEVICE void multiply_add(Context& ctx, Sums (&sums)[2], const ThreeA& a, const ThreeB2& b) {
  multiply_add(ctx, sums, a.rest, b.two.high);
  multiply_add(ctx, sums, a.two.high, b.rest);
  multiply_add(ctx, sums, a.two.low, b.two.low);
  multiply_add(ctx, sums, a.two, b.two);
}

}  // namespace anser::kernels::cuda
