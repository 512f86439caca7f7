// Modes over the case table of fused_cases.h: accuracy, gradients, instruction sets, repeatability.
#include <cstring>

#include "tests/kernels/fused_cases.h"
#include "tests/support/catch.h"

namespace anser::kernels::fused::tests {
namespace {

// Relative Frobenius norm against the double reference of the same float inputs. One rounding is 6e-8.
struct Tolerance {
  double forward = 1e-6;  // some ten roundings a number, of random sign
  double backward =
      3e-6;  // the same, and differences of nearly equal numbers: a gradient less its projection
};

Arrays<float> output_gradients(const OperatorCase& c, unsigned seed) {
  std::mt19937 generator(seed);
  Arrays<float> gradients;
  for (const auto& out : c.fast.forward(c.inputs)) gradients.push_back(normal(out.size(), generator));
  return gradients;
}

bool same_bits(const Arrays<float>& x, const Arrays<float>& y) {
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i].size() != y[i].size() || std::memcmp(x[i].data(), y[i].data(), x[i].size() * sizeof(float)) != 0)
      return false;
  return true;
}

// sum over outputs of <output, its gradient>, at inputs[which] + step * direction.
double pairing(const OperatorCase& c, Arrays<double> inputs, const Arrays<double>& gradients,
               std::size_t which, const std::vector<double>& direction, double step) {
  for (std::size_t i = 0; i < direction.size(); ++i) inputs[which][i] += step * direction[i];
  const Arrays<double> outputs = c.reference.forward(inputs);
  double sum = 0;
  for (std::size_t k = 0; k < outputs.size(); ++k)
    for (std::size_t i = 0; i < outputs[k].size(); ++i) sum += outputs[k][i] * gradients[k][i];
  return sum;
}

// On x86 a better set is a smaller number; elsewhere the first set stands for those that have it.
bool has_fused_multiply_add(std::int64_t target) {
#if HWY_ARCH_X86
  return target <= HWY_AVX2;
#else
  return target == hwy::SupportedAndGeneratedTargets().front();
#endif
}

}  // namespace

TEST_CASE("fused operators equal their double definitions at every width", "[kernels][quick]") {
  const Tolerance tolerance;
  const auto width = GENERATE(from_range(kWidths));
  for (const OperatorCase& c : operator_cases(150, width, 7 + unsigned(width))) {
    const Arrays<float> gradients = output_gradients(c, 11);
    const Arrays<double> inputs = widened(c.inputs);
    const Arrays<float> out = c.fast.forward(c.inputs);
    const Arrays<double> wanted = c.reference.forward(inputs);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      CAPTURE(c.name, width, c.output_names[i]);
      CHECK(relative_error(out[i], wanted[i]) <= tolerance.forward);
    }
    const Arrays<float> grads = c.fast.backward(c.inputs, gradients);
    const Arrays<double> wanted_grads = c.reference.backward(inputs, widened(gradients));
    REQUIRE(grads.size() == c.differentiable);
    for (std::size_t i = 0; i < grads.size(); ++i) {
      CAPTURE(c.name, width, c.input_names[i]);
      CHECK(relative_error(grads[i], wanted_grads[i]) <= tolerance.backward);
    }
  }
}

TEST_CASE("column sums over 20,000 rows keep their accuracy", "[kernels][quick]") {
  for (const OperatorCase& c : operator_cases(20000, 8, 5)) {
    const Arrays<float> gradients = output_gradients(c, 13);
    const Arrays<float> grads = c.fast.backward(c.inputs, gradients);
    const Arrays<double> wanted = c.reference.backward(widened(c.inputs), widened(gradients));
    for (std::size_t i = 0; i < grads.size(); ++i) {
      CAPTURE(c.name, c.input_names[i]);
      CHECK(relative_error(grads[i], wanted[i]) <= Tolerance().backward);
    }
  }
}

TEST_CASE("definitions' gradients are those of finite differences", "[kernels][quick]") {
  const auto width = GENERATE(1, 3, 16);
  std::mt19937 generator(3);
  for (const OperatorCase& c : operator_cases(6, width, 17)) {
    const Arrays<double> inputs = widened(c.inputs);
    const Arrays<double> gradients = widened(output_gradients(c, 19));
    const Arrays<double> grads = c.reference.backward(inputs, gradients);
    for (std::size_t which = 0; which < c.differentiable; ++which) {
      const std::vector<double> direction = widened(normal(inputs[which].size(), generator));
      double wanted = 0;
      for (std::size_t i = 0; i < direction.size(); ++i) wanted += grads[which][i] * direction[i];
      // Five-point stencil: error of order step^4.
      constexpr double kStep = 2e-4;
      const auto at = [&](double step) {
        return pairing(c, inputs, gradients, which, direction, step * kStep);
      };
      const double got = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * kStep);
      CAPTURE(c.name, width, c.input_names[which], wanted, got);
      // Where the gradient vanishes (a head of one channel) the differences do, up to the pairing's rounding.
      CHECK(std::abs(got - wanted) <= 1e-7 * norm(grads[which]) + 1e-10);
    }
  }
}

TEST_CASE("every instruction set gives the bits of the first", "[kernels][quick]") {
  const auto width = GENERATE(from_range(kWidths));
  for (const OperatorCase& c : operator_cases(70, width, 23)) {
    const Arrays<float> gradients = output_gradients(c, 29);
    const Arrays<float> out = c.fast.forward(c.inputs);
    const Arrays<float> grads = c.fast.backward(c.inputs, gradients);
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
      if (c.fused_multiply_add && !has_fused_multiply_add(target)) continue;
      const OnlyTarget only(target);
      CAPTURE(c.name, width, hwy::TargetName(target));
      CHECK(same_bits(out, c.fast.forward(c.inputs)));
      CHECK(same_bits(grads, c.fast.backward(c.inputs, gradients)));
    }
  }
}

TEST_CASE("the same inputs give the same bits, wherever they lie in memory", "[kernels][quick]") {
  for (const OperatorCase& c : operator_cases(70, 37, 31)) {
    const Arrays<float> gradients = output_gradients(c, 37);
    const Arrays<float> moved = c.inputs;  // other addresses
    CAPTURE(c.name);
    CHECK(same_bits(c.fast.forward(c.inputs), c.fast.forward(moved)));
    CHECK(same_bits(c.fast.backward(c.inputs, gradients), c.fast.backward(moved, gradients)));
  }
}

TEST_CASE("no rows: nothing is written but zero sums", "[kernels][quick]") {
  for (const OperatorCase& c : operator_cases(0, 16, 41)) {
    CAPTURE(c.name);
    for (const auto& out : c.fast.forward(c.inputs)) CHECK(out.empty());
    for (const auto& gradient : c.fast.backward(c.inputs, output_gradients(c, 43)))
      for (const float number : gradient) CHECK(number == 0.0f);
  }
}

}  // namespace anser::kernels::fused::tests
