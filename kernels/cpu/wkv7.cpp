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

/// The arrays of a call and how a head finds its part of them.
struct Layout {
  Wkv7Shape shape;
  std::int64_t heads() const { return shape.batch * shape.heads; }
  std::int64_t stride() const { return shape.heads * shape.size; }
  /// Token 0 of head `index` = b * H + h in an array [B, T, H, N].
  std::int64_t first(std::int64_t index) const {
    return index / shape.heads * shape.time * stride() + index % shape.heads * shape.size;
  }
  std::int64_t state(std::int64_t index) const { return index * shape.size * shape.size; }
  std::int64_t checkpoint(std::int64_t index) const {
    return index * ((shape.time + kWkv7CheckpointInterval - 1) / kWkv7CheckpointInterval) * state(1);
  }
};

template <typename T>
T* offset(T* array, std::int64_t by) {
  return array == nullptr ? nullptr : array + by;
}

Wkv7Inputs<float> head_inputs(const Layout& layout, const Wkv7Inputs<float>& in, std::int64_t index) {
  const std::int64_t at = layout.first(index);
  return {offset(in.r, at),
          offset(in.w, at),
          offset(in.k, at),
          offset(in.v, at),
          offset(in.a, at),
          offset(in.b, at),
          offset(in.s0, layout.state(index))};
}

struct ForwardCall {
  Layout layout;
  Decay decay;
  Wkv7Inputs<float> in;
  float *y, *sT, *checkpoints;

  static void run(void* self, int index) {
    const auto& call = *static_cast<const ForwardCall*>(self);
    const Layout& layout = call.layout;
    wkv7_forward_head({.time = layout.shape.time,
                       .size = layout.shape.size,
                       .stride = layout.stride(),
                       .decay = call.decay,
                       .in = head_inputs(layout, call.in, index),
                       .y = offset(call.y, layout.first(index)),
                       .sT = offset(call.sT, layout.state(index)),
                       .checkpoints = offset(call.checkpoints, layout.checkpoint(index))});
  }
};

/// Task `slot` of `slots` takes the heads slot, slot + slots, ... and one part of the workspace.
struct BackwardCall {
  Layout layout;
  Decay decay;
  Wkv7Inputs<float> in;
  const float *checkpoints, *dy, *dsT;
  Wkv7Gradients<float> grads;
  float* workspace;
  std::int64_t slots;

  void run_head(std::int64_t index, float* space) const {
    const std::int64_t at = layout.first(index), state = layout.state(index);
    wkv7_backward_head(
        {.time = layout.shape.time,
         .size = layout.shape.size,
         .stride = layout.stride(),
         .decay = decay,
         .in = head_inputs(layout, in, index),
         .checkpoints = offset(checkpoints, layout.checkpoint(index)),
         .dy = offset(dy, at),
         .dsT = offset(dsT, state),
         .grads = {offset(grads.dr, at), offset(grads.dw, at), offset(grads.dk, at), offset(grads.dv, at),
                   offset(grads.da, at), offset(grads.db, at), offset(grads.ds0, state)},
         .workspace = space});
  }

  static void run(void* self, int slot) {
    const auto& call = *static_cast<const BackwardCall*>(self);
    float* space = call.workspace + slot * backward_workspace_size(call.layout.shape.size);
    for (std::int64_t index = slot; index < call.layout.heads(); index += call.slots)
      call.run_head(index, space);
  }
};

}  // namespace

Status wkv7_forward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<float>& in, float* y, float* sT,
                    float* checkpoints, const Executor& executor) {
  constexpr const char* kFunction = "kernels::cpu::wkv7_forward";
  if (Status s = check_wkv7_inputs(kFunction, shape, in); !s.ok()) return s;
  if (Status s = check_wkv7_array(kFunction, shape, "y", y); !s.ok()) return s;
  ForwardCall call{{shape}, decay, in, y, sT, checkpoints};
  executor(static_cast<int>(call.layout.heads()), &ForwardCall::run, &call);
  return {};
}

Status wkv7_backward(const Wkv7Shape& shape, Decay decay, const Wkv7Inputs<float>& in,
                     const float* checkpoints, const float* dy, const float* dsT,
                     const Wkv7Gradients<float>& grads, float* workspace, int threads,
                     const Executor& executor) {
  constexpr const char* kFunction = "kernels::cpu::wkv7_backward";
  if (Status s = check_wkv7_inputs(kFunction, shape, in); !s.ok()) return s;
  if (Status s = check_wkv7_array(kFunction, shape, "checkpoints", checkpoints); !s.ok()) return s;
  if (Status s = check_wkv7_array(kFunction, shape, "dy", dy); !s.ok()) return s;
  if (Status s = check_wkv7_gradients(kFunction, shape, grads); !s.ok()) return s;
  if (threads < 1) return bad_argument(kFunction, "threads", threads, "at least 1");
  const Layout layout{shape};
  if (layout.heads() == 0) return {};
  if (workspace == nullptr) return bad_argument(kFunction, "workspace", 0, "wkv7_workspace_size numbers");
  const std::int64_t slots = std::min<std::int64_t>(threads, layout.heads());
  BackwardCall call{layout, decay, in, checkpoints, dy, dsT, grads, workspace, slots};
  executor(static_cast<int>(slots), &BackwardCall::run, &call);
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
