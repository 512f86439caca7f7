// The CPU kernels of the generalised recurrence against the double reference, over the case table and over
// instruction sets.
#include <array>
#include <set>
#include <string>
#include <utility>

#include "kernels/wkv7.h"
#include "tests/support/all_cases.h"
#include "tests/support/catch.h"
#include "tests/support/recurrence_compare.h"

namespace anser::tests {
namespace {

using kernels::cpu::wkv7_force_target;

/// The values of a case's seven factors, as text.
std::array<std::string, 7> values_of(const RecurrenceCase& c) {
  std::string layout = std::to_string(c.layout->size()) + ":";
  for (const std::int64_t t : *c.layout) layout += std::to_string(t) + ",";
  return {c.regime->name,
          std::to_string(c.size.first) + "x" + std::to_string(c.size.second),
          layout,
          c.read == kernels::Read::after ? "after" : "before",
          c.low_rank ? "low rank" : "diagonal",
          c.decay_per_head ? "per head" : "per channel",
          c.states ? "with states" : "from zero"};
}

/// Different pairs of values of the factors p and q.
std::size_t count_pairs(const std::vector<RecurrenceCase>& cases, std::size_t p, std::size_t q) {
  std::set<std::pair<std::string, std::string>> pairs;
  for (const RecurrenceCase& c : cases) {
    const auto values = values_of(c);
    pairs.emplace(values[p], values[q]);
  }
  return pairs.size();
}

TEST_CASE("the pairwise table holds every pair of values of every two factors",
          "[kernels][recurrence][quick]") {
  const auto cases = recurrence_pairwise_cases();
  const auto factors = recurrence_factors();
  std::size_t least = 0;  // cases that any such table needs
  for (std::size_t p = 0; p < factors.size(); ++p)
    for (std::size_t q = p + 1; q < factors.size(); ++q) {
      CAPTURE(p, q);
      CHECK(count_pairs(cases, p, q) == factors[p] * factors[q]);
      least = std::max(least, factors[p] * factors[q]);
    }
  CAPTURE(cases.size(), least);
  CHECK(cases.size() < 2 * least);
}

TEST_CASE("the full product holds every choice of values once", "[kernels][recurrence][quick]") {
  std::size_t product = 1;
  for (const std::size_t values : recurrence_factors()) product *= values;
  std::set<std::string> names;
  for (const RecurrenceCase& c : recurrence_all_cases()) names.insert(c.name());
  CHECK(names.size() == product);
}

TEST_CASE("the CPU kernels hold the tolerances of the pairwise table", "[kernels][recurrence][quick]") {
  const auto misses = recurrence_misses(recurrence_pairwise_cases());
  INFO(describe(misses));
  CHECK(misses.empty());
}

TEST_CASE("the CPU kernels hold the tolerances of the full product", "[.all]") {
  const auto misses = misses_on_every_core(recurrence_all_cases(), recurrence_case_misses);
  INFO(describe(misses));
  CHECK(misses.empty());
}

/// Every mode and regime once, with short sequences.
std::vector<RecurrenceCase> short_cases() {
  std::vector<RecurrenceCase> cases;
  std::size_t next = 0;
  for (const auto& regime : recurrence_regimes())
    for (const bool before : {false, true})
      for (const bool low_rank : {false, true})
        for (const bool per_head : {false, true})
          cases.push_back({&regime, kRecurrenceSizes[next++ % kRecurrenceSizes.size()],
                           &recurrence_layouts()[next % 2 == 0 ? 8 : 16],
                           before ? kernels::Read::before : kernels::Read::after, low_rank, per_head});
  return cases;
}

TEST_CASE("every instruction set of this machine holds the tolerances in every mode",
          "[kernels][recurrence][quick]") {
  for (const char* target : {"SCALAR", "EMU128", "SSE4", "AVX2", "AVX3"}) {
    if (!wkv7_force_target(target)) continue;
    CAPTURE(target);
    const auto misses = recurrence_misses(short_cases());
    INFO(describe(misses));
    CHECK(misses.empty());
  }
  CHECK(wkv7_force_target(""));
}

TEST_CASE("bf16 tokens give what their values give in double, rounded once", "[kernels][recurrence][quick]") {
  const auto widen = [](const std::vector<kernels::Bf16>& x) {
    std::vector<float> out;
    for (const kernels::Bf16 e : x) out.push_back(kernels::to_float(e));
    return out;
  };
  for (const RecurrenceCase& c : short_cases()) {
    RecurrenceProblem p = make_recurrence_problem(c);
    for (auto* x : {&p.r, &p.w, &p.k, &p.v, &p.a, &p.b, &p.dy})
      for (float& e : *x) e = kernels::to_float(kernels::to_bf16(e));
    RecurrenceResults<kernels::Bf16> rounded(p, kernels::to_bf16(NAN), NAN);
    run_recurrence_cpu(p, RecurrenceArrays<kernels::Bf16>(p, kernels::to_bf16), rounded);
    RecurrenceResults<float> got(p);
    got.y = widen(rounded.y), got.dr = widen(rounded.dr), got.dw = widen(rounded.dw);
    got.dk = widen(rounded.dk), got.dv = widen(rounded.dv), got.da = widen(rounded.da);
    got.db = widen(rounded.db), got.sT = rounded.sT, got.ds0 = rounded.ds0;
    // Rounding to 8 bits is at most 2^-9 of each number; states stay fp32. Rounded keys are no unit vectors,
    // but nothing here runs long enough to grow.
    for (const Wkv7Error& e : recurrence_errors(p, got, run_recurrence_reference(p))) {
      const bool state = e.tensor == "sT" || e.tensor == "ds0";
      CAPTURE(c.name(), e.tensor);
      CHECK(e.value <= (state ? recurrence_tolerance(c).gradients : 0x1p-8));
    }
  }
}

}  // namespace
}  // namespace anser::tests
