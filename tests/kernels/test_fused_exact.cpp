// What holds bit for bit: the compiled constructions and their proofs rest on these.
#include <bit>
#include <limits>

#include "kernels/fused/key_preparation.h"
#include "kernels/fused/layer_norm.h"
#include "kernels/fused/read_out.h"
#include "kernels/fused/token_shift.h"
#include "tests/kernels/fused_cases.h"
#include "tests/support/catch.h"

namespace anser::kernels::fused::tests {
namespace {

struct Keys {
  std::vector<float> k_tilde, a, b;
};

// One row, one head, k_k = k_a = 1.
Keys prepared(const std::vector<float>& k, float icl_logit, Multiplier c, float decay_logit = 0) {
  const std::size_t n = k.size();
  const std::vector<float> icl(n, icl_logit), decay(n, decay_logit), ones(n, 1.0f);
  Keys keys{std::vector<float>(n), std::vector<float>(n), std::vector<float>(n)};
  key_preparation_forward({1, 1, std::int64_t(n)}, c,
                          {k.data(), icl.data(), decay.data(), ones.data(), ones.data()},
                          {keys.k_tilde.data(), keys.a.data(), keys.b.data()});
  return keys;
}

// n zeros but for four places with +-magnitude.
std::vector<float> four_equal(std::size_t n, float magnitude, std::mt19937& generator) {
  std::vector<float> k(n, 0.0f);
  std::vector<std::size_t> places(n);
  for (std::size_t i = 0; i < n; ++i) places[i] = i;
  std::shuffle(places.begin(), places.end(), generator);
  for (int i = 0; i < 4; ++i) k[places[i]] = generator() % 2 == 0 ? magnitude : -magnitude;
  return k;
}

bool same_bits(float x, float y) {
  return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
}

}  // namespace

TEST_CASE("token shift with mu = 0 copies x bit for bit, whatever stands before", "[kernels][quick]") {
  std::mt19937 generator(1);
  const auto width = GENERATE(from_range(kWidths));
  const TokenShiftShape s{2, 9, width, 6};
  std::vector<float> x = normal(18 * width, generator), previous = normal(2 * width, generator);
  for (std::size_t i = 0; i < x.size(); i += 5) x[i] = i % 2 == 0 ? -0.0f : 0.0f;
  previous[0] = std::numeric_limits<float>::infinity();
  const std::vector<float> mu(6 * width, 0.0f);
  std::vector<float> out(6 * x.size());
  token_shift_forward(s, x.data(), previous.data(), mu.data(), out.data());
  for (std::size_t i = 0; i < out.size(); ++i) REQUIRE(same_bits(out[i], x[i % x.size()]));
}

TEST_CASE("layer norm keeps the zero channels of doubled rows exactly 0", "[kernels][quick]") {
  std::mt19937 generator(2);
  const auto half = GENERATE(1, 3, 6, 8, 18, 32, 60);
  const std::size_t width = 2 * half;
  const bool neighbours = GENERATE(false, true);
  if (neighbours && half % 2 == 1) return;  // a pair would lie across the middle
  const std::vector<float> weight = normal(width, generator), bias(width, 0.0f);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<float> x(width, 0.0f), out(width);
    for (int i = 0; i < half; ++i) {
      const float number = generator() % 3 == 0 ? 0.0f : normal(1, generator, 10)[0];
      x[neighbours ? 2 * i : i] = number;
      x[neighbours ? 2 * i + 1 : i + half] = -number;
    }
    layer_norm_forward(1, width, x.data(), weight.data(), bias.data(), out.data());
    for (std::size_t i = 0; i < width; ++i)
      if (x[i] == 0.0f) REQUIRE(out[i] == 0.0f);
  }
}

TEST_CASE("group norm of (V, -V, 0, ...) keeps its zeros exactly 0", "[kernels][quick]") {
  std::mt19937 generator(3);
  const std::size_t n = GENERATE(2, 8, 12, 32, 64);
  const std::vector<float> ones(n, 1.0f), zeros(n, 0.0f);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<float> y(n, 0.0f), out(n);
    const std::size_t plus = generator() % n, minus = (plus + 1 + generator() % (n - 1)) % n;
    y[plus] = normal(1, generator, 100)[0];
    y[minus] = -y[plus];
    read_out_forward({1, 1, std::int64_t(n)},
                     {y.data(), zeros.data(), zeros.data(), zeros.data(), ones.data(), zeros.data(),
                      ones.data(), zeros.data()},
                     out.data());
    for (std::size_t i = 0; i < n; ++i)
      if (y[i] == 0.0f) REQUIRE(out[i] == 0.0f);
    REQUIRE(out[plus] == -out[minus]);
  }
}

TEST_CASE("four entries of one magnitude give removal keys of exactly 1/2", "[kernels][quick]") {
  std::mt19937 generator(4);
  const std::size_t n = GENERATE(4, 5, 8, 12, 32, 37, 64, 120);
  for (int trial = 0; trial < 2000; ++trial) {
    // Squares stay normal numbers and the norm above its least value.
    const float magnitude =
        std::ldexp(1.0f + float(generator() % (1u << 23)) * 0x1p-23f, int(generator() % 90) - 38);
    const std::vector<float> k = four_equal(n, magnitude, generator);
    const Keys keys = prepared(k, 0.0f, Multiplier::two);
    for (std::size_t i = 0; i < n; ++i) {
      CAPTURE(magnitude, i);
      REQUIRE(keys.a[i] == (k[i] == 0.0f ? 0.0f : k[i] > 0 ? -0.5f : 0.5f));
    }
  }
}

TEST_CASE("in-context rates saturate at exactly 0 and 1 and halve at 0", "[kernels][quick]") {
  std::mt19937 generator(5);
  const std::vector<float> k = normal(37, generator);
  const Keys zero = prepared(k, -1000, Multiplier::one), half = prepared(k, 0, Multiplier::one),
             one = prepared(k, 1000, Multiplier::one);
  for (std::size_t i = 0; i < k.size(); ++i) {
    REQUIRE(zero.b[i] == 0.0f);
    REQUIRE(zero.k_tilde[i] == 0.0f);
    REQUIRE(half.b[i] == -half.a[i] / 2);
    REQUIRE(half.k_tilde[i] == k[i] / 2);
    REQUIRE(one.b[i] == -one.a[i]);
    REQUIRE(one.k_tilde[i] == k[i]);
  }
}

TEST_CASE("with c = 2, b is twice the removal key at rate 1 and equal to it at rate 1/2",
          "[kernels][quick]") {
  std::mt19937 generator(6);
  const std::vector<float> k = normal(32, generator);
  const Keys one = prepared(k, 1000, Multiplier::two), half = prepared(k, 0, Multiplier::two);
  for (std::size_t i = 0; i < k.size(); ++i) {
    REQUIRE(one.b[i] == -2 * one.a[i]);
    REQUIRE(half.b[i] == -half.a[i]);
  }
}

TEST_CASE("with c = 1 + w, a decay logit of -1000 doubles the removal key", "[kernels][quick]") {
  std::mt19937 generator(7);
  const std::vector<float> k = normal(32, generator);
  const Keys keys = prepared(k, 1000, Multiplier::one_plus_decay, -1000);  // w = exp(0) = 1
  for (std::size_t i = 0; i < k.size(); ++i) REQUIRE(keys.b[i] == -2 * keys.a[i]);
}

TEST_CASE("the sigmoid is within 2.5e-7 of the true one over its whole range", "[kernels][quick]") {
  const std::vector<float> key{1.0f};
  double worst = 0;
  for (float x = -86; x <= 86; x += 0.00731f) {
    const double got = prepared(key, x, Multiplier::one).b[0];  // kappa_hat = 1: b = alpha
    const double wanted = 1 / (1 + std::exp(-double(x)));
    worst = std::max(worst, std::abs(got - wanted) / wanted);
  }
  CHECK(worst <= 2.5e-7);
}

TEST_CASE("a key of zeros gives zeros and finite gradients", "[kernels][quick]") {
  const std::vector<float> zeros(32, 0.0f), ones(32, 1.0f);
  std::vector<float> g[5];
  for (auto& gradient : g) gradient.assign(32, 7.0f);
  const Keys keys = prepared(zeros, 0.3f, Multiplier::two);
  std::vector<float> workspace(key_preparation_workspace_size({1, 1, 32}));
  key_preparation_backward(
      {1, 1, 32}, Multiplier::two, {zeros.data(), ones.data(), zeros.data(), ones.data(), ones.data()},
      {ones.data(), zeros.data(), zeros.data()},
      {g[0].data(), g[1].data(), g[2].data(), g[3].data(), g[4].data(), workspace.data()});
  for (int i = 0; i < 32; ++i) {
    CHECK(keys.a[i] == 0.0f);
    for (const auto& gradient : g) CHECK(std::isfinite(gradient[i]));
  }
}

}  // namespace anser::kernels::fused::tests
