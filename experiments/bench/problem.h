// Inputs, results and buffers of a case, ready to be run again and again.
#pragma once

#include <memory>

#include "experiments/bench/cases.h"

namespace anser::bench {

class Problem {
 public:
  virtual ~Problem() = default;
  /// One call of the case's pass. `threads` as in kernels::cpu::recurrence_backward.
  virtual void run(int threads, const kernels::Executor& executor) = 0;
};

/// Random inputs of the model's ranges, the same at every start. A backward case has had its forward pass.
std::unique_ptr<Problem> make_problem(const Case& c, int threads);

/// Bytes of the arrays that one call of the case touches.
double working_set(const Case& c);

}  // namespace anser::bench
