// The neighbours of the recurrence, one thread, at the shape of a small training step:
// B*T = 64 * 32 rows, D = 64, H = 2 heads of N = 32, M = 6 mixtures, low-rank factors of 16, 11 tokens,
// V = 120 labels, 65,536 parameters. Products report their rate.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "kernels/fused/adamw.h"
#include "kernels/fused/cross_entropy.h"
#include "kernels/fused/embedding.h"
#include "kernels/fused/gates.h"
#include "kernels/fused/gemm.h"
#include "kernels/fused/key_preparation.h"
#include "kernels/fused/layer_norm.h"
#include "kernels/fused/read_out.h"
#include "kernels/fused/squared_relu.h"
#include "kernels/fused/token_shift.h"

namespace anser::kernels::fused {
namespace {

constexpr std::int64_t kBatch = 64, kTime = 32, kRows = kBatch * kTime;
constexpr std::int64_t kHeads = 2, kSize = 32, kWidth = kHeads * kSize;
constexpr std::int64_t kMixtures = 6, kRank = 16, kTokens = 11, kLabels = 120, kParameters = 65536;
constexpr std::size_t kActivations = kRows * kWidth;

std::vector<float> drawn(std::size_t n) {
  static std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  std::vector<float> x(n);
  for (float& number : x) number = normal(generator);
  return x;
}

std::vector<std::int64_t> token_ids() {
  std::vector<std::int64_t> ids(kRows);
  for (std::int64_t row = 0; row < kRows; ++row) ids[row] = row * row * 7 % kTokens;
  return ids;
}

void embedding(benchmark::State& state) {
  const auto ids = token_ids();
  const auto table = drawn(kTokens * kWidth);
  std::vector<float> out(kActivations);
  for (auto _ : state) embedding_forward(kRows, kWidth, ids.data(), table.data(), out.data());
}
BENCHMARK(embedding)->Unit(benchmark::kMicrosecond);

void embedding_gradient(benchmark::State& state) {
  const auto ids = token_ids();
  const auto dout = drawn(kActivations);
  std::vector<float> dtable(kTokens * kWidth);
  for (auto _ : state) embedding_backward(kRows, kWidth, ids.data(), dout.data(), dtable.data());
}
BENCHMARK(embedding_gradient)->Unit(benchmark::kMicrosecond);

/// Projections, low-rank factors, the channel mix and the head as (inner, columns).
void product_shapes(benchmark::internal::Benchmark* bench) {
  for (const auto& [inner, columns] : {std::pair{kWidth, kWidth},
                                       {kWidth, kRank},
                                       {kRank, kWidth},
                                       {kWidth, 4 * kWidth},
                                       {4 * kWidth, kWidth},
                                       {kWidth, kLabels}})
    bench->Args({inner, columns});
  bench->Unit(benchmark::kMicrosecond);
}

void report_rate(benchmark::State& state) {
  const auto products = static_cast<double>(kRows * state.range(0) * state.range(1));
  state.counters["flops"] = benchmark::Counter(2 * products, benchmark::Counter::kIsIterationInvariantRate);
}

/// Packing the matrix included.
void product(benchmark::State& state) {
  const std::int64_t inner = state.range(0), columns = state.range(1);
  const auto x = drawn(kRows * inner), weight = drawn(columns * inner);
  std::vector<float> packed(packed_size(inner, columns)), y(kRows * columns);
  for (auto _ : state) {
    pack(inner, columns, Major::output, weight.data(), inner, packed.data());
    multiply(kRows, inner, columns, x.data(), packed.data(), {}, y.data());
  }
  report_rate(state);
}
BENCHMARK(product)->Apply(product_shapes);

void product_weight_gradient(benchmark::State& state) {
  const std::int64_t inner = state.range(0), columns = state.range(1);
  const auto x = drawn(kRows * inner), dy = drawn(kRows * columns);
  std::vector<float> dweight(columns * inner);
  for (auto _ : state) add_outer_products(kRows, columns, inner, dy.data(), x.data(), dweight.data(), inner);
  report_rate(state);
}
BENCHMARK(product_weight_gradient)->Apply(product_shapes);

void bias_gradient(benchmark::State& state) {
  const auto dy = drawn(kActivations);
  std::vector<float> sums(kWidth);
  for (auto _ : state) add_column_sums(kRows, kWidth, dy.data(), sums.data());
}
BENCHMARK(bias_gradient)->Unit(benchmark::kMicrosecond);

/// A gate of n numbers and its gradient.
template <void (*gate)(std::int64_t, const float*, float*)>
void gate_forward(benchmark::State& state) {
  const auto x = drawn(state.range(0));
  std::vector<float> out(x.size());
  for (auto _ : state) gate(state.range(0), x.data(), out.data());
}
template <void (*gate)(std::int64_t, const float*, const float*, float*)>
void gate_backward(benchmark::State& state) {
  const auto out = drawn(state.range(0)), dout = drawn(state.range(0));
  std::vector<float> dx(out.size());
  for (auto _ : state) gate(state.range(0), out.data(), dout.data(), dx.data());
}
BENCHMARK_TEMPLATE(gate_forward, tanh_forward)->Arg(kRows* kRank)->Unit(benchmark::kMicrosecond);
BENCHMARK_TEMPLATE(gate_backward, tanh_backward)->Arg(kRows* kRank)->Unit(benchmark::kMicrosecond);
BENCHMARK_TEMPLATE(gate_forward, sigmoid_forward)->Arg(kRows* kRank)->Unit(benchmark::kMicrosecond);
BENCHMARK_TEMPLATE(gate_backward, sigmoid_backward)->Arg(kRows* kRank)->Unit(benchmark::kMicrosecond);
BENCHMARK_TEMPLATE(gate_forward, add_to)->Arg(kActivations)->Unit(benchmark::kMicrosecond);

void value_mix(benchmark::State& state) {
  const auto own = drawn(kActivations), first = drawn(kActivations), z = drawn(kActivations);
  std::vector<float> v(kActivations);
  for (auto _ : state) value_mix_forward(kActivations, own.data(), first.data(), z.data(), v.data());
}
BENCHMARK(value_mix)->Unit(benchmark::kMicrosecond);

void value_mix_gradient(benchmark::State& state) {
  const auto own = drawn(kActivations), first = drawn(kActivations), z = drawn(kActivations);
  const auto dv = drawn(kActivations);
  std::vector<float> down(kActivations), dfirst(kActivations), dz(kActivations);
  for (auto _ : state)
    value_mix_backward(kActivations, own.data(), first.data(), z.data(), dv.data(), down.data(),
                       dfirst.data(), dz.data());
}
BENCHMARK(value_mix_gradient)->Unit(benchmark::kMicrosecond);

void token_shift(benchmark::State& state) {
  const TokenShiftShape shape{kBatch, kTime, kWidth, state.range(0)};
  const auto x = drawn(kActivations), mu = drawn(shape.mixtures * kWidth);
  std::vector<float> out(shape.mixtures * kActivations);
  for (auto _ : state) token_shift_forward(shape, x.data(), nullptr, mu.data(), out.data());
}
BENCHMARK(token_shift)->Arg(1)->Arg(kMixtures)->Unit(benchmark::kMicrosecond);

void token_shift_gradient(benchmark::State& state) {
  const TokenShiftShape shape{kBatch, kTime, kWidth, state.range(0)};
  const auto x = drawn(kActivations), mu = drawn(shape.mixtures * kWidth);
  const auto dout = drawn(shape.mixtures * kActivations);
  std::vector<float> dx(kActivations), dmu(mu.size());
  for (auto _ : state)
    token_shift_backward(shape, x.data(), nullptr, mu.data(), dout.data(), dx.data(), dmu.data());
}
BENCHMARK(token_shift_gradient)->Arg(1)->Arg(kMixtures)->Unit(benchmark::kMicrosecond);

void key_preparation(benchmark::State& state) {
  const auto k = drawn(kActivations), icl = drawn(kActivations), decay = drawn(kActivations);
  const auto k_k = drawn(kWidth), k_a = drawn(kWidth);
  std::vector<float> k_tilde(kActivations), a(kActivations), b(kActivations);
  for (auto _ : state)
    key_preparation_forward({kRows, kHeads, kSize}, Multiplier(state.range(0)),
                            {k.data(), icl.data(), decay.data(), k_k.data(), k_a.data()},
                            {k_tilde.data(), a.data(), b.data()});
}
BENCHMARK(key_preparation)
    ->Arg(int(Multiplier::two))
    ->Arg(int(Multiplier::one_plus_decay))
    ->Unit(benchmark::kMicrosecond);

void key_preparation_gradient(benchmark::State& state) {
  const auto k = drawn(kActivations), icl = drawn(kActivations), decay = drawn(kActivations);
  const auto k_k = drawn(kWidth), k_a = drawn(kWidth);
  const auto dk_tilde = drawn(kActivations), da = drawn(kActivations), db = drawn(kActivations);
  std::vector<float> dk(kActivations), dicl(kActivations), ddecay(kActivations), dk_k(kWidth), dk_a(kWidth);
  const Multiplier c = Multiplier(state.range(0));
  const KeyPreparationShape shape{kRows, kHeads, kSize};
  std::vector<float> workspace(key_preparation_workspace_size(shape));
  for (auto _ : state)
    key_preparation_backward(
        shape, c, {k.data(), icl.data(), decay.data(), k_k.data(), k_a.data()},
        {dk_tilde.data(), da.data(), db.data()},
        {dk.data(), dicl.data(), c == Multiplier::one_plus_decay ? ddecay.data() : nullptr, dk_k.data(),
         dk_a.data(), workspace.data()});
}
BENCHMARK(key_preparation_gradient)
    ->Arg(int(Multiplier::two))
    ->Arg(int(Multiplier::one_plus_decay))
    ->Unit(benchmark::kMicrosecond);

struct ReadOutArrays {
  std::vector<float> rows[5], parameters[3], workspace;

  ReadOutArrays() {
    for (auto& x : rows) x = drawn(kActivations);
    for (auto& x : parameters) x = drawn(kWidth);
    workspace.resize(read_out_workspace_size({kRows, kHeads, kSize}));
  }
  ReadOutInputs<float> inputs() const {
    return {rows[0].data(), rows[1].data(),       rows[2].data(),       rows[3].data(),
            rows[4].data(), parameters[0].data(), parameters[1].data(), parameters[2].data()};
  }
  ReadOutGradients<float> gradients() {
    return {rows[0].data(), rows[1].data(),       rows[2].data(),       rows[3].data(),
            rows[4].data(), parameters[0].data(), parameters[1].data(), parameters[2].data()};
  }
};

void read_out(benchmark::State& state) {
  const ReadOutArrays in;
  std::vector<float> out(kActivations);
  for (auto _ : state) read_out_forward({kRows, kHeads, kSize}, in.inputs(), out.data());
}
BENCHMARK(read_out)->Unit(benchmark::kMicrosecond);

void read_out_gradient(benchmark::State& state) {
  const ReadOutArrays in;
  ReadOutArrays gradients;
  const auto dout = drawn(kActivations);
  for (auto _ : state)
    read_out_backward({kRows, kHeads, kSize}, in.inputs(), dout.data(), gradients.gradients());
}
BENCHMARK(read_out_gradient)->Unit(benchmark::kMicrosecond);

void layer_norm(benchmark::State& state) {
  const auto x = drawn(kActivations), weight = drawn(kWidth), bias = drawn(kWidth);
  std::vector<float> out(kActivations);
  for (auto _ : state) layer_norm_forward(kRows, kWidth, x.data(), weight.data(), bias.data(), out.data());
}
BENCHMARK(layer_norm)->Unit(benchmark::kMicrosecond);

void layer_norm_gradient(benchmark::State& state) {
  const auto x = drawn(kActivations), weight = drawn(kWidth), dout = drawn(kActivations);
  std::vector<float> dx(kActivations), dweight(kWidth), dbias(kWidth), workspace(2 * kWidth);
  for (auto _ : state)
    layer_norm_backward(kRows, kWidth, x.data(), weight.data(), dout.data(), nullptr, dx.data(),
                        dweight.data(), dbias.data(), workspace.data());
}
BENCHMARK(layer_norm_gradient)->Unit(benchmark::kMicrosecond);

void squared_relu(benchmark::State& state) {
  const auto x = drawn(4 * kActivations);
  std::vector<float> out(x.size());
  for (auto _ : state) squared_relu_forward(x.size(), x.data(), out.data());
}
BENCHMARK(squared_relu)->Unit(benchmark::kMicrosecond);

void squared_relu_gradient(benchmark::State& state) {
  const auto x = drawn(4 * kActivations), dout = drawn(x.size());
  std::vector<float> dx(x.size());
  for (auto _ : state) squared_relu_backward(x.size(), x.data(), dout.data(), dx.data());
}
BENCHMARK(squared_relu_gradient)->Unit(benchmark::kMicrosecond);

void cross_entropy_with_gradient(benchmark::State& state) {
  const auto logits = drawn(kRows * kLabels);
  std::vector<std::int64_t> target(kRows);
  for (std::int64_t row = 0; row < kRows; ++row) target[row] = row * 7 % kLabels;
  std::vector<float> gradient(logits.size());
  for (auto _ : state)
    benchmark::DoNotOptimize(cross_entropy(kRows, kLabels, logits.data(), target.data(), 0, gradient.data()));
}
BENCHMARK(cross_entropy_with_gradient)->Unit(benchmark::kMicrosecond);

void adamw(benchmark::State& state) {
  const auto gradient = drawn(kParameters);
  auto parameter = drawn(kParameters);
  std::vector<float> m(kParameters), v(kParameters);
  std::int64_t step = 0;
  for (auto _ : state)
    adamw_step(kParameters, {}, ++step, 1.0, gradient.data(), parameter.data(), m.data(), v.data());
}
BENCHMARK(adamw)->Unit(benchmark::kMicrosecond);

void gradient_norm(benchmark::State& state) {
  const auto gradient = drawn(kParameters);
  for (auto _ : state) benchmark::DoNotOptimize(sum_of_squares(kParameters, gradient.data()));
}
BENCHMARK(gradient_norm)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace anser::kernels::fused
