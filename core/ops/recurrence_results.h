// What a call of the recurrence gives: tensors, and the kernels' views of them.
#pragma once

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <tuple>

#include "core/ops/recurrence_call.h"

namespace anser::ops {

using ForwardResult =
    std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor>;  // y, sT, checkpoints, snapshots
using BackwardResult = std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor,
                                  at::Tensor>;  // dr .. db, ds0

/// What the backward pass is given.
struct OutputGradients {
  at::Tensor checkpoints;
  at::Tensor dy;                  // as v
  std::optional<at::Tensor> dsT;  // nothing: zeros
};

inline ForwardResult empty_results(const RecurrenceCall& call, bool checkpoints) {
  return {call.empty_y(), call.empty_state(), call.empty_checkpoints(checkpoints), call.empty_snapshots()};
}

template <typename Real>
kernels::RecurrenceOutputs<Real> outputs(const RecurrenceCall& call, const ForwardResult& result) {
  using State = typename kernels::StateOf<Real>::Type;
  const auto& [y, sT, checkpoints, snapshots] = result;
  kernels::RecurrenceOutputs<Real> out{.y = mutable_numbers<Real>(y),
                                       .sT = mutable_numbers<State>(sT),
                                       .checkpoints = mutable_numbers<State>(checkpoints)};
  if (call.options().snapshot_interval > 0) {
    out.snapshots = mutable_numbers<State>(snapshots);
    out.snapshot_interval = call.options().snapshot_interval;
  }
  return out;
}

/// Like the inputs; [0] for an input that the call does not have.
inline BackwardResult empty_gradients(const RecurrenceCall& call) {
  const auto like = [&](const std::optional<at::Tensor>& x) {
    return x ? at::empty_like(*x) : at::empty({0}, call.in().r.options());
  };
  const auto& in = call.in();
  return {like(in.r), like(in.w), like(in.k), like(in.v), like(in.a), like(in.b), like(in.s0)};
}

template <typename Real>
kernels::RecurrenceGradients<Real> gradients(const BackwardResult& result) {
  const auto& [dr, dw, dk, dv, da, db, ds0] = result;
  return {.dr = mutable_numbers<Real>(dr),
          .dw = mutable_numbers<Real>(dw),
          .dk = mutable_numbers<Real>(dk),
          .dv = mutable_numbers<Real>(dv),
          .da = mutable_numbers<Real>(da),
          .db = mutable_numbers<Real>(db),
          .ds0 = mutable_numbers<typename kernels::StateOf<Real>::Type>(ds0)};
}

}  // namespace anser::ops
