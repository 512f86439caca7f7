// Calls of kernels/wkv7.h on the CPU: checks, one task per head, and the choice of the instruction set.
#include "kernels/wkv7.h"

#include "kernels/cpu/targets.h"

#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "kernels/cpu/wkv7_kernels.h"
#include "kernels/wkv7_check.h"

namespace anser::kernels {

std::int64_t wkv7_workspace_size(const Wkv7Shape& shape, int threads) {
  return std::max(threads, 1) * cpu::backward_workspace_size(shape.size);
}

namespace cpu {
namespace {

/// A task takes up to `group` neighbouring heads of one sequence.
struct ForwardTasks {
  Wkv7ForwardCall call;
  std::int64_t group;

  std::int64_t per_sequence() const { return (call.shape.heads + group - 1) / group; }

  static void run(void* self, int index) {
    const auto& tasks = *static_cast<const ForwardTasks*>(self);
    const std::int64_t heads = tasks.call.shape.heads;
    const std::int64_t b = index / tasks.per_sequence(), first = index % tasks.per_sequence() * tasks.group;
    const std::int64_t count = std::min(tasks.group, heads - first);
    Wkv7ForwardHead group[kForwardHeads];
    for (std::int64_t h = 0; h < count; ++h) group[h] = tasks.call.head(b * heads + first + h);
    wkv7_forward_heads(group, static_cast<std::size_t>(count));
  }
};

/// Four heads a task on the calling thread; with other threads only where enough tasks remain for all of
/// them.
std::int64_t forward_group(const Wkv7Shape& shape, const Executor& executor) {
  const std::int64_t heads = shape.batch * shape.heads;
  if (executor.run == nullptr || heads >= 64 * kForwardHeads) return kForwardHeads;
  return heads >= 64 ? 2 : 1;
}

/// Task `slot` of `slots` takes the heads slot, slot + slots, ... and one part of the workspace.
struct BackwardTasks {
  Wkv7BackwardCall call;
  float* workspace;
  std::int64_t slots;

  static void run(void* self, int slot) {
    const auto& tasks = *static_cast<const BackwardTasks*>(self);
    const Wkv7Shape& shape = tasks.call.shape;
    float* space = tasks.workspace + slot * backward_workspace_size(shape.size);
    for (std::int64_t index = slot; index < shape.batch * shape.heads; index += tasks.slots)
      wkv7_backward_head(tasks.call.head(index, space));
  }
};

}  // namespace

Status wkv7_forward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<float>& in, float* y, float* sT,
                    float* checkpoints, const Executor& executor) {
  constexpr const char* kFunction = "kernels::cpu::wkv7_forward";
  if (Status s = check_wkv7_inputs(kFunction, shape, in); !s.ok()) return s;
  if (Status s = check_wkv7_array(kFunction, shape, "y", y); !s.ok()) return s;
  if (shape.batch * shape.heads == 0) return {};
  ForwardTasks tasks{{shape, decay, in, y, sT, checkpoints}, forward_group(shape, executor)};
  executor(static_cast<int>(shape.batch * tasks.per_sequence()), &ForwardTasks::run, &tasks);
  return {};
}

Status wkv7_backward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<float>& in,
                     const float* checkpoints, const float* dy, const float* dsT,
                     const Wkv7Gradients<float>& grads, float* workspace, int threads,
                     const Executor& executor) {
  constexpr const char* kFunction = "kernels::cpu::wkv7_backward";
  if (Status s = check_wkv7_backward(kFunction, shape, in, checkpoints, dy, grads, workspace); !s.ok())
    return s;
  if (threads < 1) return bad_argument(kFunction, "threads", threads, "at least 1");
  const std::int64_t heads = shape.batch * shape.heads;
  if (heads == 0) return {};
  if (workspace == nullptr) return bad_argument(kFunction, "workspace", 0, "an array that is not null");
  const std::int64_t slots = std::min<std::int64_t>(threads, heads);
  BackwardTasks tasks{{shape, decay, in, checkpoints, dy, dsT, grads}, workspace, slots};
  executor(static_cast<int>(slots), &BackwardTasks::run, &tasks);
  return {};
}

const char* wkv7_target() {
  const std::int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
  return hwy::TargetName(targets & -targets);  // the lowest bit is the best set
}

bool wkv7_force_target(const char* name) {
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
  if (*name == '\0') return true;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    if (std::strcmp(hwy::TargetName(target), name) != 0) continue;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().DeInit();
    return true;
  }
  return false;
}

}  // namespace cpu
}  // namespace anser::kernels
