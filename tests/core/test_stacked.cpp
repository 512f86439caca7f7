// Several models in one step against each of them alone: logits, gradients, losses, norms and whole training
// runs.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "core/base/error.h"
#include "core/train/stacked_trainer.h"
#include "tests/core/tensors.h"
#include "tests/support/catch.h"

namespace {

using namespace anser;
using namespace anser::train;
using at::Tensor;

constexpr std::int64_t kModels = 3, kBatch = 4, kTime = 9, kVocabulary = 11, kLabels = 7;
constexpr const char* kIds[] = {
    "rwkv7[L=1,D=32,N=16,c=2,ranks=8]",
    "rwkv7[L=3,D=24,N=8,c=1+w,ranks_w=3,ranks_a=4,ranks_v=5,ranks_g=6]",
    "rwkv7[L=2,D=40,N=40,ranks=4,hidden=33,ln0=0,head_bias=1,block_bias=1]",
};

/// Models of different seeds, every parameter off its initial value.
std::unique_ptr<nn::Model> busy_model(const std::string& id, std::int64_t m) {
  const Rng rng = Rng(3).split(static_cast<std::uint64_t>(m));
  auto model = nn::make_model(id, kVocabulary, kLabels, rng);
  const c10::NoGradGuard no_gradients;
  for (const nn::Parameter& parameter : model->parameters())
    parameter.value.add_(tests::gaussian(parameter.value.sizes(), rng.split(parameter.name)), 0.2);
  return model;
}

std::vector<std::unique_ptr<nn::Model>> busy_models(const std::string& id) {
  std::vector<std::unique_ptr<nn::Model>> models;
  for (std::int64_t m = 0; m < kModels; ++m) models.push_back(busy_model(id, m));
  return models;
}

Tensor random_ids(std::int64_t below, std::uint64_t seed) {
  return tests::random_tokens(kModels * kBatch, kTime, below, Rng(seed)).view({kModels, kBatch, kTime});
}

TEST_CASE("stacked models give the logits and gradients of each alone", "[core][train][quick]") {
  const std::string id = GENERATE(from_range(std::begin(kIds), std::end(kIds)));
  CAPTURE(id);
  const auto models = busy_models(id);
  FlatParameters parameters({models[0].get(), models[1].get(), models[2].get()}, at::kCPU);
  std::map<std::string, Tensor> stacked;
  const auto tensors = parameters.stacked();
  for (std::size_t i = 0; i < tensors.size(); ++i) stacked[parameters.slots()[i].name] = tensors[i];
  const nn::StackedRwkv7 all(dynamic_cast<const nn::Rwkv7Model&>(*models[0]).options, stacked);
  const Tensor tokens = random_ids(kVocabulary, 5);
  const Tensor weights = tests::gaussian({kModels, kBatch, kTime, kLabels}, Rng(6));
  const Tensor logits = all.forward(tokens);
  (logits * weights).sum().backward();
  for (std::int64_t m = 0; m < kModels; ++m) {
    const auto alone = busy_model(id, m);
    const Tensor wanted = alone->forward(tokens[m]);
    (wanted * weights[m]).sum().backward();
    CAPTURE(m);
    REQUIRE(tests::relative_error(logits[m].detach(), wanted.detach()) <= 5e-6);
    const auto wanted_parameters = alone->parameters();
    for (std::size_t i = 0; i < wanted_parameters.size(); ++i) {
      const FlatSlot& slot = parameters.slots()[i];
      CAPTURE(slot.name);
      const Tensor gradient = parameters.gradients()[m].narrow(0, slot.offset, slot.size).view(slot.shape);
      REQUIRE(tests::relative_error(gradient, wanted_parameters[i].value.grad()) <= 5e-5);
    }
  }
}

TEST_CASE("models trained at once end where each ends alone", "[core][train][quick]") {
  const std::string id = kIds[0];
  const TrainerOptions options{.schedule = {.lr = 1e-3, .warmup = 2, .steps = 20},
                               .optimizer = {.epsilon = 1e-8, .clip = 0.5},
                               .l2wrap = 1e-4};
  StackedTrainer together(busy_models(id), options);
  std::vector<std::unique_ptr<Trainer>> alone;
  for (std::int64_t m = 0; m < kModels; ++m)
    alone.push_back(std::make_unique<Trainer>(busy_model(id, m), options));
  for (std::uint64_t step = 0; step < 10; ++step) {
    const Tensor input = random_ids(kVocabulary, 100 + step), target = random_ids(kLabels, 200 + step);
    target[1][2][3] = -1;
    together.advance(input, target);
    const auto results = together.last();
    for (std::int64_t m = 0; m < kModels; ++m) {
      const StepResult wanted = alone[m]->step(input[m], target[m]);
      CAPTURE(step, m);
      REQUIRE(results[m].lr == wanted.lr);
      REQUIRE(results[m].loss == Approx(wanted.loss).epsilon(2e-5));
      REQUIRE(results[m].gradient_norm == Approx(wanted.gradient_norm).epsilon(2e-4));
    }
  }
  for (std::int64_t m = 0; m < kModels; ++m) {
    CAPTURE(m);
    const auto got = together.model(m).parameters(), wanted = alone[m]->model().parameters();
    for (std::size_t i = 0; i < got.size(); ++i) {
      CAPTURE(got[i].name);
      REQUIRE(tests::relative_error(got[i].value.detach(), wanted[i].value.detach()) <= 1e-4);
    }
  }
  REQUIRE(together.steps_done() == 10);
}

TEST_CASE("models that cannot be trained at once are refused by name", "[core][train][quick]") {
  const auto refused = [](std::vector<std::unique_ptr<nn::Model>> models,
                          const TrainerOptions& options = {}) {
    REQUIRE_THROWS_AS(StackedTrainer(std::move(models), options), InputError);
  };
  refused({});
  std::vector<std::unique_ptr<nn::Model>> different;
  different.push_back(busy_model(kIds[0], 0));
  different.push_back(busy_model(kIds[1], 0));
  refused(std::move(different));
  std::vector<std::unique_ptr<nn::Model>> other;
  other.push_back(nn::make_model("transformer[L=1,D=16,H=2]", kVocabulary, kLabels, Rng(1)));
  refused(std::move(other));
  refused(busy_models(kIds[0]), {.schedule = {}, .optimizer = {}, .check = true});
  StackedTrainer trainer(busy_models(kIds[0]), {});
  REQUIRE_THROWS_AS(trainer.advance(random_ids(kVocabulary, 1), random_ids(kLabels, 1) + 1), InputError);
  REQUIRE_THROWS_AS(trainer.advance(random_ids(kVocabulary, 1)[0], random_ids(kLabels, 1)[0]), InputError);
}

}  // namespace
