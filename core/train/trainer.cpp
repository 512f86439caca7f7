#include "core/train/trainer.h"

#include <fmt/format.h>

#include "core/ops/finite.h"
#include "core/ops/ops.h"

namespace anser::train {

Trainer::Trainer(std::unique_ptr<nn::Model> model, const TrainerOptions& options)
    : model_(std::move(model)),
      options_(options),
      parameters_(*model_, options.device),
      optimizer_(parameters_, options.optimizer) {}

void Trainer::check(const char* name, const at::Tensor& x) const {
  if (options_.check) ops::require_finite(fmt::format("train: step {}", steps_done() + 1), name, x);
}

/// Parameters, or their gradients, in checkpoint order.
void Trainer::check_parameters(bool gradients) const {
  if (!options_.check) return;
  for (const nn::Parameter& parameter : model_->parameters()) {
    if (gradients)
      check(("the gradient of " + parameter.name).c_str(), parameter.value.grad());
    else
      check(parameter.name.c_str(), parameter.value);
  }
}

StepResult Trainer::step(const at::Tensor& input, const at::Tensor& target) {
  StepResult result;
  result.lr = learning_rate(options_.schedule, steps_done());
  parameters_.zero_gradients();
  check_parameters(false);
  const at::Tensor logits = model_->forward(input.to(options_.device));
  check("logits", logits);
  const at::Tensor loss =
      ops::cross_entropy(logits.flatten(0, 1), target.to(options_.device).flatten(), options_.l2wrap);
  check("the loss", loss);
  loss.backward();
  check_parameters(true);
  result.loss = loss.item<double>();
  result.gradient_norm = optimizer_.step(result.lr);
  return result;
}

}  // namespace anser::train
