#include "core/train/stacked_trainer.h"

#include <map>
#include <string>
#include <utility>

#include "core/base/error.h"
#include "core/ops/composed.h"
#include "core/train/check_batch.h"

namespace anser::train {
namespace {

constexpr const char* kWhere = "train::StackedTrainer";

/// The models, once they are known to be of one kind.
std::vector<nn::Model*> checked(const std::vector<std::unique_ptr<nn::Model>>& models) {
  require(!models.empty(), kWhere, "no models were given, wanted one or more");
  std::vector<nn::Model*> list;
  for (const auto& model : models) {
    require(dynamic_cast<const nn::Rwkv7Model*>(model.get()) != nullptr, kWhere, "{} is no RWKV-7 model",
            model->id());
    require(model->id() == models.front()->id() && model->vocabulary() == models.front()->vocabulary() &&
                model->labels() == models.front()->labels(),
            kWhere, "{} and {} differ, wanted models of the same options", models.front()->id(), model->id());
    list.push_back(model.get());
  }
  return list;
}

/// The models as one, for one step.
nn::StackedRwkv7 stacked_model(const nn::Model& first, const FlatParameters& parameters) {
  const std::vector<at::Tensor> tensors = parameters.stacked();
  std::map<std::string, at::Tensor> by_name;
  for (std::size_t i = 0; i < tensors.size(); ++i) by_name[parameters.slots()[i].name] = tensors[i];
  return {dynamic_cast<const nn::Rwkv7Model&>(first).options, std::move(by_name)};
}

}  // namespace

StackedTrainer::StackedTrainer(std::vector<std::unique_ptr<nn::Model>> models, const TrainerOptions& options)
    : models_(std::move(models)),
      options_(options),
      parameters_(checked(models_), options.device),
      optimizer_(parameters_, options.optimizer),
      step_([this](const at::Tensor& input, const at::Tensor& target) { return work(input, target); },
            optimizer_.state(), options.graph) {
  require(!options.check, kWhere, "check is on, wanted off: one model at a time can be checked");
}

at::Tensor StackedTrainer::work(const at::Tensor& input, const at::Tensor& target) {
  parameters_.zero_gradients();
  const at::Tensor logits =
      stacked_model(*models_.front(), parameters_).forward(input).flatten(1, 2);  // [M, B T, labels]
  const at::Tensor losses = ops::composed::cross_entropy(logits, target.flatten(1, 2), options_.l2wrap);
  losses.sum().backward();
  optimizer_.update();
  return losses.detach();
}

void StackedTrainer::advance(const at::Tensor& input, const at::Tensor& target) {
  require(input.dim() == 3 && input.size(0) == parameters_.models(), kWhere,
          "input has {} axes, wanted [{}, B, T]", input.dim(), parameters_.models());
  check_batch(kWhere, *models_.front(), input.flatten(0, 1), target.flatten(0, 1));
  lr_ = learning_rate(options_.schedule, steps_done());
  optimizer_.set_rate(lr_);
  step_.run(input, target);
  optimizer_.count_step();
}

std::vector<StepResult> StackedTrainer::last() const {
  ANSER_ASSERT(step_.loss().defined());
  const at::Tensor losses = step_.loss().cpu();
  const std::vector<double> norms = optimizer_.gradient_norms();
  std::vector<StepResult> results;
  for (std::size_t i = 0; i < norms.size(); ++i)
    results.push_back({losses.const_data_ptr<float>()[i], lr_, norms[i]});
  return results;
}

}  // namespace anser::train
