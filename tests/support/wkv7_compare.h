// Runs a backend on a problem of the WKV-7 case table and measures its error against the double reference.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>

#include "kernels/recurrence_math.h"
#include "tests/support/wkv7_cases.h"

namespace anser::tests {

template <typename Real>
struct Wkv7Outputs {
  std::vector<Real> y, sT, dr, dw, dk, dv, da, db, ds0;

  /// Filled with NaN, so that a number that a backend forgets to write is seen.
  explicit Wkv7Outputs(const Wkv7Problem& p) {
    const Real nan = std::numeric_limits<Real>::quiet_NaN();
    for (auto* x : {&y, &dr, &dw, &dk, &dv, &da, &db}) x->assign(p.tokens(), nan);
    for (auto* x : {&sT, &ds0}) x->assign(p.states(), nan);
  }
  kernels::Wkv7Gradients<Real> gradients() {
    return {dr.data(), dw.data(), dk.data(), dv.data(), da.data(), db.data(), ds0.data()};
  }
  bool operator==(const Wkv7Outputs&) const = default;
};

/// A forward and a backward pass in fp32; fills the outputs.
using Wkv7Backend = std::function<void(const Wkv7Problem&, Wkv7Outputs<float>&)>;

inline const float* data_or_null(const std::vector<float>& x) {
  return x.empty() ? nullptr : x.data();
}

inline kernels::Wkv7Inputs<float> wkv7_inputs(const Wkv7Problem& p) {
  return {p.r.data(), p.w.data(), p.k.data(), p.v.data(), p.a.data(), p.b.data(), data_or_null(p.s0)};
}

inline void expect_ok(const kernels::Status& status) {
  if (!status.ok()) throw std::runtime_error(std::string(status.function) + ": " + status.argument);
}

/// The definition in `Real`, from the problem's fp32 inputs.
template <typename Real>
Wkv7Outputs<Real> run_wkv7_reference(const Wkv7Problem& p) {
  Wkv7Outputs<Real> out(p);
  const auto wide = [](const std::vector<float>& x) { return std::vector<Real>(x.begin(), x.end()); };
  const auto r = wide(p.r), w = wide(p.w), k = wide(p.k), v = wide(p.v), a = wide(p.a), b = wide(p.b);
  const auto s0 = wide(p.s0), dy = wide(p.dy), dsT = wide(p.dsT);
  const auto pointer = [](const std::vector<Real>& x) { return x.empty() ? nullptr : x.data(); };
  const kernels::Wkv7Inputs<Real> in{r.data(), w.data(), k.data(), v.data(), a.data(), b.data(), pointer(s0)};
  std::vector<Real> workspace((p.shape.time + 2) * p.shape.size * p.shape.size);
  expect_ok(kernels::reference::wkv7_forward(p.shape, p.decay, in, out.y.data(), out.sT.data()));
  expect_ok(kernels::reference::wkv7_backward(p.shape, p.decay, in, dy.data(), pointer(dsT), out.gradients(),
                                              workspace.data()));
  return out;
}

inline void run_wkv7_cpu(const Wkv7Problem& p, Wkv7Outputs<float>& out,
                         const kernels::Executor& executor = {}, int threads = 1) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> checkpoints(kernels::wkv7_checkpoint_size(p.shape), nan);
  std::vector<float> workspace(kernels::wkv7_workspace_size(p.shape, threads), nan);
  expect_ok(kernels::cpu::wkv7_forward(p.shape, p.decay, wkv7_inputs(p), out.y.data(), out.sT.data(),
                                       checkpoints.data(), executor));
  expect_ok(kernels::cpu::wkv7_backward(p.shape, p.decay, wkv7_inputs(p), checkpoints.data(), p.dy.data(),
                                        data_or_null(p.dsT), out.gradients(), workspace.data(), threads,
                                        executor));
}

/// Error of one tensor: max over (sequence, head) of |x - truth|_F / |truth|_F over that head's whole tensor
/// (T x N numbers, or N x N for a state); where |truth| = 0, x must be 0.
struct Wkv7Error {
  std::string tensor;
  double value;
  bool gradient;
};

struct HeadNorm {
  double difference = 0, truth = 0;
  void add(double got, double wanted) {
    difference += (got - wanted) * (got - wanted);
    truth += wanted * wanted;
  }
  /// NaN and a number where 0 is due count as infinite.
  double error(double floor = 0) const {
    const double size = std::max(std::sqrt(truth), floor), e = std::sqrt(difference);
    if (size == 0) return e == 0 ? 0 : std::numeric_limits<double>::infinity();
    return std::isfinite(e) ? e / size : std::numeric_limits<double>::infinity();
  }
};

/// floor(b, h) bounds the norm of the truth from below.
template <typename Floor>
double wkv7_token_error(const Wkv7Problem& p, const std::vector<float>& got, const std::vector<double>& truth,
                        Floor floor) {
  const auto [B, T, H, N] = p.shape;
  double worst = 0;
  for (std::int64_t b = 0; b < B; ++b)
    for (std::int64_t h = 0; h < H; ++h) {
      HeadNorm norm;
      for (std::int64_t t = 0; t < T; ++t)
        for (std::int64_t j = 0; j < N; ++j) {
          const std::size_t at = ((b * T + t) * H + h) * N + j;
          norm.add(got[at], truth[at]);
        }
      worst = std::max(worst, norm.error(floor(b, h)));
    }
  return worst;
}

inline double wkv7_state_error(const Wkv7Problem& p, const std::vector<float>& got,
                               const std::vector<double>& truth) {
  const std::size_t square = p.shape.size * p.shape.size;
  double worst = 0;
  for (std::size_t head = 0; head < truth.size(); head += square) {
    HeadNorm norm;
    for (std::size_t e = head; e < head + square; ++e) norm.add(got[e], truth[e]);
    worst = std::max(worst, norm.error());
  }
  return worst;
}

/// 1e-6 |d log w| of a head: a logit's gradient is measured against no less, since its factor
/// sigma(d) sigma(-d) may be as small as one likes.
inline double wkv7_logit_floor(const Wkv7Problem& p, const std::vector<double>& dw, std::int64_t b,
                               std::int64_t h) {
  if (p.decay == kernels::Decay::log) return 0;
  const auto [B, T, H, N] = p.shape;
  double square = 0;
  for (std::int64_t t = 0; t < T; ++t)
    for (std::int64_t j = 0; j < N; ++j) {
      const std::size_t at = ((b * T + t) * H + h) * N + j;
      const double slope = kernels::kInvSqrtE * kernels::sigmoid(static_cast<double>(p.w[at])).slope;
      if (slope > 0) square += std::pow(dw[at] / slope, 2);
    }
  return 1e-6 * std::sqrt(square);
}

inline std::vector<Wkv7Error> wkv7_errors(const Wkv7Problem& p, const Wkv7Outputs<float>& got,
                                          const Wkv7Outputs<double>& truth) {
  const auto none = [](std::int64_t, std::int64_t) { return 0.0; };
  const auto logit = [&](std::int64_t b, std::int64_t h) { return wkv7_logit_floor(p, truth.dw, b, h); };
  return {{"y", wkv7_token_error(p, got.y, truth.y, none), false},
          {"sT", wkv7_state_error(p, got.sT, truth.sT), false},
          {"dr", wkv7_token_error(p, got.dr, truth.dr, none), true},
          {"dw", wkv7_token_error(p, got.dw, truth.dw, logit), true},
          {"dk", wkv7_token_error(p, got.dk, truth.dk, none), true},
          {"dv", wkv7_token_error(p, got.dv, truth.dv, none), true},
          {"da", wkv7_token_error(p, got.da, truth.da, none), true},
          {"db", wkv7_token_error(p, got.db, truth.db, none), true},
          {"ds0", wkv7_state_error(p, got.ds0, truth.ds0), true}};
}

/// A tensor of a case that misses its tolerance.
struct Wkv7Miss {
  std::string name;
  std::string tensor;
  double error, tolerance;
};

/// Runs `backend` on a case; returns the tensors that miss their tolerance.
inline std::vector<Wkv7Miss> wkv7_case_misses(const Wkv7Case& c, const Wkv7Backend& backend) {
  std::vector<Wkv7Miss> misses;
  const Wkv7Problem problem = make_wkv7_problem(c);
  Wkv7Outputs<float> got(problem);
  backend(problem, got);
  const Wkv7Tolerance tolerance = wkv7_float_tolerance(*c.regime);
  for (const Wkv7Error& e : wkv7_errors(problem, got, run_wkv7_reference<double>(problem))) {
    const double limit = e.gradient ? tolerance.gradients : tolerance.outputs;
    if (!(e.value <= limit)) misses.push_back({c.name(), e.tensor, e.value, limit});
  }
  return misses;
}

/// The misses of all `cases`.
inline std::vector<Wkv7Miss> wkv7_misses(const std::vector<Wkv7Case>& cases, const Wkv7Backend& backend) {
  std::vector<Wkv7Miss> misses;
  for (const Wkv7Case& c : cases) {
    const std::vector<Wkv7Miss> found = wkv7_case_misses(c, backend);
    misses.insert(misses.end(), found.begin(), found.end());
  }
  return misses;
}

inline std::string describe(const std::vector<Wkv7Miss>& misses) {
  std::string text = std::to_string(misses.size()) + " misses";
  for (std::size_t i = 0; i < std::min<std::size_t>(misses.size(), 20); ++i) {
    char line[256];
    std::snprintf(line, sizeof line, "\n  %s: %s %.2e, wanted %.0e", misses[i].name.c_str(),
                  misses[i].tensor.c_str(), misses[i].error, misses[i].tolerance);
    text += line;
  }
  return text;
}

}  // namespace anser::tests
