// M RWKV-7 models of the same options, of different seeds, trained at once: a step of all takes the launches
// of one (core/nn/stacked_rwkv7.h). Each is clipped by its own norm and never sees the others.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/nn/stacked_rwkv7.h"
#include "core/train/trainer.h"

namespace anser::train {

class StackedTrainer {
 public:
  /// InputError where there is no model, one is no RWKV-7, options differ, or options.check is set.
  StackedTrainer(std::vector<std::unique_ptr<nn::Model>> models, const TrainerOptions& options);
  StackedTrainer(const StackedTrainer&) = delete;
  StackedTrainer& operator=(const StackedTrainer&) = delete;

  /// One step of every model on its own batch: input and target [M, B, T] int64 on the CPU. As
  /// Trainer::advance; the learning rate is the same for all.
  void advance(const at::Tensor& input, const at::Tensor& target);
  /// Of the last step, model by model; waits for a device.
  std::vector<StepResult> last() const;

  /// Model i with its current parameters.
  const nn::Model& model(std::size_t i) const { return *models_[i]; }
  FlatParameters& parameters() { return parameters_; }
  Optimizer& optimizer() { return optimizer_; }
  std::int64_t steps_done() const { return optimizer_.steps_done(); }

 private:
  at::Tensor work(const at::Tensor& input, const at::Tensor& target);

  std::vector<std::unique_ptr<nn::Model>> models_;
  TrainerOptions options_;
  FlatParameters parameters_;
  Optimizer optimizer_;
  TrainingStep step_;  // its loss: [M]
  double lr_ = 0;
};

}  // namespace anser::train
