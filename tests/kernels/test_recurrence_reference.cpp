// The definition of the generalised recurrence against differences of its own outputs, in every mode.
#include "tests/support/catch.h"
#include "tests/support/recurrence_compare.h"

namespace anser::tests {
namespace {

using Vector = std::vector<double>;

/// The seven inputs in double and the loss <y, dy> + <sT, dsT>, whose gradient the backward pass gives.
struct DoubleProblem {
  const RecurrenceProblem& p;
  std::array<Vector, 7> inputs;  // r w k v a b s0
  Vector dy, dsT;

  explicit DoubleProblem(const RecurrenceProblem& p) : p(p) {
    const std::vector<float>* from[] = {&p.r, &p.w, &p.k, &p.v, &p.a, &p.b, &p.s0};
    for (std::size_t q = 0; q < 7; ++q) inputs[q].assign(from[q]->begin(), from[q]->end());
    dy.assign(p.dy.begin(), p.dy.end());
    dsT.assign(p.dsT.begin(), p.dsT.end());
  }

  double loss() const {
    const auto& [r, w, k, v, a, b, s0] = inputs;
    Vector y(v.size()), sT(s0.size());
    expect_ok(kernels::reference::recurrence_forward<double>(
        p.shape(), p.mode, {r.data(), w.data(), k.data(), v.data(), a.data(), b.data(), s0.data()},
        {.y = y.data(), .sT = sT.data()}));
    double sum = 0;
    for (std::size_t e = 0; e < y.size(); ++e) sum += y[e] * dy[e];
    for (std::size_t e = 0; e < sT.size(); ++e) sum += sT[e] * dsT[e];
    return sum;
  }

  double loss_at(std::size_t q, const Vector& direction, double h) const {
    DoubleProblem moved = *this;
    for (std::size_t e = 0; e < direction.size(); ++e) moved.inputs[q][e] += h * direction[e];
    return moved.loss();
  }

  /// Derivative of the loss along `direction` of input q. The loss is affine in each of r, k, v and s0, where
  /// a central difference is exact at any step; in w, a and b it is one of fourth order.
  double difference(std::size_t q, const Vector& direction) const {
    const auto central = [&](double h) {
      return (loss_at(q, direction, h) - loss_at(q, direction, -h)) / (2 * h);
    };
    const bool affine = q != 1 && q != 4 && q != 5;
    return affine ? central(1) : (4 * central(1e-3) - central(2e-3)) / 3;
  }
};

double norm(const Vector& x) {
  double square = 0;
  for (const double e : x) square += e * e;
  return std::sqrt(square);
}

constexpr const char* kNames[] = {"dr", "dw", "dk", "dv", "da", "db", "ds0"};

TEST_CASE("every gradient of the definition is a central difference, in every mode",
          "[kernels][recurrence][quick]") {
  for (const auto& regime : recurrence_regimes())
    for (const auto& layout : {std::vector<std::int64_t>{20}, std::vector<std::int64_t>{7, 0, 12}})
      for (int mode = 0; mode < 8; ++mode) {
        const RecurrenceCase c{&regime,         {16, 8},
                               &layout,         mode & 1 ? kernels::Read::before : kernels::Read::after,
                               (mode & 2) != 0, (mode & 4) != 0};
        const RecurrenceProblem p = make_recurrence_problem(c);
        const DoubleProblem wide(p);
        const auto out = run_recurrence_reference(p);
        const Vector* gradients[] = {&out.dr, &out.dw, &out.dk, &out.dv, &out.da, &out.db, &out.ds0};
        Wkv7Draw draw(mode + 1);
        for (std::size_t q = 0; q < 7; ++q) {
          const Vector& gradient = *gradients[q];
          // Where every logit is saturated, dw is below what a difference of the loss can show; a decay of 0
          // has an infinite logarithm, which has no neighbours.
          const bool no_difference =
              q == 1 && (regime.name == std::string("minimal decay") || regime.resets > 0);
          if (gradient.empty() || norm(gradient) == 0 || no_difference) continue;
          // Half along the gradient, so that the derivative does not vanish by chance, half at random.
          Vector direction = draw.unit_vector(gradient.size(), 0);
          double wanted = 0;
          for (std::size_t e = 0; e < direction.size(); ++e) {
            direction[e] += gradient[e] / norm(gradient);
            wanted += direction[e] * gradient[e];
          }
          CAPTURE(c.name(), kNames[q]);
          CHECK(std::abs(wide.difference(q, direction) - wanted) <= 1e-7 * std::abs(wanted));
        }
      }
}

TEST_CASE("a log decay of minus infinity forgets the state and has gradient 0",
          "[kernels][recurrence][quick]") {
  const std::vector<std::int64_t> layout{6};
  RecurrenceProblem p =
      make_recurrence_problem({&recurrence_regimes()[1], {8, 16}, &layout, kernels::Read::after, false});
  const std::int64_t row = p.heads * p.keys;
  for (std::int64_t s = 0; s < p.sequences; ++s)
    std::fill_n(p.w.begin() + (s * 6 + 3) * row, row, -std::numeric_limits<float>::infinity());
  RecurrenceProblem other = p;
  for (float& x : other.s0) x += 1;
  const auto got = run_recurrence_cpu(p), changed = run_recurrence_cpu(other);
  CHECK(got.sT == changed.sT);
  CHECK(got.ds0 == changed.ds0);
  for (std::int64_t s = 0; s < p.sequences; ++s)
    CHECK(std::all_of(got.dw.begin() + (s * 6 + 3) * row, got.dw.begin() + (s * 6 + 4) * row,
                      [](float x) { return x == 0; }));
  for (const Wkv7Error& e : recurrence_errors(p, got, run_recurrence_reference(p))) {
    CAPTURE(e.tensor);
    CHECK(e.value <= 6e-6);
  }
}

}  // namespace
}  // namespace anser::tests
