#include "core/train/training_step.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <utility>

#include "core/base/error.h"

namespace anser::train {
namespace {

/// Steps after which libraries have chosen their programs and taken their memory.
constexpr int kWarmUps = 3;

}  // namespace

TrainingStep::TrainingStep(StepWork work, std::vector<at::Tensor> state, std::shared_ptr<DeviceGraph> graph)
    : work_(std::move(work)), state_(std::move(state)), graph_(std::move(graph)) {
  ANSER_ASSERT(!state_.empty());
}

void TrainingStep::run(const at::Tensor& input, const at::Tensor& target) {
  if (graph_ != nullptr) return replay(input, target);
  const at::Device device = state_.front().device();
  loss_ = work_(input.to(device), target.to(device));
}

void TrainingStep::replay(const at::Tensor& input, const at::Tensor& target) {
  if (!recorded_ || input_.sizes() != input.sizes()) {
    make_buffers(input.sizes());
    set_batch(input, target);
    record();
  } else {
    set_batch(input, target);
  }
  graph_->replay();
}

void TrainingStep::make_buffers(at::IntArrayRef shape) {
  recorded_ = false;
  const auto options = at::TensorOptions(at::kLong).device(state_.front().device());
  input_ = at::empty(shape, options);
  target_ = at::empty(shape, options);
  loss_ = at::Tensor();
}

void TrainingStep::set_batch(const at::Tensor& input, const at::Tensor& target) {
  input_.copy_(input);
  target_.copy_(target);
}

void TrainingStep::record() {
  const auto work = [this] {
    const at::Tensor loss = work_(input_, target_).detach();
    if (!loss_.defined()) loss_ = at::empty_like(loss);
    loss_.copy_(loss);
  };
  std::vector<at::Tensor> before;
  for (const at::Tensor& tensor : state_) before.push_back(tensor.clone());
  const auto restore = [&] {
    for (std::size_t i = 0; i < state_.size(); ++i) state_[i].copy_(before[i]);
  };
  try {
    for (int turn = 0; turn < kWarmUps; ++turn) graph_->warm_up(work);
  } catch (...) {
    restore();
    throw;
  }
  restore();
  graph_->capture(work);
  recorded_ = true;
}

}  // namespace anser::train
