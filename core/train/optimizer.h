// Clipping by the global norm and one fused AdamW step over the flat buffers: kernels/fused/adamw.h on the
// CPU, kernels/cuda/adamw.h on a CUDA device.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/train/flat_parameters.h"

namespace anser::train {

struct OptimizerOptions {
  double beta1 = 0.9;
  double beta2 = 0.99;
  double epsilon = 1e-18;
  double weight_decay = 0.01;  // of the parameters marked `decay`
  double clip = 1.0;           // global gradient norm; 0: none
};

class Optimizer {
 public:
  /// `parameters` must outlive this object. Moments start at zero.
  Optimizer(FlatParameters& parameters, const OptimizerOptions& options);

  /// One step with the gradients in the flat buffer, scaled by min(1, clip / (norm + 1e-6)). Each group's
  /// rate is lr * lr_scale. Several models are clipped each by its own norm. Returns the first one's norm
  /// before clipping.
  double step(double lr);

  /// The parts of a step: its rate; the update, which on a device waits for nothing and reads counter and
  /// rate there, so that it may be captured; its count; and the norms of the last update, which wait for a
  /// device.
  void set_rate(double lr);
  void update();
  void count_step() { ++steps_done_; }
  std::vector<double> gradient_norms() const;  // [M]

  std::int64_t steps_done() const { return steps_done_; }
  void set_steps_done(std::int64_t steps);
  const at::Tensor& first_moment() const { return m_; }   // [M, parameters.size()]
  const at::Tensor& second_moment() const { return v_; }  // [M, parameters.size()]

  /// Everything that `update` changes and a next step reads.
  std::vector<at::Tensor> state() const;

 private:
  void update_on_cpu(std::int64_t model);
  void update_on_device();

  FlatParameters& parameters_;
  OptimizerOptions options_;
  at::Tensor m_, v_;
  std::int64_t steps_done_ = 0;
  double lr_ = 0;
  std::vector<double> norms_;  // [M]
  /// The same on a device, and the norms' parts.
  at::Tensor device_step_, device_lr_, device_norm_, workspace_;
};

}  // namespace anser::train
