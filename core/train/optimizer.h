// Clipping by the global norm and one fused AdamW step over the flat buffers (kernels/fused/adamw.h).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

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

  /// One step with the gradients in the flat buffer, scaled by min(1, clip / (norm + 1e-6)).
  /// Each group's rate is lr * lr_scale. Returns the norm before clipping.
  double step(double lr);

  std::int64_t steps_done() const { return steps_done_; }
  void set_steps_done(std::int64_t steps) { steps_done_ = steps; }
  const at::Tensor& first_moment() const { return m_; }   // [parameters.size()]
  const at::Tensor& second_moment() const { return v_; }  // [parameters.size()]

 private:
  double gradient_norm() const;
  void step_segment(const FlatSegment& segment, double lr, double gradient_scale);

  FlatParameters& parameters_;
  OptimizerOptions options_;
  at::Tensor m_, v_;
  std::int64_t steps_done_ = 0;
};

}  // namespace anser::train
