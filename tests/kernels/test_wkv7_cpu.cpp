// The CPU kernels against the double reference, over the case table and over instruction sets.
#include "tests/support/all_cases.h"
#include "tests/support/catch.h"
#include "tests/support/wkv7_compare.h"

namespace anser::tests {
namespace {

using kernels::cpu::wkv7_force_target;
using kernels::cpu::wkv7_target;

void run_cpu(const Wkv7Problem& p, Wkv7Outputs<float>& out) {
  run_wkv7_cpu(p, out);
}

TEST_CASE("the CPU kernels hold the tolerances of the case table", "[kernels][wkv7][quick]") {
  INFO("target " << wkv7_target());
  const auto misses = wkv7_misses(wkv7_cases(), run_cpu);
  INFO(describe(misses));
  CHECK(misses.empty());
}

TEST_CASE("the CPU kernels hold the tolerances of every case with and without states", "[.all]") {
  const auto misses =
      misses_on_every_core(wkv7_all_cases(), [](const Wkv7Case& c) { return wkv7_case_misses(c, run_cpu); });
  INFO(describe(misses));
  CHECK(misses.empty());
}

TEST_CASE("every instruction set of this machine holds the tolerances", "[kernels][wkv7][quick]") {
  for (const char* target : {"SCALAR", "EMU128", "SSE4", "AVX2", "AVX3"}) {
    if (!wkv7_force_target(target)) continue;
    CAPTURE(target);
    CHECK(std::string(wkv7_target()) == target);
    const auto misses = wkv7_misses(wkv7_short_cases(), run_cpu);
    INFO(describe(misses));
    CHECK(misses.empty());
  }
  CHECK(wkv7_force_target(""));
}

TEST_CASE("head sizes that no vector width divides hold the tolerances", "[kernels][wkv7][quick]") {
  std::vector<Wkv7Case> cases;
  for (const std::int64_t size : {24, 40, 48, 56, 72, 96, 104, 120})
    for (const std::int64_t time : {1, 16, 35})
      cases.push_back({&wkv7_regimes().front(), {2, time, 2, size}, true});
  const auto misses = wkv7_misses(cases, run_cpu);
  INFO(describe(misses));
  CHECK(misses.empty());
}

}  // namespace
}  // namespace anser::tests
