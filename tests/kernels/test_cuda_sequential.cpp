// The exact CUDA programs on emulated blocks: the case table in fp32, the other types, snapshots, decode, and
// whether every barrier is needed.
#include "tests/support/catch.h"
#include "tests/support/chunk_cases.h"
#include "tests/support/emulated_sequential.h"

namespace anser::tests {
namespace {

using kernels::Bf16;

/// The table's cases that an emulated block runs in reasonable time: of up to `tokens` tokens, and of fewer
/// where the states are large.
std::vector<RecurrenceCase> short_cases(std::int64_t tokens, std::int64_t work) {
  std::vector<RecurrenceCase> cases;
  for (const RecurrenceCase& c : recurrence_pairwise_cases()) {
    std::int64_t total = 0;
    for (const std::int64_t t : *c.layout) total += t;
    if (total <= tokens && total * c.size.first * c.size.second <= work) cases.push_back(c);
  }
  return cases;
}

TEST_CASE("exact programs hold the fp32 tolerances of the case table", "[kernels][emulated][quick]") {
  std::uint64_t seed = 0;
  for (const RecurrenceCase& c : short_cases(100, 33 * 64 * 64)) {
    const RecurrenceProblem p = make_recurrence_problem(c);
    const RecurrenceArrays<float> in(p, [](float x) { return x; });
    RecurrenceResults<float> out(p);
    const std::string fault = run_emulated_sequential(p, in, out, {.seed = ++seed});
    CAPTURE(c.name(), fault);
    REQUIRE(fault.empty());
    const Wkv7Tolerance tolerance = recurrence_tolerance(c);
    for (const Wkv7Error& e : recurrence_errors(p, out, run_recurrence_reference(p))) {
      CAPTURE(e.tensor);
      CHECK(e.value <= (e.gradient ? tolerance.gradients : tolerance.outputs));
    }
  }
}

TEST_CASE("exact programs hold the fp32 tolerances over 256 tokens", "[kernels][emulated][quick]") {
  const std::vector<std::int64_t> layout = {256};
  for (const RecurrenceRegime& regime : recurrence_regimes()) {
    const RecurrenceCase c{&regime, {16, 8}, &layout};
    const RecurrenceProblem p = make_recurrence_problem(c);
    const RecurrenceArrays<float> in(p, [](float x) { return x; });
    RecurrenceResults<float> out(p);
    REQUIRE(run_emulated_sequential(p, in, out).empty());
    const Wkv7Tolerance tolerance = recurrence_tolerance(c);
    for (const Wkv7Error& e : recurrence_errors(p, out, run_recurrence_reference(p))) {
      CAPTURE(c.name(), e.tensor);
      CHECK(e.value <= (e.gradient ? tolerance.gradients : tolerance.outputs));
    }
  }
}

TEST_CASE("the exact program in fp64 is the definition's", "[kernels][emulated][quick]") {
  for (const auto& [keys, values] : {std::pair<std::int64_t, std::int64_t>{24, 40}, {128, 8}}) {
    const std::vector<std::int64_t> layout = {5, 0, 17, 1};
    const RecurrenceProblem p = make_recurrence_problem({&recurrence_regimes()[0], {keys, values}, &layout});
    const RecurrenceArrays<double> in(p, [](float x) { return static_cast<double>(x); });
    RecurrenceResults<double> out(p);
    REQUIRE(run_emulated_sequential(p, in, out).empty());
    const RecurrenceResults<double> truth = run_recurrence_reference(p);
    const auto difference = [](const std::vector<double>& x, const std::vector<double>& y) {
      HeadNorm norm;
      for (std::size_t e = 0; e < x.size(); ++e) norm.add(x[e], y[e]);
      return norm.error();
    };
    CHECK(difference(out.y, truth.y) <= 1e-14);
    CHECK(difference(out.sT, truth.sT) <= 1e-14);
    CHECK(difference(out.dr, truth.dr) <= 1e-14);
    CHECK(difference(out.dw, truth.dw) <= 1e-14);
    CHECK(difference(out.dk, truth.dk) <= 1e-14);
    CHECK(difference(out.dv, truth.dv) <= 1e-14);
    CHECK(difference(out.da, truth.da) <= 1e-14);
    CHECK(difference(out.db, truth.db) <= 1e-14);
    CHECK(difference(out.ds0, truth.ds0) <= 1e-14);
  }
}

TEST_CASE("exact programs round bf16 tokens' results once", "[kernels][emulated][quick]") {
  std::size_t turn = 0;
  for (const RecurrenceCase& c : short_cases(33, 33 * 24 * 40)) {
    if (++turn % 4 != 0) continue;
    const RecurrenceProblem p = rounded_problem(c);
    const RecurrenceArrays<Bf16> in(p, kernels::to_bf16);
    RecurrenceResults<Bf16> out = empty_bf16_results(p);
    REQUIRE(run_emulated_sequential(p, in, out).empty());
    const Wkv7Tolerance tolerance = recurrence_tolerance(c);
    for (const Wkv7Error& e : recurrence_errors(p, as_float(p, out), run_recurrence_reference(p))) {
      CAPTURE(c.name(), e.tensor);
      const bool state = e.tensor == "sT" || e.tensor == "ds0";
      CHECK(e.value <= (state ? std::max(tolerance.outputs, tolerance.gradients) : 0x1p-8));
    }
  }
}

TEST_CASE("snapshots of the exact program are its states", "[kernels][emulated][quick]") {
  for (const std::vector<std::int64_t>& layout : {std::vector<std::int64_t>{21}, {5, 0, 17, 1}}) {
    const RecurrenceProblem p = make_recurrence_problem({&recurrence_regimes()[1], {24, 16}, &layout});
    constexpr std::int64_t kInterval = 3;
    const std::size_t numbers =
        kernels::recurrence_snapshot_count(p.shape(), kInterval) * p.heads * p.keys * p.values;
    const RecurrenceArrays<float> in(p, [](float x) { return x; });
    RecurrenceResults<float> out(p), cpu(p);
    std::vector<float> snapshots(numbers, 7.0F), wanted(numbers, 7.0F);
    REQUIRE(run_emulated_sequential(p, in, out, {.backward = false}, snapshots.data(), kInterval).empty());
    expect_ok(kernels::cpu::recurrence_forward<float>(
        p.shape(), p.mode, in.inputs(),
        {.y = cpu.y.data(), .snapshots = wanted.data(), .snapshot_interval = kInterval}));
    HeadNorm norm;
    for (std::size_t e = 0; e < numbers; ++e) norm.add(snapshots[e], wanted[e]);
    CHECK(norm.error() <= 2e-6);
  }
}

TEST_CASE("token by token the exact program gives the bits of the whole sequence",
          "[kernels][emulated][quick]") {
  const std::vector<std::int64_t> layout = {9}, one = {1};
  RecurrenceProblem p = make_recurrence_problem({&recurrence_regimes()[0], {32, 24}, &layout});
  p.sequences = 1;
  const RecurrenceArrays<float> in(p, [](float x) { return x; });
  RecurrenceResults<float> whole(p);
  REQUIRE(run_emulated_sequential(p, in, whole, {.backward = false}).empty());
  RecurrenceProblem token = p;
  token.time = 1;
  std::vector<float> state(in.s0.begin(), in.s0.begin() + p.state_size()), y;
  for (std::int64_t t = 0; t < p.time; ++t) {
    kernels::RecurrenceInputs<float> at = in.inputs();
    const std::int64_t keys = t * p.heads * p.keys, values = t * p.heads * p.values;
    at.r += keys, at.w += keys, at.k += keys, at.a += keys, at.b += keys, at.v += values;
    at.s0 = state.data();
    std::vector<float> row(p.heads * p.values, NAN);
    const kernels::cuda::SequentialCall<float> call{token.shape(), p.mode, at, row.data(), state.data()};
    const auto size = kernels::cuda::sequential_launch_size(token.shape(), sizeof(float), false);
    REQUIRE(run_emulated_blocks(size, {}, [&](EmulatedContext& ctx, std::int64_t block) {
              kernels::cuda::sequential_forward<4>(ctx, call, block);
            }).empty());
    y.insert(y.end(), row.begin(), row.end());
  }
  CHECK(std::equal(y.begin(), y.end(), whole.y.begin()));
  CHECK(std::equal(state.begin(), state.end(), whole.sT.begin()));
}

TEST_CASE("the bits of the exact programs do not depend on the order of the warps nor on the batch",
          "[kernels][emulated][quick]") {
  const std::vector<std::int64_t> layout = {5, 0, 19, 2};
  for (const std::int64_t n : {8, 64}) {
    const RecurrenceProblem p = make_recurrence_problem({&recurrence_regimes()[0], {n, n}, &layout});
    const RecurrenceArrays<float> in(p, [](float x) { return x; });
    RecurrenceResults<float> first(p), second(p), alone(p);
    REQUIRE(run_emulated_sequential(p, in, first, {.seed = 1}).empty());
    REQUIRE(run_emulated_sequential(p, in, second, {.seed = 2}).empty());
    CHECK(first == second);
    // Sequence 2 as the only one of a pack that begins with its first token.
    RecurrenceProblem part = p;
    part.cu_seqlens = {0, 19}, part.sequences = 1, part.time = 19;
    const auto cut = [&](std::vector<float>& x, std::int64_t width) {
      x.erase(x.begin(), x.begin() + 5 * p.heads * width);
    };
    for (auto* x : {&part.r, &part.w, &part.k, &part.v, &part.a, &part.b, &part.dy}) cut(*x, n);
    for (auto* x : {&part.s0, &part.dsT}) x->erase(x->begin(), x->begin() + 2 * p.heads * n * n);
    const RecurrenceArrays<float> part_in(part, [](float x) { return x; });
    RecurrenceResults<float> part_out(part);
    REQUIRE(run_emulated_sequential(part, part_in, part_out).empty());
    const auto same = [&](const std::vector<float>& small, const std::vector<float>& all, std::int64_t at) {
      return std::equal(small.begin(), small.end(), all.begin() + at);
    };
    CHECK(same(part_out.y, first.y, 5 * p.heads * n));
    CHECK(same(part_out.dw, first.dw, 5 * p.heads * n));
    CHECK(same(part_out.da, first.da, 5 * p.heads * n));
    CHECK(std::equal(part_out.ds0.begin(), part_out.ds0.begin() + p.heads * n * n,
                     first.ds0.begin() + 2 * p.heads * n * n));
  }
}

/// Barriers of the backward pass over two chunks, the second of `tail` tokens.
int barriers(std::int64_t tail, bool one_turn) {
  const auto groups = [](std::int64_t tokens) { return static_cast<int>((tokens + 7) / 8); };
  int count = 0;
  for (const std::int64_t tokens : {tail, std::int64_t{16}}) {
    count += 2 * groups(tokens);                             // states recomputed
    count += 2 * groups(tokens) + static_cast<int>(tokens);  // adjoint
    if (one_turn) count += static_cast<int>(tokens) - groups(tokens);
  }
  return count;
}

TEST_CASE("a barrier that is left out of an exact program is a fault", "[kernels][emulated][quick]") {
  const std::vector<std::int64_t> layout = {19};
  for (const auto& [keys, values] : {std::pair<std::int64_t, std::int64_t>{32, 64}, {128, 64}}) {
    RecurrenceProblem p = make_recurrence_problem({&recurrence_regimes()[0], {keys, values}, &layout});
    p.sequences = 1;
    const RecurrenceArrays<float> in(p, [](float x) { return x; });
    RecurrenceResults<float> out(p);
    const auto needless = [&](int count, bool backward) {
      std::vector<int> found;
      for (int n = 0; n < count; ++n)
        if (run_emulated_sequential(p, in, out, {.left_out_barrier = n, .backward = backward}).empty())
          found.push_back(n);
      return found;
    };
    const int count = barriers(3, keys > 64);
    CAPTURE(keys, values, count);
    // Three times eight tokens; nothing follows the last barrier.
    CHECK(needless(6, false) == std::vector<int>{5});
    CHECK(needless(count, true) == std::vector<int>{count - 1});
  }
}

}  // namespace
}  // namespace anser::tests
