// The CUDA kernels on a device: the case table, repeated runs, other batches, and a captured call. Without a
// device every test says so and leaves.
#include <cstring>

#include "tests/support/catch.h"
#include "tests/support/chunk_cases.h"
#include "tests/support/device_run.h"

/// Leaves the test with a message where there is no CUDA device.
#define ANSER_NEEDS_CUDA_DEVICE()             \
  do {                                        \
    if (kernels::cuda::device_count() == 0) { \
      WARN("skipped: no CUDA device");        \
      return;                                 \
    }                                         \
  } while (false)

namespace anser::tests {
namespace {

using kernels::Bf16;
using kernels::cuda::CudaKernel;

template <typename Real>
RecurrenceArrays<Real> arrays_of(const RecurrenceProblem& p) {
  return RecurrenceArrays<Real>(p, [](float x) {
    if constexpr (sizeof(Real) == 2)
      return kernels::to_bf16(x);
    else
      return static_cast<Real>(x);
  });
}

template <typename T>
bool same_bits(const std::vector<T>& x, const std::vector<T>& y) {
  return x.size() == y.size() && (x.empty() || std::memcmp(x.data(), y.data(), x.size() * sizeof(T)) == 0);
}

template <typename Real>
bool same_bits(const RecurrenceResults<Real>& x, const RecurrenceResults<Real>& y) {
  return same_bits(x.y, y.y) && same_bits(x.dr, y.dr) && same_bits(x.dw, y.dw) && same_bits(x.dk, y.dk) &&
         same_bits(x.dv, y.dv) && same_bits(x.da, y.da) && same_bits(x.db, y.db) && same_bits(x.sT, y.sT) &&
         same_bits(x.ds0, y.ds0);
}

/// limit(error) for each tensor of a case.
template <typename Real, typename Limit>
void check_case(const RecurrenceProblem& p, CudaKernel kernel, Limit limit) {
  const RecurrenceResults<Real> out = run_device(p, arrays_of<Real>(p), kernel);
  for (const Wkv7Error& e : recurrence_errors(p, as_float(p, out), run_recurrence_reference(p))) {
    CAPTURE(e.tensor);
    CHECK(e.value <= limit(e));
  }
}

TEST_CASE("on a device the exact kernel holds the fp32 tolerances of the case table",
          "[kernels][cuda][quick]") {
  ANSER_NEEDS_CUDA_DEVICE();
  for (const RecurrenceCase& c : recurrence_pairwise_cases()) {
    CAPTURE(c.name());
    const Wkv7Tolerance tolerance = recurrence_tolerance(c);
    check_case<float>(make_recurrence_problem(c), CudaKernel::sequential, [&](const Wkv7Error& e) {
      return e.gradient ? tolerance.gradients : tolerance.outputs;
    });
  }
}

TEST_CASE("on a device the exact kernel holds the tolerances of the other types", "[kernels][cuda][quick]") {
  ANSER_NEEDS_CUDA_DEVICE();
  std::size_t turn = 0;
  for (const RecurrenceCase& c : recurrence_pairwise_cases()) {
    if (++turn % 7 != 0) continue;
    CAPTURE(c.name());
    const RecurrenceProblem p = rounded_problem(c);
    const Wkv7Tolerance tolerance = recurrence_tolerance(c);
    check_case<Bf16>(p, CudaKernel::sequential, [&](const Wkv7Error& e) {
      const bool state = e.tensor == "sT" || e.tensor == "ds0";
      return state ? std::max(tolerance.outputs, tolerance.gradients) : 0x1p-8;
    });
    const auto size = kernels::cuda::device_block_memory();
    if (p.keys <= 64 || size >= 163 * 1024)
      check_case<double>(p, CudaKernel::sequential, [](const Wkv7Error&) { return 1.2e-7; });  // of as_float
  }
}

/// Whether the device has room for the chunked backward pass of N keys.
bool has_room(std::int64_t n) {
  return kernels::cuda::choose_kernel({1, 64, 1, n, n}, {}, true) == CudaKernel::chunked;
}

TEST_CASE("on a device the chunked kernel holds the tolerances of the state mode", "[kernels][cuda][quick]") {
  ANSER_NEEDS_CUDA_DEVICE();
  for (const ChunkCase& c : chunk_cases()) {
    CAPTURE(c.table.name());
    if (has_room(c.table.size.first))
      check_case<Bf16>(rounded_problem(c.table, c.unit_keys), CudaKernel::chunked, chunk_tolerance);
  }
}

TEST_CASE("on a device 2048 reflections do not drift", "[kernels][cuda][quick]") {
  ANSER_NEEDS_CUDA_DEVICE();
  const std::vector<std::int64_t> layout = {2048};
  for (const RecurrenceRegime& regime : recurrence_regimes()) {
    if (regime.removal != 2) continue;
    CAPTURE(regime.name);
    const RecurrenceProblem p = rounded_problem({&regime, {64, 64}, &layout}, true);
    check_case<Bf16>(p, CudaKernel::chunked, [](const Wkv7Error& e) {
      return e.gradient ? 1.0 : chunk_tolerance(e);  // gradients: the case table's
    });
  }
}

/// One sequence of a problem, alone.
RecurrenceProblem only_sequence(const RecurrenceProblem& p, std::int64_t s) {
  RecurrenceProblem one = p;
  one.sequences = 1;
  const auto cut = [&](std::vector<float>& x, std::int64_t width) {
    if (!x.empty()) x = std::vector<float>(x.begin() + s * width, x.begin() + (s + 1) * width);
  };
  const std::int64_t rows = p.time * p.heads;
  for (auto* x : {&one.r, &one.k, &one.a, &one.b}) cut(*x, rows * p.keys);
  for (auto* x : {&one.v, &one.dy}) cut(*x, rows * p.values);
  for (auto* x : {&one.s0, &one.dsT}) cut(*x, p.heads * p.keys * p.values);
  cut(one.w, rows * p.decays());
  return one;
}

template <typename T>
bool same_part(const std::vector<T>& part, const std::vector<T>& all, std::size_t index) {
  return part.empty() ||
         std::memcmp(part.data(), all.data() + index * part.size(), part.size() * sizeof(T)) == 0;
}

template <typename Real>
void check_bits(CudaKernel kernel, std::int64_t n, std::int64_t time) {
  const std::vector<std::int64_t> layout = {time};
  const RecurrenceProblem p = rounded_problem({&recurrence_regimes()[0], {n, n}, &layout});
  const RecurrenceResults<Real> first = run_device(p, arrays_of<Real>(p), kernel);
  CHECK(same_bits(first, run_device(p, arrays_of<Real>(p), kernel)));
  const RecurrenceProblem alone = only_sequence(p, 1);
  const RecurrenceResults<Real> part = run_device(alone, arrays_of<Real>(alone), kernel);
  CHECK((same_part(part.y, first.y, 1) && same_part(part.sT, first.sT, 1)));
  CHECK((same_part(part.dr, first.dr, 1) && same_part(part.dw, first.dw, 1)));
  CHECK((same_part(part.dk, first.dk, 1) && same_part(part.dv, first.dv, 1)));
  CHECK((same_part(part.da, first.da, 1) && same_part(part.db, first.db, 1)));
  CHECK(same_part(part.ds0, first.ds0, 1));
}

TEST_CASE("on a device a kernel's bits depend neither on the run nor on the batch",
          "[kernels][cuda][quick]") {
  ANSER_NEEDS_CUDA_DEVICE();
  for (const std::int64_t n : {8, 16, 32, 64, 128}) {
    CAPTURE(n);
    check_bits<float>(CudaKernel::sequential, n, 37);
    check_bits<Bf16>(CudaKernel::sequential, n, 20);
    if (n >= 16 && has_room(n)) check_bits<Bf16>(CudaKernel::chunked, n, 100);
  }
}

TEST_CASE("on a device token by token decode gives the bits of the whole sequence",
          "[kernels][cuda][quick]") {
  ANSER_NEEDS_CUDA_DEVICE();
  const std::vector<std::int64_t> layout = {9};
  const RecurrenceProblem p =
      only_sequence(make_recurrence_problem({&recurrence_regimes()[0], {64, 64}, &layout}), 0);
  const RecurrenceArrays<float> in = arrays_of<float>(p);
  const RecurrenceResults<float> whole = run_device(p, in, CudaKernel::sequential);
  const DeviceArray<float> r(in.r), w(in.w), k(in.k), v(in.v), a(in.a), b(in.b);
  DeviceArray<float> state(in.s0), y(in.v.size());
  for (std::int64_t t = 0; t < p.time; ++t) {
    const std::int64_t at = t * p.heads * p.keys;
    expect_ok(kernels::cuda::recurrence_decode<float>(
        {1, 1, p.heads, p.keys, p.values}, p.mode,
        {r.data() + at, w.data() + at, k.data() + at, v.data() + at, a.data() + at, b.data() + at},
        state.data(), y.data() + at, nullptr));
  }
  std::vector<float> last, rows;
  state.copy_to(last), y.copy_to(rows);
  CHECK(same_bits(last, whole.sT));
  CHECK(same_bits(rows, whole.y));
}

template <typename Real>
void check_capture(CudaKernel kernel) {
  const std::vector<std::int64_t> layout = {5, 0, 70, 1};
  const RecurrenceProblem p = rounded_problem({&recurrence_regimes()[0], {64, 64}, &layout});
  const RecurrenceResults<Real> plain = run_device(p, arrays_of<Real>(p), kernel);
  DeviceProblem<Real> captured(p, arrays_of<Real>(p), kernel);
  cudaStream_t stream;
  cudaGraph_t graph;
  cudaGraphExec_t program;
  expect_cuda(cudaStreamCreate(&stream));
  expect_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  captured.launch(stream);
  expect_cuda(cudaStreamEndCapture(stream, &graph));
  expect_cuda(cudaGraphInstantiate(&program, graph, 0));
  for (int replay = 0; replay < 2; ++replay) {
    expect_cuda(cudaGraphLaunch(program, stream));
    CHECK(same_bits(captured.results(), plain));
  }
  cudaGraphExecDestroy(program);
  cudaGraphDestroy(graph);
  cudaStreamDestroy(stream);
}

TEST_CASE("on a device a captured call gives the bits of a plain one", "[kernels][cuda][quick]") {
  ANSER_NEEDS_CUDA_DEVICE();
  expect_ok(kernels::cuda::prepare());
  check_capture<float>(CudaKernel::sequential);
  check_capture<Bf16>(CudaKernel::chunked);
}

// Twelve small calls that a sanitizer of memory and races can run in its time (scripts/gpu-check.sh).

template <typename Real>
void check_small(CudaKernel kernel, std::pair<std::int64_t, std::int64_t> size,
                 const std::vector<std::int64_t>& layout, bool low_rank = true) {
  ANSER_NEEDS_CUDA_DEVICE();
  if (kernel == CudaKernel::chunked && !has_room(size.first)) return;
  const RecurrenceCase c{
      .regime = &recurrence_regimes()[0], .size = size, .layout = &layout, .low_rank = low_rank};
  check_case<Real>(rounded_problem(c), kernel, [&](const Wkv7Error& e) {
    if (sizeof(Real) == 2) return chunk_tolerance(e);
    return e.gradient ? recurrence_tolerance(c).gradients : recurrence_tolerance(c).outputs;
  });
}

TEST_CASE("a small exact call is right: float 8 x 8", "[kernels][cuda][sanitizer]") {
  check_small<float>(CudaKernel::sequential, {8, 8}, {17});
}
TEST_CASE("a small exact call is right: float 24 x 40 packed", "[kernels][cuda][sanitizer]") {
  check_small<float>(CudaKernel::sequential, {24, 40}, {5, 0, 17, 1});
}
TEST_CASE("a small exact call is right: float 64 x 64", "[kernels][cuda][sanitizer]") {
  check_small<float>(CudaKernel::sequential, {64, 64}, {33});
}
TEST_CASE("a small exact call is right: float 128 x 128 without low-rank part",
          "[kernels][cuda][sanitizer]") {
  check_small<float>(CudaKernel::sequential, {128, 128}, {17}, false);
}
TEST_CASE("a small exact call is right: bf16 32 x 32", "[kernels][cuda][sanitizer]") {
  check_small<Bf16>(CudaKernel::sequential, {32, 32}, {20});
}
TEST_CASE("a small exact call is right: double 16 x 16", "[kernels][cuda][sanitizer]") {
  check_small<double>(CudaKernel::sequential, {16, 16}, {20});
}
TEST_CASE("a small chunked call is right: 16 x 16 packed", "[kernels][cuda][sanitizer]") {
  check_small<Bf16>(CudaKernel::chunked, {16, 16}, {5, 0, 17, 1});
}
TEST_CASE("a small chunked call is right: 32 x 32", "[kernels][cuda][sanitizer]") {
  check_small<Bf16>(CudaKernel::chunked, {32, 32}, {33});
}
TEST_CASE("a small chunked call is right: 64 x 64", "[kernels][cuda][sanitizer]") {
  check_small<Bf16>(CudaKernel::chunked, {64, 64}, {100});
}
TEST_CASE("a small chunked call is right: 64 x 64 packed", "[kernels][cuda][sanitizer]") {
  check_small<Bf16>(CudaKernel::chunked, {64, 64}, {16, 33, 2});
}
TEST_CASE("a small chunked call is right: 64 x 64 without low-rank part", "[kernels][cuda][sanitizer]") {
  check_small<Bf16>(CudaKernel::chunked, {64, 64}, {65}, false);
}
TEST_CASE("a small chunked call is right: 128 x 128", "[kernels][cuda][sanitizer]") {
  check_small<Bf16>(CudaKernel::chunked, {128, 128}, {33});
}

}  // namespace
}  // namespace anser::tests
