#include "kernels/fused/adamw.h"
#include "tests/kernels/fused_cases.h"
#include "tests/support/catch.h"

namespace anser::kernels::fused::tests {
namespace {

template <typename Real>
struct Optimised {
  std::vector<Real> parameter, m, v;
};

// torch.optim.AdamW's documented algorithm, word for word, in double.
void literal_step(const AdamWOptions& o, double t, double scale, const std::vector<float>& gradient,
                  Optimised<double>& state) {
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const double g = gradient[i] * scale;
    state.parameter[i] -= o.lr * o.weight_decay * state.parameter[i];
    state.m[i] = o.beta1 * state.m[i] + (1 - o.beta1) * g;
    state.v[i] = o.beta2 * state.v[i] + (1 - o.beta2) * g * g;
    const double m_hat = state.m[i] / (1 - std::pow(o.beta1, t));
    const double v_hat = state.v[i] / (1 - std::pow(o.beta2, t));
    state.parameter[i] -= o.lr * m_hat / (std::sqrt(v_hat) + o.epsilon);
  }
}

const AdamWOptions kOptions{.lr = 4e-3, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-18, .weight_decay = 0.01};

Optimised<float> fresh(std::size_t n, std::mt19937& generator) {
  return {normal(n, generator), std::vector<float>(n, 0.0f), std::vector<float>(n, 0.0f)};
}

}  // namespace

TEST_CASE("ten AdamW steps follow the documented algorithm in double", "[kernels][quick]") {
  std::mt19937 generator(1);
  const std::size_t n = GENERATE(1, 7, 8, 1003);
  Optimised<float> fast = fresh(n, generator);
  Optimised<double> wanted{widened(fast.parameter), widened(fast.m), widened(fast.v)};
  for (int step = 1; step <= 10; ++step) {
    const std::vector<float> gradient = normal(n, generator, 0.01f);
    adamw_step(n, kOptions, step, 0.37, gradient.data(), fast.parameter.data(), fast.m.data(), fast.v.data());
    literal_step(kOptions, step, 0.37, gradient, wanted);
  }
  // Each of ten steps rounds the parameter once (6e-8) and the moments some five times.
  CHECK(relative_error(fast.parameter, wanted.parameter) <= 6e-7);
  CHECK(relative_error(fast.m, wanted.m) <= 1e-6);
  CHECK(relative_error(fast.v, wanted.v) <= 1e-6);
}

TEST_CASE("AdamW's fast form has the bits of its float definition on every instruction set",
          "[kernels][quick]") {
  std::mt19937 generator(2);
  const std::size_t n = 1003;
  const Optimised<float> start = fresh(n, generator);
  const std::vector<float> gradient = normal(n, generator, 0.01f);
  Optimised<float> wanted = start;
  reference::adamw_step(n, kOptions, 3, 1.0, gradient.data(), wanted.parameter.data(), wanted.m.data(),
                        wanted.v.data());
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    const OnlyTarget only(target);
    Optimised<float> got = start;
    adamw_step(n, kOptions, 3, 1.0, gradient.data(), got.parameter.data(), got.m.data(), got.v.data());
    CAPTURE(hwy::TargetName(target));
    CHECK(got.parameter == wanted.parameter);
    CHECK(got.m == wanted.m);
    CHECK(got.v == wanted.v);
  }
}

TEST_CASE("any split of the parameters gives the same bits", "[kernels][quick]") {
  std::mt19937 generator(3);
  const std::size_t n = 100, cut = GENERATE(1, 13, 64, 99);
  Optimised<float> whole = fresh(n, generator);
  Optimised<float> split = whole;
  const std::vector<float> gradient = normal(n, generator);
  adamw_step(n, kOptions, 1, 1.0, gradient.data(), whole.parameter.data(), whole.m.data(), whole.v.data());
  for (const auto& [begin, end] : {std::pair{std::size_t(0), cut}, std::pair{cut, n}})
    adamw_step(end - begin, kOptions, 1, 1.0, gradient.data() + begin, split.parameter.data() + begin,
               split.m.data() + begin, split.v.data() + begin);
  CHECK(whole.parameter == split.parameter);
  CHECK(whole.v == split.v);
}

TEST_CASE("with epsilon 1e-18 a parameter without gradient only decays", "[kernels][quick]") {
  std::mt19937 generator(4);
  Optimised<float> state = fresh(19, generator);
  const std::vector<float> start = state.parameter, gradient(19, 0.0f);
  adamw_step(19, kOptions, 1, 1.0, gradient.data(), state.parameter.data(), state.m.data(), state.v.data());
  for (std::size_t i = 0; i < start.size(); ++i)
    CHECK(state.parameter[i] == start[i] * float(1 - kOptions.lr * kOptions.weight_decay));
}

TEST_CASE("the sum of squares is that of double arithmetic on every instruction set", "[kernels][quick]") {
  std::mt19937 generator(5);
  const std::size_t n = GENERATE(0, 1, 7, 8, 9, 1000, 65537);
  const std::vector<float> x = normal(n, generator);
  const double wanted = norm(widened(x)) * norm(widened(x));
  const double sum = sum_of_squares(n, x.data());
  CHECK(std::abs(sum - wanted) <= 1e-13 * wanted);
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    const OnlyTarget only(target);
    CHECK(sum_of_squares(n, x.data()) == sum);
  }
}

}  // namespace anser::kernels::fused::tests
