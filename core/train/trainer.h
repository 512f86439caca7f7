// One model being trained: flat parameters, optimiser, schedule, and the step that ties them together.
#pragma once

#include <cstdint>
#include <memory>

#include "core/nn/model.h"
#include "core/train/flat_parameters.h"
#include "core/train/optimizer.h"
#include "core/train/schedule.h"
#include "core/train/training_step.h"

namespace anser::train {

struct TrainerOptions {
  Schedule schedule = {};
  OptimizerOptions optimizer = {};
  double l2wrap = 0;
  at::Device device = at::kCPU;
  bool check = false;  // refuse a step with a number that is not finite; steps are not captured then
  /// What steps are captured in (training_step.h); nothing: every step is done operator by operator. A run on
  /// a CUDA device gives make_cuda_graph().
  std::shared_ptr<DeviceGraph> graph = nullptr;
};

/// Measurements of one step.
struct StepResult {
  double loss = 0;
  double lr = 0;
  double gradient_norm = 0;
};

class Trainer {
 public:
  Trainer(std::unique_ptr<nn::Model> model, const TrainerOptions& options);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Forward, backward, clip, AdamW on one batch: input and target [B, T] int64 on the CPU. Does not wait for
  /// a device. The learning rate is that of the number of steps done before. With `check` an InputError names
  /// the step and the first parameter, logit, loss or gradient that is not finite; parameters are as before
  /// the step.
  void advance(const at::Tensor& input, const at::Tensor& target);
  /// Of the last step; waits for a device.
  StepResult last() const;
  /// Both.
  StepResult step(const at::Tensor& input, const at::Tensor& target);

  const nn::Model& model() const { return *model_; }
  FlatParameters& parameters() { return parameters_; }
  Optimizer& optimizer() { return optimizer_; }
  std::int64_t steps_done() const { return optimizer_.steps_done(); }

 private:
  /// The step after its batch has come to the device and its rate is set: input, target to the loss.
  at::Tensor work(const at::Tensor& input, const at::Tensor& target);
  void check(const char* name, const at::Tensor& x) const;
  void check_parameters(bool gradients) const;

  std::unique_ptr<nn::Model> model_;
  TrainerOptions options_;
  FlatParameters parameters_;
  Optimizer optimizer_;
  TrainingStep step_;
  double lr_ = 0;
};

}  // namespace anser::train
