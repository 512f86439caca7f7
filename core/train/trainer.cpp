#include "core/train/trainer.h"

#include "core/ops/ops.h"

namespace anser::train {

Trainer::Trainer(std::unique_ptr<nn::Model> model, const TrainerOptions& options)
    : model_(std::move(model)),
      options_(options),
      parameters_(*model_, options.device),
      optimizer_(parameters_, options.optimizer) {}

StepResult Trainer::step(const at::Tensor& input, const at::Tensor& target) {
  StepResult result;
  result.lr = learning_rate(options_.schedule, steps_done());
  parameters_.zero_gradients();
  const at::Tensor logits = model_->forward(input.to(options_.device));
  const at::Tensor loss =
      ops::cross_entropy(logits.flatten(0, 1), target.to(options_.device).flatten(), options_.l2wrap);
  loss.backward();
  result.loss = loss.item<double>();
  result.gradient_norm = optimizer_.step(result.lr);
  return result;
}

}  // namespace anser::train
