#include "experiments/bench/problem.h"

#include <cmath>
#include <vector>

#include "core/base/error.h"
#include "core/base/rng.h"

namespace anser::bench {
namespace {

using kernels::Bf16;
using kernels::Decay;

template <typename Real>
Real number(double x) {
  if constexpr (std::is_same_v<Real, Bf16>)
    return kernels::to_bf16(static_cast<float>(x));
  else
    return static_cast<float>(x);
}

double decay_argument(Decay decay, Rng& rng) {
  if (decay == Decay::logit) return 2 * rng.normal();
  if (decay == Decay::log) return -0.1 * std::abs(rng.normal());
  return 2 * rng.uniform() - 1;
}

/// Overwrites rows [n, width] by unit vectors.
std::vector<double> unit_rows(std::int64_t n, std::int64_t width, Rng& rng) {
  std::vector<double> rows(static_cast<std::size_t>(n * width));
  for (auto row = rows.begin(); row != rows.end(); row += width) {
    double square = 0;
    for (auto x = row; x != row + width; ++x) *x = rng.normal(), square += *x * *x;
    for (auto x = row; x != row + width; ++x) *x /= std::sqrt(square);
  }
  return rows;
}

template <typename Real>
class TypedProblem final : public Problem {
 public:
  TypedProblem(const Case& c, int threads) : c_(c) {
    draw_inputs();
    const auto like = [](std::vector<Real>& to, const std::vector<Real>& from) { to.resize(from.size()); };
    y_.resize(v_.size());
    if (c.pass == Pass::decode) state_.resize(state_size());
    if (c.pass != Pass::backward) return;
    like(dr_, r_), like(dk_, k_), like(dv_, v_), like(dw_, w_), like(da_, a_), like(db_, b_);
    checkpoints_.resize(static_cast<std::size_t>(kernels::recurrence_checkpoint_size(c.shape)));
    workspace_.resize(static_cast<std::size_t>(kernels::recurrence_workspace_size(c.shape, threads)));
    expect(kernels::cpu::recurrence_forward<Real>(c.shape, c.mode, inputs(),
                                                  {.y = y_.data(), .checkpoints = checkpoints_.data()}));
  }

  void run(int threads, const kernels::Executor& executor) override {
    using namespace kernels::cpu;
    switch (c_.pass) {
      case Pass::forward:
        return expect(recurrence_forward<Real>(c_.shape, c_.mode, inputs(), {.y = y_.data()}, executor));
      case Pass::backward:
        return expect(recurrence_backward<Real>(
            c_.shape, c_.mode, inputs(), checkpoints_.data(), dy_.data(), nullptr,
            {dr_.data(), dw_.data(), dk_.data(), dv_.data(), da_.data(), db_.data(), nullptr},
            workspace_.data(), threads, executor));
      case Pass::decode:
        return expect(
            recurrence_decode<Real>(c_.shape, c_.mode, inputs(), state_.data(), y_.data(), executor));
    }
  }

 private:
  static void expect(const kernels::Status& status) { ANSER_ASSERT(status.ok()); }

  std::size_t state_size() const {
    return static_cast<std::size_t>(c_.shape.sequences * c_.shape.heads * c_.shape.keys * c_.shape.values);
  }

  kernels::RecurrenceInputs<Real> inputs() const {
    return {r_.data(), w_.data(), k_.data(), v_.data(), a_.data(), b_.data(), nullptr};
  }

  void draw_inputs() {
    Rng rng = Rng(0).split("bench").split(c_.name);
    const std::int64_t rows = c_.token_heads(), K = c_.shape.keys, V = c_.shape.values;
    const auto normals = [&](std::int64_t n) {
      std::vector<Real> x(static_cast<std::size_t>(n));
      for (Real& e : x) e = number<Real>(rng.normal());
      return x;
    };
    r_ = normals(rows * K), v_ = normals(rows * V), dy_ = normals(rows * V);
    if (c_.mode.decay != Decay::none)
      w_.resize(static_cast<std::size_t>(rows * (c_.mode.decay_per_head ? 1 : K)));
    for (Real& e : w_) e = number<Real>(decay_argument(c_.mode.decay, rng));
    for (const double kappa : unit_rows(rows, K, rng)) {
      k_.push_back(number<Real>(kappa));
      if (!c_.mode.low_rank) continue;
      a_.push_back(number<Real>(-kappa)), b_.push_back(number<Real>(rng.uniform() * kappa));
    }
  }

  Case c_;
  std::vector<Real> r_, w_, k_, v_, a_, b_, y_, dy_, dr_, dw_, dk_, dv_, da_, db_;
  std::vector<float> state_, checkpoints_, workspace_;
};

}  // namespace

std::unique_ptr<Problem> make_problem(const Case& c, int threads) {
  if (c.bf16) return std::make_unique<TypedProblem<Bf16>>(c, threads);
  return std::make_unique<TypedProblem<float>>(c, threads);
}

double working_set(const Case& c) {
  const double arrays = work_of(c).array_bytes * static_cast<double>(c.token_heads());
  return c.pass == Pass::decode ? arrays / 2 : arrays;  // a state is read and written in its place
}

}  // namespace anser::bench
