// The case table of kernels/fused: every operator with gradients, as functions from arrays to arrays.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "kernels/cpu/targets.h"
// Instruction sets to run on: behind targets.h, so that they are those of the kernels.
#include "hwy/highway.h"

namespace anser::kernels::fused::tests {

template <typename Real>
using Arrays = std::vector<std::vector<Real>>;

/// The widths that exercise tails: shorter than a vector, not a multiple of one, and whole ones.
inline const std::vector<std::int64_t> kWidths{1, 3, 5, 12, 16, 37, 64, 120};

template <typename Real>
struct Functions {
  /// inputs -> outputs.
  std::function<Arrays<Real>(const Arrays<Real>&)> forward;
  /// inputs, gradients of the outputs -> gradients of the first inputs (as many as differentiable).
  std::function<Arrays<Real>(const Arrays<Real>&, const Arrays<Real>&)> backward;
};

struct OperatorCase {
  std::string name;
  std::vector<std::string> input_names;  // differentiable ones first
  Arrays<float> inputs = {};             // drawn
  std::size_t differentiable = 0;
  std::vector<std::string> output_names;
  bool fused_multiply_add = false;  // the bits are those of the instruction sets that have one
  Functions<float> fast = {};
  Functions<double> reference = {};
};

/// Every operator at this row width (of a head, for those with heads).
std::vector<OperatorCase> operator_cases(std::int64_t rows, std::int64_t width, unsigned seed);

inline std::vector<double> widened(const std::vector<float>& x) {
  return {x.begin(), x.end()};
}

inline Arrays<double> widened(const Arrays<float>& arrays) {
  Arrays<double> wide;
  for (const auto& x : arrays) wide.push_back(widened(x));
  return wide;
}

inline std::vector<float> normal(std::size_t n, std::mt19937& generator, float scale = 1) {
  std::normal_distribution<float> distribution(0, scale);
  std::vector<float> x(n);
  for (float& number : x) number = distribution(generator);
  return x;
}

inline double norm(const std::vector<double>& x) {
  double sum = 0;
  for (const double number : x) sum += number * number;
  return std::sqrt(sum);
}

/// |x - wanted|_F / |wanted|_F, with 0/0 = 0; infinite where only the denominator is 0.
inline double relative_error(const std::vector<float>& x, const std::vector<double>& wanted) {
  std::vector<double> difference(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) difference[i] = x[i] - wanted[i];
  const double error = norm(difference);
  return error == 0 ? 0 : error / norm(wanted);
}

/// Restricts the kernels to one instruction set while it lives.
class OnlyTarget {
 public:
  explicit OnlyTarget(std::int64_t target) { choose(target); }
  ~OnlyTarget() { choose(0); }
  OnlyTarget(const OnlyTarget&) = delete;
  OnlyTarget& operator=(const OnlyTarget&) = delete;

 private:
  static void choose(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

}  // namespace anser::kernels::fused::tests
