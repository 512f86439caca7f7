// The part of the case table that chunked kernels run, with tokens that are exact in bf16, and the tolerances
// of the state mode (docs/math/recurrence.md section 7).
#pragma once

#include <cmath>

#include "tests/support/recurrence_compare.h"

namespace anser::tests {

struct ChunkCase {
  RecurrenceCase table;
  /// Every key is +-1 / sqrt(K) in every channel, K = 16 or 64, so that a reflection is one after rounding.
  bool unit_keys = false;
};

/// Chunks need decays whose logarithm is bounded.
inline bool is_chunked(const RecurrenceRegime& regime) {
  return regime.decay != kernels::Decay::direct && regime.resets == 0 && regime.low == 0;
}

/// The case's problem with tokens that are exact in bf16.
inline RecurrenceProblem rounded_problem(const RecurrenceCase& c, bool unit_keys = false) {
  RecurrenceProblem p = make_recurrence_problem(c);
  for (auto* x : {&p.r, &p.w, &p.k, &p.v, &p.a, &p.b, &p.dy})
    for (float& e : *x) e = kernels::to_float(kernels::to_bf16(e));
  const float unit = 1 / std::sqrt(static_cast<float>(p.keys));
  for (std::size_t e = 0; unit_keys && e < p.a.size(); ++e) {
    p.a[e] = p.a[e] < 0 ? -unit : unit;
    p.b[e] = -p.a[e] * static_cast<float>(c.regime->removal);
  }
  return p;
}

/// Every chunked regime and size with and without low-rank part, the other factors in turn.
inline std::vector<ChunkCase> chunk_cases() {
  static const std::vector<std::vector<std::int64_t>> kLayouts = {{0},  {1},  {5},  {15}, {16},         {17},
                                                                  {33}, {37}, {64}, {65}, {5, 0, 17, 1}};
  std::vector<ChunkCase> cases;
  for (const RecurrenceRegime& regime : recurrence_regimes()) {
    if (!is_chunked(regime)) continue;
    for (const std::int64_t n : {16, 32, 64, 128})
      for (const bool low_rank : {true, false}) {
        const std::size_t turn = cases.size() + 1;
        const auto read = turn % 3 == 0 ? kernels::Read::before : kernels::Read::after;
        // One reflection through a rounded key is none: its error grows with the key's.
        const bool unit = regime.keys == 1 && regime.removal == 2 && (n == 16 || n == 64);
        cases.push_back({{&regime,
                          {n, n},
                          &kLayouts[turn * 7 % kLayouts.size()],
                          read,
                          low_rank,
                          turn % 4 == 1,
                          turn % 5 != 2},
                         unit});
      }
  }
  return cases;
}

/// Numbers of another type as float.
template <typename Real>
std::vector<float> as_float(const std::vector<Real>& x) {
  std::vector<float> out;
  for (const Real& e : x) {
    if constexpr (sizeof(Real) == 2)
      out.push_back(kernels::to_float(e));
    else
      out.push_back(static_cast<float>(e));
  }
  return out;
}

template <typename Real>
RecurrenceResults<float> as_float(const RecurrenceProblem& p, const RecurrenceResults<Real>& x) {
  RecurrenceResults<float> out(p);
  out.y = as_float(x.y), out.dr = as_float(x.dr), out.dw = as_float(x.dw), out.dk = as_float(x.dk);
  out.dv = as_float(x.dv), out.da = as_float(x.da), out.db = as_float(x.db);
  out.sT = as_float(x.sT), out.ds0 = as_float(x.ds0);
  return out;
}

inline RecurrenceResults<kernels::Bf16> empty_bf16_results(const RecurrenceProblem& p) {
  return RecurrenceResults<kernels::Bf16>(p, kernels::to_bf16(NAN), NAN);
}

/// y and gradients are bf16 numbers: rounding alone is up to 2^-9 of each. States are fp32.
inline double chunk_tolerance(const Wkv7Error& e) {
  return e.tensor == "sT" || e.tensor == "ds0" ? 2e-4 : 4e-3;
}

}  // namespace anser::tests
