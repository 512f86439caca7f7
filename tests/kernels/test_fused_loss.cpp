#include <limits>

#include "kernels/fused/cross_entropy.h"
#include "tests/kernels/fused_cases.h"
#include "tests/support/catch.h"

namespace anser::kernels::fused::tests {
namespace {

struct Loss {
  double value = 0;
  std::vector<float> gradient;
};

Loss fast_loss(std::int64_t vocabulary, const std::vector<float>& logits,
               const std::vector<std::int64_t>& target, double l2wrap = 0) {
  Loss loss{0, std::vector<float>(logits.size(), std::numeric_limits<float>::quiet_NaN())};
  loss.value =
      cross_entropy(target.size(), vocabulary, logits.data(), target.data(), l2wrap, loss.gradient.data());
  return loss;
}

double true_loss(std::int64_t vocabulary, const std::vector<double>& logits,
                 const std::vector<std::int64_t>& target, double l2wrap, std::vector<double>* gradient) {
  if (gradient != nullptr) gradient->resize(logits.size());
  return reference::cross_entropy(target.size(), vocabulary, logits.data(), target.data(), l2wrap,
                                  gradient == nullptr ? nullptr : gradient->data());
}

// Every fourth row is not scored.
std::vector<std::int64_t> targets(std::int64_t rows, std::int64_t vocabulary, std::mt19937& generator) {
  std::vector<std::int64_t> target(rows);
  for (std::int64_t row = 0; row < rows; ++row) target[row] = row % 4 == 3 ? -1 : generator() % vocabulary;
  return target;
}

}  // namespace

// A few roundings of 6e-8 a number; the loss is summed in double.
constexpr double kLossTolerance = 1e-6;

TEST_CASE("cross entropy and its gradient equal the double definition", "[kernels][quick]") {
  std::mt19937 generator(1);
  const auto vocabulary = GENERATE(from_range(kWidths));
  const float scale = GENERATE(1.0f, 20.0f, 1e4f);
  const double l2wrap = GENERATE(0.0, 1e-4);
  const std::vector<float> logits = normal(50 * vocabulary, generator, scale);
  const auto target = targets(50, vocabulary, generator);
  std::vector<double> wanted;
  const double wanted_loss = true_loss(vocabulary, widened(logits), target, l2wrap, &wanted);
  const Loss loss = fast_loss(vocabulary, logits, target, l2wrap);
  CAPTURE(vocabulary, scale, l2wrap);
  CHECK(std::abs(loss.value - wanted_loss) <= kLossTolerance * wanted_loss);
  CHECK(relative_error(loss.gradient, wanted) <= kLossTolerance);
  CHECK(cross_entropy(50, vocabulary, logits.data(), target.data(), l2wrap, nullptr) == loss.value);
  for (const std::int64_t instructions : hwy::SupportedAndGeneratedTargets()) {
    const OnlyTarget only(instructions);
    const Loss again = fast_loss(vocabulary, logits, target, l2wrap);
    CHECK(again.value == loss.value);
    CHECK(again.gradient == loss.gradient);
  }
}

TEST_CASE("a confident row keeps the digits of its small loss and gradient", "[kernels][quick]") {
  std::vector<float> logits(64, -30.0f);
  logits[17] = 0.0f;
  const Loss loss = fast_loss(64, logits, {17});
  const double others = 63 * std::exp(-30.0);
  CHECK(std::abs(loss.value - others) <= kLossTolerance * others);
  CHECK(std::abs(loss.gradient[17] + others) <= kLossTolerance * others);
}

TEST_CASE("cross entropy's gradient is that of finite differences", "[kernels][quick]") {
  std::mt19937 generator(2);
  const std::vector<double> logits = widened(normal(8 * 12, generator, 2));
  const auto target = targets(8, 12, generator);
  std::vector<double> gradient;
  (void)true_loss(12, logits, target, 0, &gradient);
  constexpr double kStep = 1e-3;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const auto at = [&](double step) {
      std::vector<double> moved = logits;
      moved[i] += step * kStep;
      return true_loss(12, moved, target, 0, nullptr);
    };
    const double got = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * kStep);
    CHECK(std::abs(got - gradient[i]) <= 1e-7 * norm(gradient));
  }
}

TEST_CASE("rows without a target have no gradient, and without any target there is no loss",
          "[kernels][quick]") {
  std::mt19937 generator(3);
  const std::vector<float> logits = normal(4 * 10, generator);
  const Loss some = fast_loss(10, logits, {3, -1, 0, -1});
  for (int i = 10; i < 20; ++i) CHECK(some.gradient[i] == 0.0f);
  const Loss none = fast_loss(10, logits, {-1, -1, -1, -1}, 1e-4);
  CHECK(none.value == 0);
  for (const float g : none.gradient) CHECK(g == 0.0f);
  CHECK(fast_loss(10, {}, {}).value == 0);
}

TEST_CASE("L2Wrap adds 1e-4 of the maximum, over the rows, at the first arg-max alone", "[kernels][quick]") {
  std::vector<float> logits{1, 5, 5, 2, /**/ -3, -4, -3, -9};
  const std::vector<std::int64_t> target{0, 1};
  const Loss plain = fast_loss(4, logits, target), wrapped = fast_loss(4, logits, target, 1e-4);
  CHECK(plain.value == wrapped.value);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double wanted = i == 1 ? 1e-4 * 5 / 2 : i == 4 ? 1e-4 * -3 / 2 : 0;
    CHECK(std::abs(wrapped.gradient[i] - plain.gradient[i] - wanted) <= 6e-8);
  }
}

TEST_CASE("a NaN among the logits reaches the loss", "[kernels][quick]") {
  std::mt19937 generator(4);
  for (int place = 0; place < 21; ++place) {
    std::vector<float> logits = normal(21, generator);
    logits[place] = std::numeric_limits<float>::quiet_NaN();
    CHECK(std::isnan(fast_loss(21, logits, {20 - place}).value));
  }
}

}  // namespace anser::kernels::fused::tests
