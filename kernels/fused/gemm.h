// Products of narrow matrices: the projections of a small model, their input and weight gradients.
//
//     multiply            y[i, j] = bias[j] + sum_p x[i, p] b[p, j]        or y[i, j] += the sum
//     add_outer_products  c[p, j] += sum_i x[i, p] y[i, j]                 weight gradients
//
// All arrays row-major and contiguous, any sizes >= 0. A matrix that multiplies many rows is packed once.
//
// A number of y is one chain of multiply-adds, p = 0, 1, ...: its bits depend on its row of x, on b and on
// the instruction set's multiply-add (fused from AVX2 on) alone, not on how many rows there are. A number of
// c is summed in blocks of kOuterBlock rows, from the first row on. Complexity: as many multiply-adds as the
// formula has.
#pragma once

#include <cstdint>

namespace anser::kernels::fused {

/// How a matrix b [inner, columns] lies in memory.
enum class Major : std::uint8_t {
  input,   // [inner, columns]: a low-rank factor; a projection when its input gradient is wanted
  output,  // [columns, inner]: a projection y = x W^T
};

/// Rows of add_outer_products that are summed before they join c.
inline constexpr std::int64_t kOuterBlock = 64;

/// Numbers that a packed matrix takes.
std::int64_t packed_size(std::int64_t inner, std::int64_t columns);

/// Packs b for `multiply` on this machine's instruction set.
void pack(std::int64_t inner, std::int64_t columns, Major major, const float* b, float* packed);

/// x [rows, inner], y [rows, columns]; bias [columns] or null (zeros). x and y do not overlap.
void multiply(std::int64_t rows, std::int64_t inner, std::int64_t columns, const float* x,
              const float* packed, const float* bias, float* y);

/// The same, added to y.
void multiply_add(std::int64_t rows, std::int64_t inner, std::int64_t columns, const float* x,
                  const float* packed, float* y);

/// x [rows, height], y [rows, columns], c [height, columns].
void add_outer_products(std::int64_t rows, std::int64_t height, std::int64_t columns, const float* x,
                        const float* y, float* c);

/// sums[j] += sum_i y[i, j]; y [rows, columns], in blocks of kOuterBlock rows: a bias gradient.
void add_column_sums(std::int64_t rows, std::int64_t columns, const float* y, float* sums);

namespace reference {
template <typename Real>
void multiply(std::int64_t rows, std::int64_t inner, std::int64_t columns, Major major, const Real* x,
              const Real* b, const Real* bias, Real* y);
template <typename Real>
void add_outer_products(std::int64_t rows, std::int64_t height, std::int64_t columns, const Real* x,
                        const Real* y, Real* c);
}  // namespace reference

}  // namespace anser::kernels::fused
