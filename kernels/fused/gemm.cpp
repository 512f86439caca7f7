#include "kernels/fused/gemm.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fused/gemm.cpp"
#include "hwy/foreach_target.h"
// Per-target headers behind foreach_target.h.
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::fused::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, 16>;
using Vec = hn::Vec<Tag>;
constexpr std::size_t kWidth = hn::MaxLanes(Tag());

// A tile of accumulators is R rows by V vectors: as many as the registers hold (32 with AVX-512, else 16).
#if HWY_TARGET <= HWY_AVX3
constexpr std::size_t kTileVectors = 4;
constexpr std::size_t kWideRows = 6;     // where V > kTileVectors / 2
constexpr std::size_t kNarrowRows = 12;  // elsewhere
#else
constexpr std::size_t kTileVectors = 2;
constexpr std::size_t kWideRows = 6;
constexpr std::size_t kNarrowRows = 12;
#endif
constexpr std::size_t kPanel = kTileVectors * kWidth;  // columns of a panel; the last may have fewer vectors

template <std::size_t V>
constexpr std::size_t kRows = V > kTileVectors / 2 ? kWideRows : kNarrowRows;

// Access to the vectors of a tile that is full.
struct WholeColumns {
  template <std::size_t V>
  HWY_INLINE Vec load(const float* p, std::size_t) const {
    return hn::LoadU(Tag(), p);
  }
  template <std::size_t V>
  HWY_INLINE void store(Vec x, float* p, std::size_t) const {
    hn::StoreU(x, Tag(), p);
  }
};

// To those of one whose last vector covers `count` < kWidth columns.
class PartialColumns {
 public:
  HWY_INLINE explicit PartialColumns(std::size_t count) : count_(count), mask_(hn::FirstN(Tag(), count)) {}

  template <std::size_t V>
  HWY_INLINE Vec load(const float* p, std::size_t v) const {
    if (v + 1 < V) return hn::LoadU(Tag(), p);
#if HWY_CAP_GE256
    return hn::MaskedLoad(mask_, Tag(), p);
#else
    HWY_ALIGN float padded[kWidth] = {};
    std::memcpy(padded, p, count_ * sizeof(float));
    return hn::Load(Tag(), padded);
#endif
  }

  template <std::size_t V>
  HWY_INLINE void store(Vec x, float* p, std::size_t v) const {
    if (v + 1 < V) return hn::StoreU(x, Tag(), p);
#if HWY_CAP_GE256
    hn::BlendedStore(x, mask_, Tag(), p);
#else
    HWY_ALIGN float padded[kWidth];
    hn::Store(x, Tag(), padded);
    std::memcpy(p, padded, count_ * sizeof(float));
#endif
  }

 private:
  std::size_t count_;
  hn::Mask<Tag> mask_;
};

// sums[r][v] += x[r * x_row + p * x_step] * b[p * b_step + v], p = 0 .. inner-1.
template <std::size_t R, std::size_t V, class LoadB>
HWY_INLINE void accumulate(std::size_t inner, const float* x, std::size_t x_row, std::size_t x_step,
                           const LoadB& load_b, Vec (&sums)[R][V]) {
  for (std::size_t p = 0; p < inner; ++p) {
    Vec b[V];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) b[v] = load_b(p, v);
#pragma GCC unroll 12
    for (std::size_t r = 0; r < R; ++r) {
      const Vec factor = hn::Set(Tag(), x[r * x_row + p * x_step]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < V; ++v) sums[r][v] = hn::MulAdd(factor, b[v], sums[r][v]);
    }
  }
}

struct Product {
  std::size_t inner;
  std::size_t columns;
  ProductTerms terms;

  // The same at a later row and column.
  HWY_INLINE Product at(std::size_t row, std::size_t column) const {
    Product moved = *this;
    if (terms.bias != nullptr) moved.terms.bias += column;
    const std::size_t place = row * columns + column;
    if (terms.residual != nullptr) moved.terms.residual += place;
    if (terms.relu != nullptr) moved.terms.relu += place;
    if (terms.squares != nullptr) moved.terms.squares += place;
    return moved;
  }
};

// The terms that join a tile's sums at their end.
template <std::size_t R, std::size_t V, class Access>
HWY_INLINE void finish(const Product& s, const Access& access, Vec (&sums)[R][V]) {
  const auto each = [&](auto change) HWY_ATTR {
#pragma GCC unroll 12
    for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (std::size_t v = 0; v < V; ++v) change(sums[r][v], r * s.columns + v * kWidth, v);
  };
  const ProductTerms terms = s.terms;
  if (terms.residual != nullptr)
    each([&](Vec& sum, std::size_t at, std::size_t v)
             HWY_ATTR { sum = hn::Add(sum, access.template load<V>(terms.residual + at, v)); });
  if (terms.squares == nullptr && terms.relu == nullptr) return;
  each([&](Vec& sum, std::size_t at, std::size_t v) HWY_ATTR {
    const Vec x = terms.relu != nullptr ? access.template load<V>(terms.relu + at, v) : sum;
    const Vec positive = hn::IfThenZeroElse(hn::Lt(x, hn::Zero(Tag())), x);
    if (terms.relu != nullptr) sum = hn::Mul(hn::Add(positive, positive), sum);
    if (terms.squares != nullptr)
      access.template store<V>(hn::Mul(positive, positive), terms.squares + at, v);
  });
}

template <std::size_t R, std::size_t V, class Access>
HWY_INLINE void product_tile(const Product s, const Access& access, const float* x, const float* panel,
                             float* y) {
  const std::size_t columns = s.columns;
  const float* const first = s.terms.add ? y : s.terms.bias;
  const std::size_t first_step = s.terms.add ? columns : 0;
  Vec sums[R][V];
#pragma GCC unroll 12
  for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v)
      sums[r][v] = first != nullptr ? access.template load<V>(first + r * first_step + v * kWidth, v)
                                    : hn::Zero(Tag());
  accumulate<R, V>(
      s.inner, x, s.inner, 1,
      [panel](std::size_t p, std::size_t v)
          HWY_ATTR { return hn::LoadU(Tag(), panel + (p * V + v) * kWidth); },
      sums);
  finish<R, V>(s, access, sums);
#pragma GCC unroll 12
  for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) access.template store<V>(sums[r][v], y + r * columns + v * kWidth, v);
}

// All rows by one panel of V vectors.
template <std::size_t V, class Access>
HWY_NOINLINE void product_panel(const Product& s, std::size_t rows, const Access access, const float* x,
                                const float* panel, float* y) {
  std::size_t row = 0;
  for (; row + kRows<V> <= rows; row += kRows<V>)
    product_tile<kRows<V>, V>(s.at(row, 0), access, x + row * s.inner, panel, y + row * s.columns);
  for (; row + 4 <= rows; row += 4)
    product_tile<4, V>(s.at(row, 0), access, x + row * s.inner, panel, y + row * s.columns);
  for (; row < rows; ++row)
    product_tile<1, V>(s.at(row, 0), access, x + row * s.inner, panel, y + row * s.columns);
}

// Vectors of the panel that begins at `column`, and the width of its last one.
struct PanelShape {
  std::size_t vectors;
  std::size_t last;
};

HWY_INLINE PanelShape panel_at(std::size_t column, std::size_t columns) {
  const std::size_t width = std::min(kPanel, columns - column);
  const std::size_t vectors = (width + kWidth - 1) / kWidth;
  return {vectors, width - (vectors - 1) * kWidth};
}

// call(std::integral_constant<V>, access) for the panel's number of vectors and its last one's width.
template <class Call>
HWY_INLINE void with_panel(const PanelShape panel, const Call& call) {
  const auto with_vectors = [&](auto vectors) HWY_ATTR {
    if (panel.last == kWidth) return call(vectors, WholeColumns());
    call(vectors, PartialColumns(panel.last));
  };
  if (panel.vectors == 1) return with_vectors(std::integral_constant<std::size_t, 1>());
  if constexpr (kTileVectors > 2) {
    if (panel.vectors == 3) return with_vectors(std::integral_constant<std::size_t, 3>());
    if (panel.vectors == 4) return with_vectors(std::integral_constant<std::size_t, 4>());
  }
  return with_vectors(std::integral_constant<std::size_t, 2>());
}

// Rows of x that meet every panel before the next ones do: 16 KiB of them, or as many as make reading b again
// cheap.
std::size_t rows_per_block(std::size_t inner) {
  constexpr std::size_t kNumbers = 4096, kLeast = 4 * kNarrowRows;
  return std::max(kLeast, kNumbers / std::max<std::size_t>(inner, 1) / kNarrowRows * kNarrowRows);
}

void product(std::size_t rows, std::size_t inner, std::size_t columns, const float* x, const float* packed,
             const ProductTerms& terms, float* y) {
  const Product s{inner, columns, terms};
  const std::size_t block = rows_per_block(inner);
  for (std::size_t row = 0; row < rows; row += block)
    for (std::size_t column = 0; column < columns; column += kPanel)
      with_panel(panel_at(column, columns), [&](auto vectors, auto access) HWY_ATTR {
        product_panel<vectors()>(s.at(row, column), std::min(block, rows - row), access, x + row * inner,
                                 packed + column * inner, y + row * columns + column);
      });
}

void pack_panels(std::size_t inner, std::size_t columns, bool output_major, const float* b,
                 std::size_t b_stride, float* packed) {
  for (std::size_t column = 0; column < columns; column += kPanel) {
    const std::size_t width = panel_at(column, columns).vectors * kWidth;
    const std::size_t used = std::min(width, columns - column);
    float* panel = packed + column * inner;
    if (used < width) std::fill_n(panel, inner * width, 0.0f);
    if (output_major)
      for (std::size_t j = 0; j < used; ++j)
        for (std::size_t p = 0; p < inner; ++p) panel[p * width + j] = b[(column + j) * b_stride + p];
    else
      for (std::size_t p = 0; p < inner; ++p) std::copy_n(b + p * b_stride + column, used, panel + p * width);
  }
}

struct Outer {
  std::size_t rows;  // at most kOuterBlock
  std::size_t height;
  std::size_t x_step, y_step, c_step;  // from a row to the next
};

template <std::size_t R, std::size_t V, class Access>
HWY_INLINE void outer_tile(const Outer s, const Access& access, const float* x, const float* y, float* c) {
  Vec sums[R][V];
#pragma GCC unroll 12
  for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) sums[r][v] = hn::Zero(Tag());
  accumulate<R, V>(
      s.rows, x, 1, s.x_step,
      [&](std::size_t i, std::size_t v)
          HWY_ATTR { return access.template load<V>(y + i * s.y_step + v * kWidth, v); },
      sums);
#pragma GCC unroll 12
  for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) {
      float* place = c + r * s.c_step + v * kWidth;
      access.template store<V>(hn::Add(access.template load<V>(place, v), sums[r][v]), place, v);
    }
}

template <std::size_t V, class Access>
HWY_NOINLINE void outer_panel(const Outer& s, const Access access, const float* x, const float* y, float* c) {
  std::size_t p = 0;
  for (; p + kRows<V> <= s.height; p += kRows<V>)
    outer_tile<kRows<V>, V>(s, access, x + p, y, c + p * s.c_step);
  for (; p + 4 <= s.height; p += 4) outer_tile<4, V>(s, access, x + p, y, c + p * s.c_step);
  for (; p < s.height; ++p) outer_tile<1, V>(s, access, x + p, y, c + p * s.c_step);
}

// One block of rows.
void outer_block(const Outer& s, std::size_t columns, const float* x, const float* y, float* c) {
  for (std::size_t column = 0; column < columns; column += kPanel)
    with_panel(panel_at(column, columns), [&](auto vectors, auto access) HWY_ATTR {
      outer_panel<vectors()>(s, access, x, y + column, c + column);
    });
}

void outer_products(std::size_t rows, std::size_t height, std::size_t columns, const float* x, const float* y,
                    float* c, std::size_t c_stride) {
  for (std::size_t row = 0; row < rows; row += kOuterBlock)
    outer_block({std::min<std::size_t>(kOuterBlock, rows - row), height, height, columns, c_stride}, columns,
                x + row * height, y + row * columns, c);
}

void column_sums(std::size_t rows, std::size_t columns, const float* y, float* sums) {
  const float one = 1.0f;
  for (std::size_t row = 0; row < rows; row += kOuterBlock)
    outer_block({std::min<std::size_t>(kOuterBlock, rows - row), 1, 0, columns, 0}, columns, &one,
                y + row * columns, sums);
}

}  // namespace
}  // namespace anser::kernels::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anser::kernels::fused {

HWY_EXPORT(product);
HWY_EXPORT(pack_panels);
HWY_EXPORT(outer_products);
HWY_EXPORT(column_sums);

std::int64_t packed_size(std::int64_t inner, std::int64_t columns) {
  return inner * ((columns + 15) / 16 * 16);
}

void pack(std::int64_t inner, std::int64_t columns, Major major, const float* b, std::int64_t b_stride,
          float* packed) {
  HWY_DYNAMIC_DISPATCH(pack_panels)(inner, columns, major == Major::output, b, b_stride, packed);
}

void multiply(std::int64_t rows, std::int64_t inner, std::int64_t columns, const float* x,
              const float* packed, const ProductTerms& terms, float* y) {
  HWY_DYNAMIC_DISPATCH(product)(rows, inner, columns, x, packed, terms, y);
}

void add_outer_products(std::int64_t rows, std::int64_t height, std::int64_t columns, const float* x,
                        const float* y, float* c, std::int64_t c_stride) {
  HWY_DYNAMIC_DISPATCH(outer_products)(rows, height, columns, x, y, c, c_stride);
}

void add_column_sums(std::int64_t rows, std::int64_t columns, const float* y, float* sums) {
  HWY_DYNAMIC_DISPATCH(column_sums)(rows, columns, y, sums);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
