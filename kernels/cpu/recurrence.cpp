// Calls of kernels/recurrence.h on the CPU: checks, tasks of heads, and the choice of the instruction set.
#include "kernels/recurrence.h"

#include "kernels/cpu/targets.h"

#include <hwy/highway.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "kernels/cpu/recurrence_kernels.h"
#include "kernels/recurrence_check.h"
#include "kernels/wkv7.h"

namespace anser::kernels {

std::int64_t recurrence_workspace_size(const RecurrenceShape& shape, int threads) {
  return std::max(threads, 1) * cpu::backward_workspace_size(shape.keys, shape.values);
}

namespace cpu {
namespace {

/// A task takes up to `group` neighbouring heads of one sequence.
template <typename Real>
struct ForwardTasks {
  const RecurrenceShape& shape;
  const RecurrenceMode& mode;
  const RecurrenceInputs<Real>& in;
  const RecurrenceOutputs<Real>& out;
  float* state;  // decode: the state in and out
  std::int64_t group;

  std::int64_t per_sequence() const { return (shape.heads + group - 1) / group; }

  ForwardHead<Real> head(std::int64_t sequence, std::int64_t h) const {
    const HeadPlace at(shape, mode, sequence, h);
    const std::int64_t state_size = shape.keys * shape.values, row = shape.heads * state_size;
    const std::int64_t slot = out.snapshots ? first_snapshot(shape, sequence, out.snapshot_interval) : 0;
    return {at,
            mode,
            at.inputs(in),
            out.y + at.value_first,
            offset_or_null(out.sT, at.state),
            offset_or_null(out.checkpoints, first_checkpoint(shape, sequence) * row + h * state_size),
            offset_or_null(out.snapshots, slot * row + h * state_size),
            out.snapshot_interval,
            row};
  }

  static void forward(void* self, int index) {
    const auto& tasks = *static_cast<const ForwardTasks*>(self);
    const std::int64_t sequence = index / tasks.per_sequence();
    const std::int64_t first = index % tasks.per_sequence() * tasks.group;
    const std::int64_t count = std::min(tasks.group, tasks.shape.heads - first);
    ForwardHead<Real> heads[kForwardHeads];
    for (std::int64_t h = 0; h < count; ++h) heads[h] = tasks.head(sequence, first + h);
    forward_heads(heads, static_cast<std::size_t>(count));
  }

  static void decode(void* self, int index) {
    const auto& tasks = *static_cast<const ForwardTasks*>(self);
    const std::int64_t heads = tasks.shape.sequences * tasks.shape.heads;
    for (std::int64_t n = index * tasks.group; n < std::min(heads, (index + 1) * tasks.group); ++n) {
      const auto head = tasks.head(n / tasks.shape.heads, n % tasks.shape.heads);
      decode_head(head, tasks.state + head.at.state);
    }
  }
};

/// As many heads a task as it can take on the calling thread: they share pages and cache lines. With other
/// threads only where enough tasks remain for all of them.
template <typename Real>
std::int64_t forward_group(const RecurrenceShape& shape, const Executor& executor) {
  constexpr bool kConverted = !std::is_same_v<Real, float>;
  const std::int64_t limit = forward_heads_limit(shape.keys, shape.values, kConverted);
  if (executor.run == nullptr) return limit;
  return std::clamp<std::int64_t>(shape.sequences * shape.heads / 16, 1, limit);
}

/// Neighbouring heads of one sequence go together. Task `slot` of `slots` takes the groups slot, slot +
/// slots, ... and one part of the workspace.
template <typename Real>
struct BackwardTasks {
  const RecurrenceShape& shape;
  const RecurrenceMode& mode;
  const RecurrenceInputs<Real>& in;
  const float* checkpoints;
  const Real* dy;
  const float* dsT;
  const RecurrenceGradients<Real>& grads;
  float* workspace;
  std::int64_t slots, group;

  std::int64_t per_sequence() const { return (shape.heads + group - 1) / group; }

  BackwardHead<Real> head(std::int64_t sequence, std::int64_t h, float* space) const {
    const std::int64_t state = shape.keys * shape.values, row = shape.heads * state;
    const HeadPlace at(shape, mode, sequence, h);
    return {at,
            mode,
            at.inputs(in),
            offset_or_null(checkpoints, first_checkpoint(shape, sequence) * row + h * state),
            row,
            offset_or_null(dy, at.value_first),
            offset_or_null(dsT, at.state),
            at.gradients(grads),
            space};
  }

  static void run(void* self, int slot) {
    const auto& tasks = *static_cast<const BackwardTasks*>(self);
    float* space = tasks.workspace + slot * backward_workspace_size(tasks.shape.keys, tasks.shape.values);
    const std::int64_t per_sequence = tasks.per_sequence();
    for (std::int64_t n = slot; n < tasks.shape.sequences * per_sequence; n += tasks.slots) {
      const std::int64_t sequence = n / per_sequence, first = n % per_sequence * tasks.group;
      const std::int64_t count = std::min(tasks.group, tasks.shape.heads - first);
      BackwardHead<Real> heads[kBackwardHeads];
      for (std::int64_t h = 0; h < count; ++h) heads[h] = tasks.head(sequence, first + h, space);
      backward_heads(heads, static_cast<std::size_t>(count));
    }
  }
};

/// Eight heads at once on one thread; on several only where each of them has a few groups.
std::int64_t backward_group(std::int64_t heads, std::int64_t slots) {
  if (slots == 1) return kBackwardHeads;
  return std::clamp<std::int64_t>(heads / (4 * slots), 1, kBackwardHeads);
}

}  // namespace

template <typename Real>
Status recurrence_forward(const RecurrenceShape& shape, const RecurrenceMode& mode,
                          const RecurrenceInputs<Real>& in, const RecurrenceOutputs<Real>& out,
                          const Executor& executor) {
  constexpr const char* kFunction = "kernels::cpu::recurrence_forward";
  if (Status s = check_recurrence_inputs(kFunction, shape, mode, in); !s.ok()) return s;
  if (Status s = check_recurrence_outputs(kFunction, shape, out); !s.ok()) return s;
  if (shape.sequences * shape.heads == 0) return {};
  using Tasks = ForwardTasks<Real>;
  Tasks tasks{shape, mode, in, out, nullptr, forward_group<Real>(shape, executor)};
  executor(static_cast<int>(shape.sequences * tasks.per_sequence()), &Tasks::forward, &tasks);
  return check_recurrence_results(kFunction, shape, mode, out.y, out.sT);
}

template <typename Real>
Status recurrence_backward(const RecurrenceShape& shape, const RecurrenceMode& mode,
                           const RecurrenceInputs<Real>& in, const float* checkpoints, const Real* dy,
                           const float* dsT, const RecurrenceGradients<Real>& grads, float* workspace,
                           int threads, const Executor& executor) {
  constexpr const char* kFunction = "kernels::cpu::recurrence_backward";
  if (Status s = check_recurrence_inputs(kFunction, shape, mode, in); !s.ok()) return s;
  if (Status s = check_recurrence_backward(kFunction, shape, mode, dy, dsT, grads); !s.ok()) return s;
  if (threads < 1) return bad_argument(kFunction, "threads", threads, "at least 1");
  const std::int64_t heads = shape.sequences * shape.heads;
  if (heads == 0) return {};
  constexpr const char* kArray = "an array that is not null";
  if (checkpoints == nullptr && total_tokens(shape) != 0)
    return bad_argument(kFunction, "checkpoints", 0, kArray);
  if (workspace == nullptr) return bad_argument(kFunction, "workspace", 0, kArray);
  const std::int64_t slots = std::min<std::int64_t>(threads, heads);
  using Tasks = BackwardTasks<Real>;
  const std::int64_t group = backward_group(heads, slots);
  Tasks tasks{shape, mode, in, checkpoints, dy, dsT, grads, workspace, slots, group};
  executor(static_cast<int>(slots), &Tasks::run, &tasks);
  return {};
}

template <typename Real>
Status recurrence_decode(const RecurrenceShape& shape, const RecurrenceMode& mode,
                         const RecurrenceInputs<Real>& in, float* state, Real* y, const Executor& executor) {
  constexpr const char* kFunction = "kernels::cpu::recurrence_decode";
  RecurrenceInputs<Real> inputs = in;
  inputs.s0 = state;
  if (Status s = check_recurrence_inputs(kFunction, shape, mode, inputs); !s.ok()) return s;
  if (shape.time != 1) return bad_argument(kFunction, "shape.time", shape.time, "1");
  if (shape.cu_seqlens != nullptr)
    return bad_argument(kFunction, "shape.cu_seqlens", shape.cu_seqlens[shape.sequences],
                        "null: one token for each sequence");
  const std::int64_t heads = shape.sequences * shape.heads;
  if (heads == 0) return {};
  if (state == nullptr) return bad_argument(kFunction, "state", 0, "an array that is not null");
  const RecurrenceOutputs<Real> out{.y = y};
  if (Status s = check_recurrence_outputs(kFunction, shape, out); !s.ok()) return s;
  using Tasks = ForwardTasks<Real>;
  Tasks tasks{shape, mode, in, out, state, 8};
  executor(static_cast<int>((heads + tasks.group - 1) / tasks.group), &Tasks::decode, &tasks);
  return check_recurrence_results(kFunction, shape, mode, y, state);
}

#define ANSER_INSTANTIATE(Real)                                                                     \
  template Status recurrence_forward(const RecurrenceShape&, const RecurrenceMode&,                 \
                                     const RecurrenceInputs<Real>&, const RecurrenceOutputs<Real>&, \
                                     const Executor&);                                              \
  template Status recurrence_backward(                                                              \
      const RecurrenceShape&, const RecurrenceMode&, const RecurrenceInputs<Real>&, const float*,   \
      const Real*, const float*, const RecurrenceGradients<Real>&, float*, int, const Executor&);   \
  template Status recurrence_decode(const RecurrenceShape&, const RecurrenceMode&,                  \
                                    const RecurrenceInputs<Real>&, float*, Real*, const Executor&);
ANSER_INSTANTIATE(float)
ANSER_INSTANTIATE(Bf16)
#undef ANSER_INSTANTIATE

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
