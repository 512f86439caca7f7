// A training step, done operator by operator, or recorded at the first batch and replayed at every other.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <vector>

#include "core/train/device_graph.h"

namespace anser::train {

/// The step itself: input and target to the loss, or to the losses of several models. It changes nothing but
/// tensors in place and waits for nothing.
using StepWork = std::function<at::Tensor(const at::Tensor& input, const at::Tensor& target)>;

class TrainingStep {
 public:
  /// `state`: the tensors that `work` changes and that a next step reads (parameters, moments, counters), on
  /// the device of the step. graph: what it is recorded in; null: every step runs `work`.
  TrainingStep(StepWork work, std::vector<at::Tensor> state, std::shared_ptr<DeviceGraph> graph);

  /// One step on a batch of any place. With a graph a batch of a new shape is recorded before, after a
  /// warm-up that leaves `state` as it was. Waits for nothing otherwise.
  void run(const at::Tensor& input, const at::Tensor& target);

  /// Of the last run, where the step is done; undefined before.
  const at::Tensor& loss() const { return loss_; }

 private:
  void replay(const at::Tensor& input, const at::Tensor& target);
  void make_buffers(at::IntArrayRef shape);
  void set_batch(const at::Tensor& input, const at::Tensor& target);
  void record();

  StepWork work_;
  std::vector<at::Tensor> state_;
  std::shared_ptr<DeviceGraph> graph_;
  at::Tensor input_, target_, loss_;
  bool recorded_ = false;  // for batches of input_'s shape
};

}  // namespace anser::train
