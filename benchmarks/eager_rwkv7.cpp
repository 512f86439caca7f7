// A training step of the quick S5 model (c = 2, B64 T32 D64 N32 L1, ranks 16), optimiser included, on one
// thread: the library's trainer (on this machine's best instruction set, and held to AVX2) against the same
// model as a plain LibTorch program, a loop over tokens with ordinary autograd. The argument is the number of
// tokens: the 11 of the claim (swaps and the identity), or all 120 elements, of which few pairs of neighbours
// are met twice in a batch (core/ops/token_pairs.h).
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <map>
#include <string>

#include "core/base/rng.h"
#include "core/nn/model.h"
#include "core/train/trainer.h"
#include "kernels/wkv7.h"

namespace {

using namespace anser;
using at::Tensor;

constexpr const char* kModel = "rwkv7[L=1,D=64,N=32,c=2,ranks=16]";
constexpr std::int64_t kBatch = 64, kTime = 32, kWidth = 64, kSize = 32, kHeads = 2, kLabels = 120;
constexpr train::OptimizerOptions kOptimizer;

Tensor random_ids(std::int64_t n, Rng rng) {
  Tensor ids = at::empty({kBatch, kTime}, at::kLong);
  auto* data = ids.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < ids.numel(); ++i) data[i] = rng.below(static_cast<std::uint32_t>(n));
  return ids;
}

/// The model written out in LibTorch operators.
class EagerModel {
 public:
  explicit EagerModel(std::int64_t vocabulary) {
    for (const nn::Parameter& p : nn::make_model(kModel, vocabulary, kLabels, Rng(1))->parameters()) {
      const Tensor value = p.value.detach().clone().requires_grad_();
      parameters_.push_back({p.name, value, p.decay, p.lr_scale});
      by_name_[p.name] = value;
    }
    for (const nn::Parameter& p : parameters_)
      moments_.push_back({at::zeros_like(p.value), at::zeros_like(p.value)});
  }

  double step(const Tensor& input, const Tensor& target, double lr) {
    for (nn::Parameter& p : parameters_) p.value.mutable_grad() = Tensor();
    const Tensor loss = at::cross_entropy_loss(forward(input).view({-1, kLabels}), target.view({-1}));
    loss.backward();
    update(lr);
    return loss.item<double>();
  }

 private:
  const Tensor& get(const std::string& name) const { return by_name_.at("blocks.0." + name); }

  Tensor norm(const Tensor& x, const std::string& name) const {
    const auto& weight = by_name_.at(name + ".weight");
    return at::layer_norm(x, {kWidth}, weight, by_name_.at(name + ".bias"), 1e-5);
  }

  /// x shifted one token back.
  static Tensor shift(const Tensor& x) {
    return at::cat({at::zeros_like(x.narrow(1, 0, 1)), x.narrow(1, 0, kTime - 1)}, 1);
  }

  static Tensor heads(const Tensor& x) { return x.view({kBatch, kTime, kHeads, kSize}); }

  Tensor forward(const Tensor& input) const {
    Tensor x = norm(at::embedding(by_name_.at("emb.weight"), input), "blocks.0.ln0");
    x = x + time_mix(norm(x, "blocks.0.ln1"));
    const Tensor h = norm(x, "blocks.0.ln2");
    const Tensor key = at::linear(h + (shift(h) - h) * get("ffn.x_k"), get("ffn.key.weight"));
    x = x + at::linear(at::relu(key).square(), get("ffn.value.weight"));
    return at::linear(norm(x, "ln_out"), by_name_.at("head.weight"));
  }

  Tensor time_mix(const Tensor& h) const {
    const Tensor back = shift(h) - h;
    const auto mix = [&](const char* name) { return h + back * get(name); };
    const Tensor r = at::linear(mix("att.x_r"), get("att.receptance.weight"));
    const Tensor k = at::linear(mix("att.x_k"), get("att.key.weight"));
    const Tensor v = at::linear(mix("att.x_v"), get("att.value.weight"));
    const auto low_rank = [&](const Tensor& in, const char* letter) {
      const std::string name = std::string("att.") + letter;
      return get(name + "0") + at::matmul(in, get(name + "2"));
    };
    const Tensor d = low_rank(at::tanh(at::matmul(mix("att.x_w"), get("att.w1"))), "w");
    const Tensor w = at::exp(at::sigmoid(d) * -std::exp(-0.5));
    const Tensor a = at::sigmoid(low_rank(at::matmul(mix("att.x_a"), get("att.a1")), "a"));
    const Tensor g = at::matmul(at::sigmoid(at::matmul(mix("att.x_g"), get("att.g1"))), get("att.g2"));
    const Tensor kappa = heads(k * get("att.k_k"));
    const Tensor kappa_hat = kappa / kappa.norm(2, {-1}, true).clamp_min(1e-12);
    const Tensor key = heads(k * (1 + (a - 1) * get("att.k_a")));
    const Tensor y = recurrence(heads(r), heads(w), key, heads(v), -kappa_hat, 2 * kappa_hat * heads(a));
    const Tensor p =
        at::group_norm(y.reshape({-1, kWidth}), kHeads, get("att.ln_x.weight"), get("att.ln_x.bias"), 64e-5)
            .view({kBatch, kTime, kWidth});
    const Tensor bonus = (heads(r) * key * get("att.r_k")).sum(-1, true) * heads(v);
    return at::linear((p + bonus.view({kBatch, kTime, kWidth})) * g, get("att.output.weight"));
  }

  /// The state update, one token after the other.
  static Tensor recurrence(const Tensor& r, const Tensor& w, const Tensor& k, const Tensor& v,
                           const Tensor& a, const Tensor& b) {
    Tensor state = at::zeros({kBatch, kHeads, kSize, kSize});
    std::vector<Tensor> ys;
    for (std::int64_t t = 0; t < kTime; ++t) {
      const auto row = [t](const Tensor& x) { return x.select(1, t).unsqueeze(-2); };
      const auto column = [t](const Tensor& x) { return x.select(1, t).unsqueeze(-1); };
      state = state * row(w) + at::matmul(state, column(a)) * row(b) + column(v) * row(k);
      ys.push_back(at::matmul(state, column(r)).squeeze(-1));
    }
    return at::stack(ys, 1);
  }

  /// Clipping and AdamW, tensor by tensor, as torch.optim does it.
  void update(double lr) {
    const c10::NoGradGuard no_gradients;
    std::vector<Tensor> norms;
    for (const nn::Parameter& p : parameters_) norms.push_back(p.value.grad().norm());
    const double norm = at::stack(norms).norm().item<double>();
    const double scale = std::min(1.0, kOptimizer.clip / (norm + 1e-6));
    ++steps_;
    const double first = 1 - std::pow(kOptimizer.beta1, steps_),
                 second = 1 - std::pow(kOptimizer.beta2, steps_);
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      Tensor p = parameters_[i].value, g = p.grad();
      auto& [m, v] = moments_[i];
      const double rate = lr * parameters_[i].lr_scale;
      g.mul_(scale);
      if (parameters_[i].decay) p.mul_(1 - rate * kOptimizer.weight_decay);
      m.lerp_(g, 1 - kOptimizer.beta1);
      v.mul_(kOptimizer.beta2).addcmul_(g, g, 1 - kOptimizer.beta2);
      p.addcdiv_(m, (v.sqrt() / std::sqrt(second)).add_(kOptimizer.epsilon), -rate / first);
    }
  }

  struct Moments {
    Tensor m, v;
  };
  std::vector<nn::Parameter> parameters_;
  std::map<std::string, Tensor> by_name_;
  std::vector<Moments> moments_;
  int steps_ = 0;
};

/// A batch of random words with random labels.
struct Batch {
  Tensor input, target = random_ids(kLabels, Rng(3));
  explicit Batch(std::int64_t vocabulary) : input(random_ids(vocabulary, Rng(2))) {}
};

void report(benchmark::State& state, double loss) {
  state.counters["loss"] = loss;
  state.counters["tokens/s"] =
      benchmark::Counter(double(kBatch * kTime) * double(state.iterations()), benchmark::Counter::kIsRate);
}

void eager_step(benchmark::State& state) {
  EagerModel model(state.range(0));
  const Batch batch(state.range(0));
  double loss = 0;
  for (auto _ : state) loss = model.step(batch.input, batch.target, 4e-3);
  report(state, loss);
}

void trainer_step(benchmark::State& state, const char* instruction_set) {
  if (!kernels::cpu::wkv7_force_target(instruction_set)) return state.SkipWithError("no such target here");
  train::Trainer trainer(nn::make_model(kModel, state.range(0), kLabels, Rng(1)),
                         {.schedule = {.warmup = 0, .steps = 1 << 30}, .optimizer = kOptimizer});
  const Batch batch(state.range(0));
  double loss = 0;
  for (auto _ : state) loss = trainer.step(batch.input, batch.target).loss;
  kernels::cpu::wkv7_force_target("");
  report(state, loss);
}

void both_token_sets(benchmark::internal::Benchmark* b) {
  b->ArgName("tokens")->Arg(11)->Arg(120)->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK(eager_step)->Apply(both_token_sets);
BENCHMARK_CAPTURE(trainer_step, best, "")->Apply(both_token_sets);
BENCHMARK_CAPTURE(trainer_step, avx2, "AVX2")->Apply(both_token_sets);

}  // namespace

int main(int argc, char** argv) {
  at::set_num_threads(1);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
