#include "core/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace anser::train {

double learning_rate(const Schedule& schedule, std::int64_t step) {
  const auto after = static_cast<double>(step - schedule.warmup);
  const auto span = static_cast<double>(std::max<std::int64_t>(schedule.steps - schedule.warmup, 1));
  const double progress = std::clamp(after / span, 0.0, 1.0);
  const double half = schedule.final_lr / 2;
  const double lr = schedule.lr * ((0.5 + half) + (0.5 - half) * std::cos(std::numbers::pi * progress));
  if (step >= schedule.warmup) return lr;
  return lr * (0.01 + 0.99 * static_cast<double>(step) / static_cast<double>(schedule.warmup));
}

}  // namespace anser::train
