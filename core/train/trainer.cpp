#include "core/train/trainer.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/ops/finite.h"
#include "core/ops/ops.h"
#include "core/train/check_batch.h"

namespace anser::train {

Trainer::Trainer(std::unique_ptr<nn::Model> model, const TrainerOptions& options)
    : model_(std::move(model)),
      options_(options),
      parameters_(*model_, options.device),
      optimizer_(parameters_, options.optimizer),
      step_([this](const at::Tensor& input, const at::Tensor& target) { return work(input, target); },
            optimizer_.state(), options.check ? nullptr : options.graph) {}

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

at::Tensor Trainer::work(const at::Tensor& input, const at::Tensor& target) {
  parameters_.zero_gradients();
  check_parameters(false);
  const at::Tensor logits = model_->forward(input);
  check("logits", logits);
  const at::Tensor loss = ops::cross_entropy(logits.flatten(0, 1), target.flatten(), options_.l2wrap);
  check("the loss", loss);
  loss.backward();
  check_parameters(true);
  optimizer_.update();
  return loss.detach();
}

void Trainer::advance(const at::Tensor& input, const at::Tensor& target) {
  if (!options_.device.is_cpu()) check_batch("train::Trainer", *model_, input, target);
  lr_ = learning_rate(options_.schedule, steps_done());
  optimizer_.set_rate(lr_);
  step_.run(input, target);
  optimizer_.count_step();
}

StepResult Trainer::last() const {
  ANSER_ASSERT(step_.loss().defined());
  return {
      .loss = step_.loss().item<double>(), .lr = lr_, .gradient_norm = optimizer_.gradient_norms().front()};
}

StepResult Trainer::step(const at::Tensor& input, const at::Tensor& target) {
  advance(input, target);
  return last();
}

}  // namespace anser::train
