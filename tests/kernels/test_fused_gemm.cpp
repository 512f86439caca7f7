// What the products promise beyond their values.
#include <cstring>

#include "kernels/fused/gates.h"
#include "kernels/fused/gemm.h"
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
