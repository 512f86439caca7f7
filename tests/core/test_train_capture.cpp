// A captured training step on the CPU, with a graph that keeps the recorded work and runs it again: the same
// bits as steps done operator by operator, and as the parts of a step put together by hand.
#include <memory>

#include "core/base/error.h"
#include "core/ops/cuda_library.h"
#include "core/ops/ops.h"
#include "core/train/stacked_trainer.h"
#include "core/train/trainer.h"
#include "kernels/recurrence.h"
#include "tests/core/kept_work.h"
#include "tests/core/tiny_training.h"
#include "tests/support/catch.h"

namespace {

using namespace anser;
using namespace anser::train;
using tests::KeptWork;

struct Batch {
  at::Tensor input, target;
};

Batch batch_of(std::int64_t step, std::int64_t count, std::int64_t length) {
  const Batch batch{at::empty({count, length}, at::kLong), at::empty({count, length}, at::kLong)};
  tests::sum_words().fill(false, 3, static_cast<std::uint64_t>(step * count), count, length,
                          batch.input.mutable_data_ptr<std::int64_t>(),
                          batch.target.mutable_data_ptr<std::int64_t>());
  return batch;
}

std::unique_ptr<nn::Model> small_model() {
  return nn::make_model("rwkv7[L=2,D=16,N=8,c=2,ranks=8]", 3, 3, Rng(4));
}

const TrainerOptions kOptions{
    .schedule = {.lr = 1e-2, .warmup = 3, .steps = 20}, .optimizer = {.clip = 0.5}, .l2wrap = 1e-4};

bool same_state(Trainer& x, Trainer& y) {
  return at::equal(x.parameters().values(), y.parameters().values()) &&
         at::equal(x.optimizer().first_moment(), y.optimizer().first_moment()) &&
         at::equal(x.optimizer().second_moment(), y.optimizer().second_moment());
}

TEST_CASE("replays of a captured step have the bits of steps done operator by operator",
          "[core][train][quick]") {
  const auto graph = std::make_shared<KeptWork>();
  TrainerOptions options = kOptions;
  options.graph = graph;
  Trainer captured(small_model(), options), plain(small_model(), kOptions);
  for (std::int64_t step = 0; step < 8; ++step) {
    CAPTURE(step);
    const Batch batch = batch_of(step, 4, step < 5 ? 6 : 7);
    const StepResult got = captured.step(batch.input, batch.target);
    const StepResult wanted = plain.step(batch.input, batch.target);
    REQUIRE(got.loss == wanted.loss);
    REQUIRE(got.lr == wanted.lr);
    REQUIRE(got.gradient_norm == wanted.gradient_norm);
    REQUIRE(same_state(captured, plain));
    REQUIRE(captured.steps_done() == step + 1);
  }
  // Recorded once for each shape, after warm-ups that left no trace.
  REQUIRE(graph->captures == 2);
  REQUIRE(graph->warm_ups > graph->captures);
  REQUIRE(graph->replays == 8);
}

TEST_CASE("replays of a captured step of several models have the bits of uncaptured ones",
          "[core][train][quick]") {
  const auto two = [] {
    std::vector<std::unique_ptr<nn::Model>> models;
    for (const std::uint64_t seed : {4, 5})
      models.push_back(nn::make_model("rwkv7[L=2,D=16,N=8,c=2,ranks=8]", 3, 3, Rng(seed)));
    return models;
  };
  TrainerOptions options = kOptions;
  options.graph = std::make_shared<KeptWork>();
  StackedTrainer captured(two(), options), plain(two(), kOptions);
  for (std::int64_t step = 0; step < 5; ++step) {
    CAPTURE(step);
    const Batch batch = batch_of(step, 8, 6);
    const at::Tensor input = batch.input.view({2, 4, 6}), target = batch.target.view({2, 4, 6});
    captured.advance(input, target);
    plain.advance(input, target);
    for (const std::size_t m : {0, 1}) {
      REQUIRE(captured.last()[m].loss == plain.last()[m].loss);
      REQUIRE(captured.last()[m].gradient_norm == plain.last()[m].gradient_norm);
    }
    REQUIRE(at::equal(captured.parameters().values(), plain.parameters().values()));
  }
}

TEST_CASE("a step is rate, gradients, loss, backward and one optimiser step", "[core][train][quick]") {
  Trainer trainer(small_model(), kOptions);
  const auto model = small_model();
  FlatParameters parameters(*model);
  Optimizer optimizer(parameters, kOptions.optimizer);
  for (std::int64_t step = 0; step < 5; ++step) {
    CAPTURE(step);
    const Batch batch = batch_of(step, 4, 6);
    const StepResult got = trainer.step(batch.input, batch.target);
    parameters.zero_gradients();
    const at::Tensor loss = ops::cross_entropy(model->forward(batch.input).flatten(0, 1),
                                               batch.target.flatten(), kOptions.l2wrap);
    loss.backward();
    REQUIRE(got.loss == loss.item<double>());
    REQUIRE(got.gradient_norm == optimizer.step(learning_rate(kOptions.schedule, step)));
    REQUIRE(at::equal(trainer.parameters().values(), parameters.values()));
    REQUIRE(at::equal(trainer.optimizer().second_moment(), optimizer.second_moment()));
  }
}

TEST_CASE("a step that is refused is not counted and moves nothing", "[core][train][quick]") {
  const auto graph = std::make_shared<KeptWork>();
  TrainerOptions options = kOptions;
  options.graph = graph;
  for (const bool capture : {false, true}) {
    Trainer trainer(small_model(), capture ? options : kOptions), untouched(small_model(), kOptions);
    Batch batch = batch_of(0, 4, 6);
    batch.input[1][2] = 3;
    CAPTURE(capture);
    REQUIRE_THROWS_AS(trainer.step(batch.input, batch.target), InputError);
    REQUIRE(trainer.steps_done() == 0);
    REQUIRE(same_state(trainer, untouched));
    batch = batch_of(0, 4, 6);
    REQUIRE(trainer.step(batch.input, batch.target).loss == untouched.step(batch.input, batch.target).loss);
  }
}

TEST_CASE("on a device a captured step has the bits of an uncaptured one and the CPU's numbers",
          "[core][train][cuda]") {
  if (kernels::cuda::device_count() == 0) {
    WARN("skipped: no CUDA device");
    return;
  }
  ops::require_cuda("test");
  TrainerOptions options = kOptions;
  options.device = at::kCUDA;
  Trainer host(small_model(), kOptions), plain(small_model(), options);
  options.graph = make_cuda_graph();
  Trainer captured(small_model(), options);
  for (std::int64_t step = 0; step < 8; ++step) {
    CAPTURE(step);
    const Batch batch = batch_of(step, 4, step < 5 ? 6 : 7);
    const StepResult got = captured.step(batch.input, batch.target);
    const StepResult same = plain.step(batch.input, batch.target);
    const StepResult near = host.step(batch.input, batch.target);
    REQUIRE(got.loss == same.loss);
    REQUIRE(got.gradient_norm == same.gradient_norm);
    REQUIRE(same_state(captured, plain));
    REQUIRE(got.loss == Approx(near.loss).epsilon(1e-4));
    REQUIRE(got.gradient_norm == Approx(near.gradient_norm).epsilon(1e-3));
  }
}

}  // namespace
