// Products of narrow matrices: the projections of a small model, their input and weight gradients.
//
//     multiply            y[i, j] = bias[j] + sum_p x[i, p] b[p, j] + residual[i, j], and more terms
//     add_outer_products  c[p, j] += sum_i x[i, p] y[i, j]                 weight gradients
//
// All arrays row-major, any sizes >= 0; contiguous but b and c, which may be parts of wider matrices. A
// matrix that multiplies many rows is packed once.
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

/// Packs b for `multiply` on this machine's instruction set. b_stride: from a row of b, as it lies in memory,
/// to the next.
void pack(std::int64_t inner, std::int64_t columns, Major major, const float* b, std::int64_t b_stride,
          float* packed);

/// What a product's sums begin with, and what joins them at their end. Null: zeros.
struct ProductTerms {
  const float* bias = nullptr;      // [columns]
  bool add = false;                 // instead of the bias: the sums go on from y
  const float* residual = nullptr;  // [rows, columns]
  // The squared ReLU (kernels/fused/squared_relu.h) behind the product, or before it in the backward pass:
  const float* relu = nullptr;  // [rows, columns]: the sums are multiplied by its slope 2 max(relu, 0)
  float* squares = nullptr;     // [rows, columns]: overwritten by max(relu, 0)^2, without relu by max(y, 0)^2
};

/// x [rows, inner], y [rows, columns]. x and y do not overlap.
void multiply(std::int64_t rows, std::int64_t inner, std::int64_t columns, const float* x,
              const float* packed, const ProductTerms& terms, float* y);

/// x [rows, height], y [rows, columns], c [height, columns] with c_stride numbers from a row to the next.
void add_outer_products(std::int64_t rows, std::int64_t height, std::int64_t columns, const float* x,
                        const float* y, float* c, std::int64_t c_stride);

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
