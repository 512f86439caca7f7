#include "core/train/trainer.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/nn/parameter_table.h"
#include "core/ops/finite.h"
#include "core/ops/ops.h"

namespace anser::train {
namespace {

/// What the operators check of a batch on the CPU, before it goes to a device.
void check_batch(const nn::Model& model, const at::Tensor& input, const at::Tensor& target) {
  constexpr const char* kWhere = "train::Trainer";
  nn::check_tokens(kWhere, input, model.vocabulary());
  require(target.sizes() == input.sizes() && target.scalar_type() == at::kLong && target.is_cpu(), kWhere,
          "target does not have input's shape and type, wanted [B, T] int64 on the CPU");
  const at::Tensor labels = target.contiguous();
  const auto* label = labels.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < labels.numel(); ++i)
    require(label[i] >= -1 && label[i] < model.labels(), kWhere, "target {} is {}, wanted -1 or 0..{}", i,
            label[i], model.labels() - 1);
}

}  // namespace

Trainer::Trainer(std::unique_ptr<nn::Model> model, const TrainerOptions& options)
    : model_(std::move(model)),
      options_(options),
      parameters_(*model_, options.device),
      optimizer_(parameters_, options.optimizer) {
  if (options.graph != nullptr && !options.check)
    captured_.emplace(
        [this](const at::Tensor& input, const at::Tensor& target) { return work(input, target); },
        optimizer_.state(), options.graph);
}

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
  if (!options_.device.is_cpu()) check_batch(*model_, input, target);
  lr_ = learning_rate(options_.schedule, steps_done());
  optimizer_.set_rate(lr_);
  if (captured_) {
    captured_->run(input, target);
    loss_ = captured_->loss();
  } else {
    loss_ = work(input.to(options_.device), target.to(options_.device));
  }
  optimizer_.count_step();
}

StepResult Trainer::last() const {
  ANSER_ASSERT(loss_.defined());
  return {.loss = loss_.item<double>(), .lr = lr_, .gradient_norm = optimizer_.gradient_norm()};
}

StepResult Trainer::step(const at::Tensor& input, const at::Tensor& target) {
  advance(input, target);
  return last();
}

}  // namespace anser::train
