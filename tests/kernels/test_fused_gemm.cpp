// What the products promise beyond their values.
#include <algorithm>
#include <cstring>

#include "kernels/fused/gates.h"
#include "kernels/fused/gemm.h"
#include "kernels/fused/squared_relu.h"
#include "tests/kernels/fused_cases.h"
#include "tests/support/catch.h"

namespace anser::kernels::fused::tests {
namespace {

struct Size {
  std::int64_t rows, inner, columns;
};

std::vector<float> product(const Size& s, const float* x, const std::vector<float>& b) {
  std::vector<float> packed(packed_size(s.inner, s.columns)), y(s.rows * s.columns);
  pack(s.inner, s.columns, Major::input, b.data(), s.columns, packed.data());
  multiply(s.rows, s.inner, s.columns, x, packed.data(), {}, y.data());
  return y;
}

}  // namespace

TEST_CASE("a row of a product has the same bits among any number of rows", "[kernels][quick]") {
  std::mt19937 generator(1);
  const Size s = GENERATE(Size{41, 64, 64}, Size{23, 16, 64}, Size{29, 64, 16}, Size{17, 7, 37},
                          Size{150, 200, 120}, Size{13, 3, 1});
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    const OnlyTarget only(target);
    const std::vector<float> x = normal(s.rows * s.inner, generator),
                             b = normal(s.inner * s.columns, generator);
    const std::vector<float> all = product(s, x.data(), b);
    for (std::int64_t row = 0; row < s.rows; row += 3) {
      const std::vector<float> alone = product({1, s.inner, s.columns}, x.data() + row * s.inner, b);
      CAPTURE(hwy::TargetName(target), s.rows, s.inner, s.columns, row);
      REQUIRE(std::memcmp(alone.data(), all.data() + row * s.columns, alone.size() * sizeof(float)) == 0);
    }
  }
}

TEST_CASE("products of small integers are exact, in both passes and however they are added",
          "[kernels][quick]") {
  std::mt19937 generator(2);
  const Size s = GENERATE(Size{200, 64, 64}, Size{65, 16, 37}, Size{3, 5, 120});
  const auto integers = [&](std::int64_t n) {
    std::vector<float> x(n);
    for (float& number : x) number = float(int(generator() % 17) - 8);
    return x;
  };
  const std::vector<float> x = integers(s.rows * s.inner), b = integers(s.inner * s.columns);
  std::vector<float> wanted(s.rows * s.columns);
  reference::multiply<float>(s.rows, s.inner, s.columns, Major::input, x.data(), b.data(), nullptr,
                             wanted.data());
  const std::vector<float> y = product(s, x.data(), b);
  REQUIRE(y == wanted);
  std::vector<float> packed(packed_size(s.inner, s.columns)), twice = y;
  pack(s.inner, s.columns, Major::input, b.data(), s.columns, packed.data());
  multiply(s.rows, s.inner, s.columns, x.data(), packed.data(), {.add = true}, twice.data());
  for (float& number : wanted) number *= 2;
  REQUIRE(twice == wanted);
  std::vector<float> c(s.inner * s.columns), c_wanted = c;
  add_outer_products(s.rows, s.inner, s.columns, x.data(), y.data(), c.data(), s.columns);
  reference::add_outer_products<float>(s.rows, s.inner, s.columns, x.data(), y.data(), c_wanted.data());
  REQUIRE(c == c_wanted);
}

TEST_CASE("a product's last terms are the sweeps behind it, bit for bit", "[kernels][quick]") {
  std::mt19937 generator(3);
  const Size s = GENERATE(Size{41, 64, 64}, Size{23, 16, 37}, Size{5, 7, 120});
  const std::int64_t n = s.rows * s.columns;
  const std::vector<float> x = normal(s.rows * s.inner, generator),
                           b = normal(s.inner * s.columns, generator), other = normal(n, generator);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    const OnlyTarget only(target);
    CAPTURE(hwy::TargetName(target), s.rows, s.inner, s.columns);
    std::vector<float> packed(packed_size(s.inner, s.columns)), y(n), squares(n), wanted(n), slope(n);
    pack(s.inner, s.columns, Major::input, b.data(), s.columns, packed.data());
    const auto run = [&](const ProductTerms& terms) {
      multiply(s.rows, s.inner, s.columns, x.data(), packed.data(), terms, y.data());
    };
    const std::vector<float> sums = product(s, x.data(), b);
    run({.residual = other.data()});
    wanted = sums;
    add_to(n, other.data(), wanted.data());
    REQUIRE(y == wanted);
    run({.squares = squares.data()});
    squared_relu_forward(n, sums.data(), wanted.data());
    REQUIRE(y == sums);
    REQUIRE(squares == wanted);
    run({.relu = other.data(), .squares = squares.data()});
    squared_relu_forward(n, other.data(), wanted.data());
    squared_relu_backward(n, other.data(), sums.data(), slope.data());
    REQUIRE(squares == wanted);
    REQUIRE(y == slope);
  }
}

TEST_CASE("matrices may be parts of wider ones", "[kernels][quick]") {
  std::mt19937 generator(4);
  const std::int64_t rows = 70, inner = 24, columns = 21, stride = 40;
  const std::vector<float> x = normal(rows * inner, generator), y = normal(rows * columns, generator),
                           wide = normal(inner * stride, generator);
  std::vector<float> part(inner * columns), packed(packed_size(inner, columns)), out(rows * columns);
  for (std::int64_t p = 0; p < inner; ++p)
    std::copy_n(wide.data() + p * stride + 5, columns, part.data() + p * columns);
  pack(inner, columns, Major::input, wide.data() + 5, stride, packed.data());
  multiply(rows, inner, columns, x.data(), packed.data(), {}, out.data());
  REQUIRE(out == product({rows, inner, columns}, x.data(), part));
  std::vector<float> c = wide, wanted = part;
  add_outer_products(rows, inner, columns, x.data(), y.data(), c.data() + 5, stride);
  add_outer_products(rows, inner, columns, x.data(), y.data(), wanted.data(), columns);
  for (std::int64_t p = 0; p < inner; ++p)
    for (std::int64_t j = 0; j < stride; ++j) {
      const bool inside = j >= 5 && j < 5 + columns;
      REQUIRE(c[p * stride + j] == (inside ? wanted[p * columns + j - 5] : wide[p * stride + j]));
    }
}

TEST_CASE("tanh and sigmoid reach their limits exactly and tanh keeps small numbers", "[kernels][quick]") {
  const std::vector<float> x{0.0f, 9.1f, -9.1f, 1000.0f, -1000.0f, 1e-20f, -3e-5f};
  std::vector<float> y(x.size());
  tanh_forward(std::int64_t(x.size()), x.data(), y.data());
  CHECK(y == std::vector<float>{0.0f, 1.0f, -1.0f, 1.0f, -1.0f, 1e-20f, -3e-5f});
  sigmoid_forward(std::int64_t(x.size()), x.data(), y.data());
  CHECK(y[0] == 0.5f);
  CHECK(y[3] == 1.0f);
  CHECK(y[4] == 0.0f);
}

}  // namespace anser::kernels::fused::tests
