// The CUDA kernels on a device: forward, backward and decode, RWKV-7 with random tokens, as the mean of 100
// replays of a captured call, by events. Rows: PASS/KERNEL/TYPE/SHAPE; several small models in one launch are
// more heads. Counters:
//   us            of one call
//   bytes, flops  of one call: arguments, results and checkpoints moved once (decode: the states too), and
//   the
//                 multiply-adds of the algorithm token by token, two FLOP each
//   of_copy       bytes a second as a part of a copy's (read and written) in the same run
//   of_fma        flops a second as a part of the fp32 multiply-add probe's; tensor cores may go above 1
// Without a device: one sentence, and no rows.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>

#include "benchmarks/device_row.h"
#include "benchmarks/kernels/cuda_probes.h"
#include "benchmarks/kernels/cuda_timing.h"
#include "kernels/recurrence.h"

namespace anser::kernels::cuda {
namespace {

using tests::DeviceArray;
using tests::expect_cuda;

void expect_ok(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.function + std::string(": ") + status.argument);
}

/// Rates of the device, each over a fresh run of its probe.
struct Rates {
  double bytes_per_second = 0, flops_per_second = 0;
};

Rates measured_rates() {
  int processors = 0;
  expect_cuda(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, 0));
  constexpr std::int64_t kCopied = 512 << 20;
  constexpr auto kVectors = static_cast<std::int64_t>(kCopied / sizeof(float4));
  DeviceArray<float4> from(kVectors, 0), to(kVectors, 0);
  DeviceArray<float> sink(1);
  CapturedWork copy([&] { launch_copy(from.data(), to.data(), kVectors, processors, cudaStreamPerThread); });
  double products = 0;
  CapturedWork products_only(
      [&] { products = launch_multiply_adds(processors, sink.data(), cudaStreamPerThread); });
  return {2.0 * kCopied / copy.seconds(20), 2 * products / products_only.seconds(20)};
}

/// How a token's vector is drawn: normal; or -kappa and kappa / 2 with the same kappa of length 1.
enum class Draw { normal, minus_kappa, half_kappa };

/// `rows` vectors of n numbers on the device, the same few thousand again and again.
template <typename Real>
std::unique_ptr<DeviceArray<Real>> drawn(std::int64_t rows, std::int64_t n, Draw draw, unsigned seed) {
  const std::int64_t period = std::min<std::int64_t>(rows, 4096);
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<Real> host(period * n);
  std::vector<float> row(n);
  for (std::int64_t t = 0; t < period; ++t) {
    double square = 0;
    for (float& x : row) x = normal(generator), square += double{x} * x;
    const double scale =
        draw == Draw::normal ? 1 : (draw == Draw::minus_kappa ? -1 : 0.5) / std::sqrt(square);
    for (std::int64_t j = 0; j < n; ++j) {
      const auto x = static_cast<float>(row[j] * scale);
      if constexpr (sizeof(Real) == 2)
        host[t * n + j] = to_bf16(x);
      else
        host[t * n + j] = x;
    }
  }
  auto array = std::make_unique<DeviceArray<Real>>(rows * n);
  for (std::int64_t t = 0; t < rows; t += period)
    expect_cuda(cudaMemcpy(array->data() + t * n, host.data(), std::min(period, rows - t) * n * sizeof(Real),
                           cudaMemcpyHostToDevice));
  return array;
}

/// The tokens of `rows` tokens and heads.
template <typename Real>
struct Tokens {
  Tokens(std::int64_t rows, std::int64_t n)
      : r(drawn<Real>(rows, n, Draw::normal, 1)),
        w(drawn<Real>(rows, n, Draw::normal, 2)),
        k(drawn<Real>(rows, n, Draw::half_kappa, 3)),
        v(drawn<Real>(rows, n, Draw::normal, 4)),
        a(drawn<Real>(rows, n, Draw::minus_kappa, 5)),
        b(drawn<Real>(rows, n, Draw::half_kappa, 5)) {}
  RecurrenceInputs<Real> inputs() const {
    return {r->data(), w->data(), k->data(), v->data(), a->data(), b->data()};
  }
  std::unique_ptr<DeviceArray<Real>> r, w, k, v, a, b;
};

void report(benchmark::State& state, double seconds, double bytes, double flops, const Rates& rates) {
  state.SetIterationTime(seconds);
  state.counters["us"] = seconds * 1e6;
  state.counters["bytes"] = bytes;
  state.counters["flops"] = flops;
  state.counters["of_copy"] = bytes / seconds / rates.bytes_per_second;
  state.counters["of_fma"] = flops / seconds / rates.flops_per_second;
}

struct Row {
  CudaKernel kernel;
  RecurrenceShape shape;
};

constexpr double kForwardProducts = 5, kBackwardProducts = 14;  // multiply-adds a state number and token
constexpr int kForwardArrays = 7, kBackwardArrays = 13;         // arrays of tokens that a pass moves

/// One pass of a row on arrays that are there; the backward pass after a forward pass that is not timed.
template <typename Real>
void time_pass(benchmark::State& state, const Row& row, bool backward) {
  const RecurrenceShape& s = row.shape;
  const std::int64_t rows = s.sequences * s.time * s.heads, numbers = rows * s.keys;
  const CudaLaunch launch{row.kernel, cudaStreamPerThread};
  const Tokens<Real> tokens(rows, s.keys);
  const std::int64_t stored = recurrence_checkpoint_size(s, row.kernel);
  DeviceArray<Real> y(numbers);
  DeviceArray<float> checkpoints(stored);
  const auto forward = [&] {
    expect_ok(recurrence_forward<Real>(s, {}, tokens.inputs(),
                                       {.y = y.data(), .checkpoints = checkpoints.data()}, launch));
  };
  const Rates rates = measured_rates();
  const double bytes = sizeof(Real) * (backward ? kBackwardArrays : kForwardArrays) * double(numbers) +
                       sizeof(float) * double(stored);
  const double flops =
      2 * (backward ? kBackwardProducts : kForwardProducts) * double(numbers) * double(s.values);
  if (!backward) {
    CapturedWork work(forward);
    for (auto _ : state) report(state, work.seconds(), bytes, flops, rates);
    return;
  }
  forward();
  const auto dy = drawn<Real>(rows, s.keys, Draw::normal, 6);
  DeviceArray<Real> dr(numbers), dw(numbers), dk(numbers), dv(numbers), da(numbers), db(numbers);
  DeviceArray<float> workspace(recurrence_workspace_size(s, row.kernel));
  CapturedWork work([&] {
    expect_ok(recurrence_backward<Real>(s, {}, tokens.inputs(), checkpoints.data(), dy->data(), nullptr,
                                        {dr.data(), dw.data(), dk.data(), dv.data(), da.data(), db.data()},
                                        workspace.data(), launch));
  });
  for (auto _ : state) report(state, work.seconds(), bytes, flops, rates);
}

/// One token of `heads` heads of 64; call after call takes the next of so many sets of states that they fill
/// 512 MB, so that no cache holds them.
void time_decode(benchmark::State& state, std::int64_t heads) {
  constexpr std::int64_t kSize = 64;
  const std::int64_t numbers = heads * kSize * kSize;
  const std::int64_t sets = ((std::int64_t{512} << 20) + numbers * 4 - 1) / (numbers * 4);
  const Tokens<float> tokens(heads, kSize);
  DeviceArray<float> states(sets * numbers, 0), y(heads * kSize);
  const Rates rates = measured_rates();
  CapturedWork work([&] {
    for (std::int64_t set = 0; set < sets; ++set)
      expect_ok(recurrence_decode<float>({heads, 1, 1, kSize, kSize}, {}, tokens.inputs(),
                                         states.data() + set * numbers, y.data(), cudaStreamPerThread));
  });
  const double bytes = 4.0 * (2 * double(numbers) + kForwardArrays * double(heads * kSize));
  for (auto _ : state)
    report(state, work.seconds() / double(sets), bytes, 2 * kForwardProducts * double(numbers), rates);
}

void probe(benchmark::State& state) {
  for (auto _ : state) {
    const Rates rates = measured_rates();
    state.SetIterationTime(1);
    state.counters["bytes_per_second"] = rates.bytes_per_second;
    state.counters["flops_per_second"] = rates.flops_per_second;
  }
}

/// A row that the device has no room for, or that fails, leaves no error to the next one.
template <typename Function>
void add(const std::string& name, Function run) {
  benchmarks::add_device_row(name, [run](benchmark::State& state) {
    cudaGetLastError();
    run(state);
  });
}

template <typename Real>
void add_passes(const Row& row) {
  const RecurrenceShape& s = row.shape;
  const std::string name = std::string("/") + kernel_name(row.kernel) +
                           (sizeof(Real) == 2 ? "/bf16/B" : "/float/B") + std::to_string(s.sequences) + "_T" +
                           std::to_string(s.time) + "_H" + std::to_string(s.heads) + "_N" +
                           std::to_string(s.keys);
  add("forward" + name, [row](benchmark::State& state) { time_pass<Real>(state, row, false); });
  add("backward" + name, [row](benchmark::State& state) { time_pass<Real>(state, row, true); });
}

void add_rows() {
  add("probe", probe);
  for (const RecurrenceShape& shape : {RecurrenceShape{8, 4096, 32, 64, 64},
                                       {64, 512, 4, 64, 64},
                                       {8, 4096, 128, 16, 16},
                                       {8, 4096, 64, 32, 32},
                                       {8, 4096, 16, 128, 128}})
    add_passes<Bf16>({CudaKernel::chunked, shape});
  for (const RecurrenceShape& shape : {RecurrenceShape{64, 32, 1, 64, 64},
                                       {1024, 32, 2, 32, 32},
                                       {64, 512, 4, 64, 64},
                                       {8, 4096, 32, 64, 64},
                                       {64, 512, 16, 16, 16},
                                       {64, 512, 2, 128, 128}})
    add_passes<float>({CudaKernel::sequential, shape});
  for (const std::int64_t heads : {1024, 4096, 16384})
    add("decode/float/heads" + std::to_string(heads),
        [heads](benchmark::State& state) { time_decode(state, heads); });
}

}  // namespace
}  // namespace anser::kernels::cuda

int main(int argc, char** argv) {
  using namespace anser::kernels::cuda;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  if (device_count() == 0) {
    std::puts("bench_cuda: no CUDA device here, so no rows");
    return 0;
  }
  if (!prepare().ok()) {
    std::fputs("bench_cuda: the CUDA kernels could not be loaded to the device\n", stderr);
    return 1;
  }
  add_rows();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
