// The chunked CUDA programs on emulated blocks: the case table, long runs of reflections, and whether the
// emulation sees a mistake.
#include "tests/support/catch.h"
#include "tests/support/chunk_cases.h"
#include "tests/support/emulated_chunk.h"

namespace anser::tests {
namespace {

void check_case(const RecurrenceCase& c, const EmulatedRun& run, bool unit_keys = false) {
  const RecurrenceProblem p = rounded_problem(c, unit_keys);
  ChunkResults out = empty_bf16_results(p);
  const std::string fault = run_emulated_chunks(p, out, run);
  CAPTURE(c.name(), fault);
  REQUIRE(fault.empty());
  for (const Wkv7Error& e : recurrence_errors(p, as_float(p, out), run_recurrence_reference(p))) {
    CAPTURE(e.tensor);
    CHECK(e.value <= chunk_tolerance(e));
  }
}

TEST_CASE("chunked programs hold the tolerances of the state mode", "[kernels][emulated][quick]") {
  std::uint64_t seed = 0;
  for (const ChunkCase& c : chunk_cases()) check_case(c.table, {.seed = ++seed}, c.unit_keys);
}

TEST_CASE("chunked programs hold the tolerances over 256 tokens", "[kernels][emulated][quick]") {
  const std::vector<std::int64_t> layout = {256};
  for (const RecurrenceRegime& regime : recurrence_regimes()) {
    if (!is_chunked(regime)) continue;
    const bool one_reflection = regime.keys == 1 && regime.removal == 2;
    check_case({&regime, {16, 16}, &layout}, {}, one_reflection);
  }
  check_case({&recurrence_regimes()[0], {64, 64}, &layout}, {});
}

/// A block whose numbers are rounded to bf16 once, as most chunked kernels do.
struct PlainContext : EmulatedContext {
  static constexpr bool kSplit = false;
  explicit PlainContext(const EmulatedContext& ctx) : EmulatedContext(ctx) {}
};

/// Errors of y and of the last state.
std::pair<double, double> forward_errors(const RecurrenceProblem& p, const ChunkResults& out) {
  RecurrenceResults<double> truth(p);
  const RecurrenceArrays<double> in(p, [](float x) { return static_cast<double>(x); });
  expect_ok(kernels::reference::recurrence_forward<double>(p.shape(), p.mode, in.inputs(),
                                                           {.y = truth.y.data(), .sT = truth.sT.data()}));
  const auto none = [](std::int64_t, std::int64_t) { return 0.0; };
  return {recurrence_token_error(p, p.values, as_float(out.y), truth.y, none),
          recurrence_state_error(p, out.sT, truth.sT)};
}

TEST_CASE("2048 reflections do not drift, and do where numbers are rounded once",
          "[kernels][emulated][quick]") {
  const std::vector<std::int64_t> layout = {2048};
  for (const char* name : {"one reflection", "4 reflections", "60 reflections"}) {
    const auto& regimes = recurrence_regimes();
    const auto regime = std::find_if(regimes.begin(), regimes.end(),
                                     [&](const RecurrenceRegime& r) { return std::string(r.name) == name; });
    const RecurrenceProblem p = rounded_problem({&*regime, {64, 64}, &layout}, true);
    ChunkResults split = empty_bf16_results(p), plain = empty_bf16_results(p);
    REQUIRE(run_emulated_chunks(p, split, {.backward = false}).empty());
    REQUIRE(run_emulated_chunks<PlainContext>(p, plain, {.backward = false}).empty());
    const auto [y, state] = forward_errors(p, split);
    const auto [plain_y, plain_state] = forward_errors(p, plain);
    CAPTURE(name, y, state, plain_y, plain_state);
    CHECK(y <= 4e-3);
    CHECK(state <= 2e-4);
    CHECK(plain_state > 10 * state);
  }
}

TEST_CASE("the bits of the chunked programs do not depend on the order of the warps",
          "[kernels][emulated][quick]") {
  const std::vector<std::int64_t> layout = {37};
  const RecurrenceProblem p = rounded_problem({&recurrence_regimes()[0], {64, 64}, &layout});
  ChunkResults first = empty_bf16_results(p), second = empty_bf16_results(p);
  REQUIRE(run_emulated_chunks(p, first, {.seed = 1}).empty());
  REQUIRE(run_emulated_chunks(p, second, {.seed = 2}).empty());
  const auto same = [](const std::vector<kernels::Bf16>& x, const std::vector<kernels::Bf16>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                      [](kernels::Bf16 a, kernels::Bf16 b) { return a.bits == b.bits; });
  };
  CHECK(same(first.y, second.y));
  CHECK(same(first.dw, second.dw));
  CHECK(same(first.da, second.da));
  CHECK(first.sT == second.sT);
  CHECK(first.ds0 == second.ds0);
}

TEST_CASE("a barrier that is left out is a fault", "[kernels][emulated][quick]") {
  const std::vector<std::int64_t> layout = {33};
  const RecurrenceProblem p = rounded_problem({&recurrence_regimes()[0], {32, 32}, &layout});
  ChunkResults out = empty_bf16_results(p);
  const auto needless = [&](int barriers, bool backward) {
    std::vector<int> found;
    for (int n = 0; n < barriers; ++n)
      if (run_emulated_chunks(p, out, {.left_out_barrier = n, .backward = backward}).empty())
        found.push_back(n);
    return found;
  };
  // Three chunks of three barriers; two chunks recomputed with three each and three chunks of five. Nothing
  // follows the last one.
  CHECK(needless(9, false) == std::vector<int>{8});
  CHECK(needless(21, true) == std::vector<int>{20});
}

/// A device whose second and third register of A are exchanged.
struct SwappedContext : EmulatedContext {
  explicit SwappedContext(const EmulatedContext& ctx) : EmulatedContext(ctx) {}
  void mma(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) {
    EmulatedContext::mma(c, {a[0], a[2], a[1], a[3]}, b0, b1);
  }
};

TEST_CASE("an exchanged fragment register is an error that the case table sees",
          "[kernels][emulated][quick]") {
  const std::vector<std::int64_t> layout = {17};
  const RecurrenceProblem p = rounded_problem({&recurrence_regimes()[0], {16, 16}, &layout});
  ChunkResults out = empty_bf16_results(p);
  REQUIRE(run_emulated_chunks<SwappedContext>(p, out, {.backward = false}).empty());
  CHECK(forward_errors(p, out).first > .1);
}

}  // namespace
}  // namespace anser::tests
