// Runs the generalised recurrence on a problem of its case table and measures errors against the double
// reference.
#pragma once

#include <algorithm>
#include <cstdio>
#include <limits>
#include <string>

#include "kernels/recurrence_math.h"
#include "tests/support/recurrence_cases.h"
#include "tests/support/wkv7_compare.h"

namespace anser::tests {

template <typename Real>
struct RecurrenceResults {
  using State = typename kernels::StateOf<Real>::Type;
  std::vector<Real> y, dr, dw, dk, dv, da, db;
  std::vector<State> sT, ds0;

  /// Filled with `stale`, so that a number that a backend forgets to write is seen.
  RecurrenceResults(const RecurrenceProblem& p, Real stale, State stale_state) {
    const std::int64_t rows = p.tokens() * p.heads;
    for (auto* x : {&dr, &dk}) x->assign(rows * p.keys, stale);
    for (auto* x : {&y, &dv}) x->assign(rows * p.values, stale);
    if (p.mode.low_rank)
      for (auto* x : {&da, &db}) x->assign(rows * p.keys, stale);
    if (p.mode.decay != kernels::Decay::none) dw.assign(rows * p.decays(), stale);
    for (auto* x : {&sT, &ds0}) x->assign(p.state_size(), stale_state);
  }
  explicit RecurrenceResults(const RecurrenceProblem& p)
      : RecurrenceResults(p, std::numeric_limits<Real>::quiet_NaN(),
                          std::numeric_limits<State>::quiet_NaN()) {}
  kernels::RecurrenceGradients<Real> gradients() {
    return {dr.data(), dw.data(), dk.data(), dv.data(), da.data(), db.data(), ds0.data()};
  }
  bool operator==(const RecurrenceResults&) const = default;
};

template <typename Real>
struct RecurrenceArrays {
  std::vector<Real> r, w, k, v, a, b, dy;
  std::vector<typename kernels::StateOf<Real>::Type> s0, dsT;

  template <typename Convert>
  RecurrenceArrays(const RecurrenceProblem& p, Convert convert) {
    const std::pair<const std::vector<float>*, std::vector<Real>*> arrays[] = {
        {&p.r, &r}, {&p.w, &w}, {&p.k, &k}, {&p.v, &v}, {&p.a, &a}, {&p.b, &b}, {&p.dy, &dy}};
    for (const auto& [from, to] : arrays)
      for (const float x : *from) to->push_back(convert(x));
    s0.assign(p.s0.begin(), p.s0.end()), dsT.assign(p.dsT.begin(), p.dsT.end());
  }
  static auto or_null(const auto& x) { return x.empty() ? nullptr : x.data(); }
  kernels::RecurrenceInputs<Real> inputs() const {
    return {r.data(), w.data(), k.data(), v.data(), a.data(), b.data(), or_null(s0)};
  }
};

/// The definition in double, from the problem's fp32 inputs.
inline RecurrenceResults<double> run_recurrence_reference(const RecurrenceProblem& p) {
  RecurrenceResults<double> out(p);
  const RecurrenceArrays<double> in(p, [](float x) { return static_cast<double>(x); });
  std::vector<double> workspace(kernels::reference::recurrence_workspace_size(p.shape()));
  expect_ok(kernels::reference::recurrence_forward<double>(p.shape(), p.mode, in.inputs(),
                                                           {.y = out.y.data(), .sT = out.sT.data()}));
  expect_ok(kernels::reference::recurrence_backward<double>(
      p.shape(), p.mode, in.inputs(), in.dy.data(), in.or_null(in.dsT), out.gradients(), workspace.data()));
  return out;
}

template <typename Real>
void run_recurrence_cpu(const RecurrenceProblem& p, const RecurrenceArrays<Real>& in,
                        RecurrenceResults<Real>& out, const kernels::Executor& executor = {},
                        int threads = 1) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> checkpoints(kernels::recurrence_checkpoint_size(p.shape()), nan);
  std::vector<float> workspace(kernels::recurrence_workspace_size(p.shape(), threads), nan);
  expect_ok(kernels::cpu::recurrence_forward<Real>(
      p.shape(), p.mode, in.inputs(),
      {.y = out.y.data(), .sT = out.sT.data(), .checkpoints = checkpoints.data()}, executor));
  expect_ok(kernels::cpu::recurrence_backward<Real>(p.shape(), p.mode, in.inputs(), checkpoints.data(),
                                                    in.dy.data(), in.or_null(in.dsT), out.gradients(),
                                                    workspace.data(), threads, executor));
}

inline RecurrenceResults<float> run_recurrence_cpu(const RecurrenceProblem& p,
                                                   const kernels::Executor& executor = {}, int threads = 1) {
  RecurrenceResults<float> out(p);
  run_recurrence_cpu(p, RecurrenceArrays<float>(p, [](float x) { return x; }), out, executor, threads);
  return out;
}

/// Max over (sequence, head) of |x - truth|_F / max(|truth|_F, floor) over that head's rows of `width`
/// numbers.
template <typename Got, typename Floor>
double recurrence_token_error(const RecurrenceProblem& p, std::int64_t width, const std::vector<Got>& got,
                              const std::vector<double>& truth, Floor floor) {
  double worst = 0;
  for (std::int64_t s = 0; s < p.sequences; ++s)
    for (std::int64_t h = 0; h < p.heads; ++h) {
      HeadNorm norm;
      const auto [first, time] = p.span(s);
      for (std::int64_t row = first * p.heads + h; row < (first + time) * p.heads; row += p.heads)
        for (std::int64_t e = row * width; e < (row + 1) * width; ++e) norm.add(got[e], truth[e]);
      worst = std::max(worst, norm.error(floor(s, h)));
    }
  return worst;
}

inline double recurrence_state_error(const RecurrenceProblem& p, const std::vector<float>& got,
                                     const std::vector<double>& truth) {
  const std::size_t size = p.keys * p.values;
  double worst = 0;
  for (std::size_t head = 0; head < truth.size(); head += size) {
    HeadNorm norm;
    for (std::size_t e = head; e < head + size; ++e) norm.add(got[e], truth[e]);
    worst = std::max(worst, norm.error());
  }
  return worst;
}

/// 1e-6 |d log w| of a head where w is a logit, else 0; see wkv7_logit_floor.
inline double recurrence_logit_floor(const RecurrenceProblem& p, const std::vector<double>& dw,
                                     std::int64_t s, std::int64_t h) {
  if (p.mode.decay != kernels::Decay::logit) return 0;
  const auto [first, time] = p.span(s);
  const std::int64_t width = p.decays();
  double square = 0;
  for (std::int64_t row = first * p.heads + h; row < (first + time) * p.heads; row += p.heads)
    for (std::int64_t e = row * width; e < (row + 1) * width; ++e) {
      const double slope = kernels::kInvSqrtE * kernels::sigmoid(static_cast<double>(p.w[e])).slope;
      if (slope > 0) square += std::pow(dw[e] / slope, 2);
    }
  return 1e-6 * std::sqrt(square);
}

/// The problem with its heads' decays as equal decays of every channel.
inline RecurrenceProblem with_channel_decays(const RecurrenceProblem& p) {
  RecurrenceProblem channels = p;
  channels.mode.decay_per_head = false;
  channels.w.clear();
  for (const float w : p.w) channels.w.insert(channels.w.end(), static_cast<std::size_t>(p.keys), w);
  return channels;
}

/// Norm of the gradients of a head's channels, whose sums over the channels are dw where decays are per head:
/// the sums may cancel, their rounding does not. 0 where decays are per channel.
class ChannelNorm {
 public:
  explicit ChannelNorm(const RecurrenceProblem& p) {
    if (p.mode.decay_per_head && p.mode.decay != kernels::Decay::none)
      problem_ = with_channel_decays(p), dw_ = run_recurrence_reference(problem_).dw;
  }
  double operator()(std::int64_t s, std::int64_t h) const {
    if (dw_.empty()) return 0;
    const auto [first, time] = problem_.span(s);
    double square = 0;
    for (std::int64_t row = first * problem_.heads + h; row < (first + time) * problem_.heads;
         row += problem_.heads)
      for (std::int64_t j = 0; j < problem_.keys; ++j) square += std::pow(dw_[row * problem_.keys + j], 2);
    return std::sqrt(square);
  }

 private:
  RecurrenceProblem problem_{};
  std::vector<double> dw_{};
};

inline std::vector<Wkv7Error> recurrence_errors(const RecurrenceProblem& p,
                                                const RecurrenceResults<float>& got,
                                                const RecurrenceResults<double>& truth) {
  const auto none = [](std::int64_t, std::int64_t) { return 0.0; };
  const ChannelNorm channel_norm(p);
  const auto decay_floor = [&](std::int64_t s, std::int64_t h) {
    return std::max(recurrence_logit_floor(p, truth.dw, s, h), channel_norm(s, h));
  };
  const auto of_keys = [&](const char* name, const auto& x, const auto& wanted) {
    return Wkv7Error{name, recurrence_token_error(p, p.keys, x, wanted, none), true};
  };
  std::vector<Wkv7Error> errors = {{"y", recurrence_token_error(p, p.values, got.y, truth.y, none), false},
                                   {"sT", recurrence_state_error(p, got.sT, truth.sT), false},
                                   {"dv", recurrence_token_error(p, p.values, got.dv, truth.dv, none), true},
                                   of_keys("dr", got.dr, truth.dr),
                                   of_keys("dk", got.dk, truth.dk),
                                   {"ds0", recurrence_state_error(p, got.ds0, truth.ds0), true}};
  if (p.mode.low_rank) {
    errors.push_back(of_keys("da", got.da, truth.da));
    errors.push_back(of_keys("db", got.db, truth.db));
  }
  if (p.mode.decay != kernels::Decay::none)
    errors.push_back({"dw", recurrence_token_error(p, p.decays(), got.dw, truth.dw, decay_floor), true});
  return errors;
}

/// Runs the CPU kernels on a case; returns the tensors that miss their tolerance.
inline std::vector<Wkv7Miss> recurrence_case_misses(const RecurrenceCase& c) {
  std::vector<Wkv7Miss> misses;
  const RecurrenceProblem p = make_recurrence_problem(c);
  const Wkv7Tolerance tolerance = recurrence_tolerance(c);
  for (const Wkv7Error& e : recurrence_errors(p, run_recurrence_cpu(p), run_recurrence_reference(p))) {
    const double limit = e.gradient ? tolerance.gradients : tolerance.outputs;
    if (!(e.value <= limit)) misses.push_back({c.name(), e.tensor, e.value, limit});
  }
  return misses;
}

/// The misses of all `cases`.
inline std::vector<Wkv7Miss> recurrence_misses(const std::vector<RecurrenceCase>& cases) {
  std::vector<Wkv7Miss> misses;
  for (const RecurrenceCase& c : cases) {
    const std::vector<Wkv7Miss> found = recurrence_case_misses(c);
    misses.insert(misses.end(), found.begin(), found.end());
  }
  return misses;
}

}  // namespace anser::tests
