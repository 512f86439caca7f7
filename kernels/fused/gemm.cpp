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

// The last vector of a tile covers `count` <= kWidth columns.
struct Columns {
  std::size_t count;

  template <std::size_t V>
  HWY_INLINE Vec load(const float* p, std::size_t v) const {
    if (v + 1 < V || count == kWidth) return hn::LoadU(Tag(), p);
#if HWY_CAP_GE256
    return hn::MaskedLoad(hn::FirstN(Tag(), count), Tag(), p);
#else
    HWY_ALIGN float padded[kWidth] = {};
    std::memcpy(padded, p, count * sizeof(float));
    return hn::Load(Tag(), padded);
#endif
  }

  template <std::size_t V>
  HWY_INLINE void store(Vec x, float* p, std::size_t v) const {
    if (v + 1 < V || count == kWidth) return hn::StoreU(x, Tag(), p);
#if HWY_CAP_GE256
    hn::BlendedStore(x, hn::FirstN(Tag(), count), Tag(), p);
#else
    HWY_ALIGN float padded[kWidth];
    hn::Store(x, Tag(), padded);
    std::memcpy(p, padded, count * sizeof(float));
#endif
  }
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
  const float* bias;
  bool add;
};

template <std::size_t R, std::size_t V>
HWY_INLINE void product_tile(const Product& s, Columns last, const float* x, const float* panel,
                             const float* bias, float* y) {
  Vec sums[R][V];
#pragma GCC unroll 12
  for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) {
      if (s.add)
        sums[r][v] = last.load<V>(y + r * s.columns + v * kWidth, v);
      else
        sums[r][v] = bias != nullptr ? last.load<V>(bias + v * kWidth, v) : hn::Zero(Tag());
    }
  accumulate<R, V>(
      s.inner, x, s.inner, 1,
      [panel](std::size_t p, std::size_t v)
          HWY_ATTR { return hn::LoadU(Tag(), panel + (p * V + v) * kWidth); },
      sums);
#pragma GCC unroll 12
  for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) last.store<V>(sums[r][v], y + r * s.columns + v * kWidth, v);
}

// All rows by one panel of V vectors.
template <std::size_t V>
HWY_NOINLINE void product_panel(const Product& s, std::size_t rows, Columns last, const float* x,
                                const float* panel, const float* bias, float* y) {
  const auto step = [&](std::size_t done) {
    rows -= done;
    x += done * s.inner;
    y += done * s.columns;
  };
  for (; rows >= kRows<V>; step(kRows<V>)) product_tile<kRows<V>, V>(s, last, x, panel, bias, y);
  for (; rows >= 4; step(4)) product_tile<4, V>(s, last, x, panel, bias, y);
  for (; rows > 0; step(1)) product_tile<1, V>(s, last, x, panel, bias, y);
}

// Vectors of the panel that begins at `column`, and the width of its last one.
struct PanelShape {
  std::size_t vectors;
  Columns last;
};

HWY_INLINE PanelShape panel_at(std::size_t column, std::size_t columns) {
  const std::size_t width = std::min(kPanel, columns - column);
  const std::size_t vectors = (width + kWidth - 1) / kWidth;
  return {vectors, {width - (vectors - 1) * kWidth}};
}

// call(std::integral_constant<V>) with the run-time number of vectors.
template <class Call>
HWY_INLINE void with_vectors(std::size_t vectors, const Call& call) {
  if (vectors == 1) return call(std::integral_constant<std::size_t, 1>());
  if constexpr (kTileVectors > 2) {
    if (vectors == 3) return call(std::integral_constant<std::size_t, 3>());
    if (vectors == 4) return call(std::integral_constant<std::size_t, 4>());
  }
  return call(std::integral_constant<std::size_t, 2>());
}

// Rows of x that meet every panel before the next ones do: 16 KiB of them, or as many as make reading b again
// cheap.
std::size_t rows_per_block(std::size_t inner) {
  constexpr std::size_t kNumbers = 4096, kLeast = 4 * kNarrowRows;
  return std::max(kLeast, kNumbers / std::max<std::size_t>(inner, 1) / kNarrowRows * kNarrowRows);
}

void product(std::size_t rows, std::size_t inner, std::size_t columns, const float* x, const float* packed,
             const float* bias, bool add, float* y) {
  const Product s{inner, columns, bias, add};
  const std::size_t block = rows_per_block(s.inner);
  for (std::size_t row = 0; row < rows; row += block)
    for (std::size_t column = 0; column < s.columns; column += kPanel) {
      const PanelShape panel = panel_at(column, s.columns);
      with_vectors(panel.vectors, [&](auto vectors) HWY_ATTR {
        product_panel<vectors()>(s, std::min(block, rows - row), panel.last, x + row * s.inner,
                                 packed + column * s.inner, s.bias != nullptr ? s.bias + column : nullptr,
                                 y + row * s.columns + column);
      });
    }
}

void pack_panels(std::size_t inner, std::size_t columns, bool output_major, const float* b, float* packed) {
  const std::size_t row = output_major ? 1 : columns, step = output_major ? inner : 1;
  for (std::size_t column = 0; column < columns; column += kPanel) {
    const std::size_t width = panel_at(column, columns).vectors * kWidth;
    float* panel = packed + column * inner;
    for (std::size_t p = 0; p < inner; ++p)
      for (std::size_t j = 0; j < width; ++j)
        panel[p * width + j] = column + j < columns ? b[p * row + (column + j) * step] : 0.0f;
  }
}

struct Outer {
  std::size_t rows;  // at most kOuterBlock
  std::size_t height;
  std::size_t columns;
  std::size_t x_step;  // from a row of x to the next
};

template <std::size_t R, std::size_t V>
HWY_INLINE void outer_tile(const Outer& s, Columns last, const float* x, const float* y, float* c) {
  Vec sums[R][V];
#pragma GCC unroll 12
  for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) sums[r][v] = hn::Zero(Tag());
  accumulate<R, V>(
      s.rows, x, 1, s.x_step,
      [&](std::size_t i, std::size_t v) HWY_ATTR { return last.load<V>(y + i * s.columns + v * kWidth, v); },
      sums);
#pragma GCC unroll 12
  for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) {
      float* place = c + r * s.columns + v * kWidth;
      last.store<V>(hn::Add(last.load<V>(place, v), sums[r][v]), place, v);
    }
}

template <std::size_t V>
HWY_NOINLINE void outer_panel(const Outer& s, Columns last, const float* x, const float* y, float* c) {
  std::size_t p = 0;
  for (; p + kRows<V> <= s.height; p += kRows<V>)
    outer_tile<kRows<V>, V>(s, last, x + p, y, c + p * s.columns);
  for (; p + 4 <= s.height; p += 4) outer_tile<4, V>(s, last, x + p, y, c + p * s.columns);
  for (; p < s.height; ++p) outer_tile<1, V>(s, last, x + p, y, c + p * s.columns);
}

void outer_products(std::size_t rows, std::size_t height, std::size_t columns, const float* x, const float* y,
                    float* c) {
  for (std::size_t row = 0; row < rows; row += kOuterBlock) {
    const Outer s{std::min<std::size_t>(kOuterBlock, rows - row), height, columns, height};
    for (std::size_t column = 0; column < columns; column += kPanel) {
      const PanelShape panel = panel_at(column, columns);
      with_vectors(panel.vectors, [&](auto vectors) HWY_ATTR {
        outer_panel<vectors()>(s, panel.last, x + row * height, y + row * columns + column, c + column);
      });
    }
  }
}

void column_sums(std::size_t rows, std::size_t columns, const float* y, float* sums) {
  const float one = 1.0f;
  for (std::size_t row = 0; row < rows; row += kOuterBlock) {
    const Outer s{std::min<std::size_t>(kOuterBlock, rows - row), 1, columns, 0};
    for (std::size_t column = 0; column < columns; column += kPanel) {
      const PanelShape panel = panel_at(column, columns);
      with_vectors(panel.vectors, [&](auto vectors) HWY_ATTR {
        outer_panel<vectors()>(s, panel.last, &one, y + row * columns + column, sums + column);
      });
    }
  }
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

void pack(std::int64_t inner, std::int64_t columns, Major major, const float* b, float* packed) {
  HWY_DYNAMIC_DISPATCH(pack_panels)(inner, columns, major == Major::output, b, packed);
}

void multiply(std::int64_t rows, std::int64_t inner, std::int64_t columns, const float* x,
              const float* packed, const float* bias, float* y) {
  HWY_DYNAMIC_DISPATCH(product)(rows, inner, columns, x, packed, bias, false, y);
}

void multiply_add(std::int64_t rows, std::int64_t inner, std::int64_t columns, const float* x,
                  const float* packed, float* y) {
  HWY_DYNAMIC_DISPATCH(product)(rows, inner, columns, x, packed, nullptr, true, y);
}

void add_outer_products(std::int64_t rows, std::int64_t height, std::int64_t columns, const float* x,
                        const float* y, float* c) {
  HWY_DYNAMIC_DISPATCH(outer_products)(rows, height, columns, x, y, c);
}

void add_column_sums(std::int64_t rows, std::int64_t columns, const float* y, float* sums) {
  HWY_DYNAMIC_DISPATCH(column_sums)(rows, columns, y, sums);
}

}  // namespace anser::kernels::fused
#endif  // HWY_ONCE
