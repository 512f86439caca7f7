// One head of one sequence, the unit of work of every backend: where its part of the arrays of kernels/wkv7.h
// lies.
#pragma once

#include <cstdint>

#include "kernels/recurrence_math.h"
#include "kernels/wkv7.h"

namespace anser::kernels {

/// The forward pass of the head (b, h): pointers to its token 0, `stride` numbers between tokens.
struct Wkv7ForwardHead {
  std::int64_t time = 0, size = 0, stride = 0;
  Decay decay = Decay::logit;
  Wkv7Inputs<float> in;  // s0: this head's state, or null
  float* y = nullptr;
  float* sT = nullptr;           // or null
  float* checkpoints = nullptr;  // ceil(T / 16) states in the backend's layout, or null
};

/// The backward pass of the head (b, h).
struct Wkv7BackwardHead {
  std::int64_t time = 0, size = 0, stride = 0;
  Decay decay = Decay::logit;
  Wkv7Inputs<float> in;
  const float* checkpoints = nullptr;
  const float* dy = nullptr;
  const float* dsT = nullptr;  // or null
  Wkv7Gradients<float> grads;
  float* workspace = nullptr;  // the part of the task that runs the head
};

/// A forward call; head(index) is its part for index = b * H + h.
struct Wkv7ForwardCall {
  Wkv7Shape shape;
  Decay decay;
  Wkv7Inputs<float> in;
  float *y, *sT, *checkpoints;

  ANSER_HOST_DEVICE Wkv7ForwardHead head(std::int64_t index) const;
};

/// A backward call; head(index, workspace) is its part for index = b * H + h.
struct Wkv7BackwardCall {
  Wkv7Shape shape;
  Decay decay;
  Wkv7Inputs<float> in;
  const float *checkpoints, *dy, *dsT;
  Wkv7Gradients<float> grads;

  ANSER_HOST_DEVICE Wkv7BackwardHead head(std::int64_t index, float* workspace) const;
};

namespace wkv7_head_detail {

template <typename T>
ANSER_HOST_DEVICE T* offset(T* array, std::int64_t by) {
  return array == nullptr ? nullptr : array + by;
}

/// Offsets of head `index`: token 0 in an array [B, T, H, N], its state, its checkpoints.
struct Offsets {
  std::int64_t token, state, checkpoint;
  ANSER_HOST_DEVICE Offsets(const Wkv7Shape& shape, std::int64_t index)
      : token(index / shape.heads * shape.time * shape.heads * shape.size + index % shape.heads * shape.size),
        state(index * shape.size * shape.size),
        checkpoint(state * ((shape.time + kWkv7CheckpointInterval - 1) / kWkv7CheckpointInterval)) {}
};

ANSER_HOST_DEVICE inline Wkv7Inputs<float> inputs(const Wkv7Inputs<float>& in, const Offsets& at) {
  return {offset(in.r, at.token), offset(in.w, at.token), offset(in.k, at.token), offset(in.v, at.token),
          offset(in.a, at.token), offset(in.b, at.token), offset(in.s0, at.state)};
}

}  // namespace wkv7_head_detail

ANSER_HOST_DEVICE inline Wkv7ForwardHead Wkv7ForwardCall::head(std::int64_t index) const {
  using wkv7_head_detail::offset;
  const wkv7_head_detail::Offsets at(shape, index);
  return {shape.time,
          shape.size,
          shape.heads * shape.size,
          decay,
          wkv7_head_detail::inputs(in, at),
          offset(y, at.token),
          offset(sT, at.state),
          offset(checkpoints, at.checkpoint)};
}

ANSER_HOST_DEVICE inline Wkv7BackwardHead Wkv7BackwardCall::head(std::int64_t index, float* workspace) const {
  using wkv7_head_detail::offset;
  const wkv7_head_detail::Offsets at(shape, index);
  const Wkv7Gradients<float>& g = grads;
  return {shape.time,
          shape.size,
          shape.heads * shape.size,
          decay,
          wkv7_head_detail::inputs(in, at),
          offset(checkpoints, at.checkpoint),
          offset(dy, at.token),
          offset(dsT, at.state),
          {offset(g.dr, at.token), offset(g.dw, at.token), offset(g.dk, at.token), offset(g.dv, at.token),
           offset(g.da, at.token), offset(g.db, at.token), offset(g.ds0, at.state)},
          workspace};
}

}  // namespace anser::kernels
