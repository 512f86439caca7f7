// Learning rate of a run: linear warm-up times a cosine from lr to final_lr * lr (RWKV-LM train_temp, on
// steps).
#pragma once

#include <cstdint>

namespace anser::train {

struct Schedule {
  double lr = 4e-3;
  double final_lr = 0.05;    // fraction of lr at the end
  std::int64_t warmup = 10;  // steps
  std::int64_t steps = 1500;
};

/// Learning rate of step 0, 1, 2, ... With f = final_lr and p = (step - warmup) / (steps - warmup) clamped to
/// [0, 1]:
///     lr * ((1/2 + f/2) + (1/2 - f/2) cos(pi p))      times (0.01 + 0.99 step / warmup) while step < warmup.
double learning_rate(const Schedule& schedule, std::int64_t step);

}  // namespace anser::train
