// One optimiser step of one or several models of the same shape on a CUDA device: global norm, clipping and
// AdamW (kernels/fused/adamw.h) over flat buffers. What changes from step to step lies on the device, so a
// captured call can be replayed:
//
//     step <- step + 1
//     norm = |gradient|, scale = min(1, clip / (norm + 1e-6))                         of each model
//     AdamW with g = gradient * scale and the rate lr * lr_scale of the segment
//
// The norm is a sum in double in an order that depends on `size` alone: no atomics, the same bits on every
// device and for any number of models. Given step, lr and scale, parameters and moments have the bits of
// kernels::fused::adamw_step but for the last bit of pow(beta, step).
#pragma once

#include <cstdint>

#include "kernels/status.h"

namespace anser::kernels::cuda {

/// A stretch of the buffers that shares weight decay and rate: from the end of the one before to `end`.
struct AdamWSegment {
  std::int64_t end = 0;
  double lr_scale = 1;
  double weight_decay = 0;
};

inline constexpr int kMostSegments = 8;

/// What is the same at every step.
struct AdamWPlan {
  std::int64_t models = 1;
  std::int64_t size = 0;  // numbers of a model, at least 1
  double beta1 = 0.9;
  double beta2 = 0.99;
  double epsilon = 1e-18;
  double clip = 0;  // 0: none
  int segment_count = 0;
  AdamWSegment segments[kMostSegments];  // the last one ends at `size`
};

/// On the device.
struct AdamWBuffers {
  const float* gradient = nullptr;                         // [models, size]
  float *parameter = nullptr, *m = nullptr, *v = nullptr;  // [models, size]
  const double* lr = nullptr;                              // [1]
  std::int64_t* step = nullptr;                            // [1]: steps done
  double* norm = nullptr;                                  // [models]: of the gradients before clipping
  double* workspace = nullptr;                             // [adamw_workspace_size]
};

/// Numbers of the workspace: models times at most 256.
std::int64_t adamw_workspace_size(std::int64_t models, std::int64_t size);

/// Two launches on `stream` (a cudaStream_t of the current device): allocates nothing, waits for nothing, may
/// be captured. A build or machine without CUDA is answered by a Status.
Status adamw_step(const AdamWPlan& plan, const AdamWBuffers& buffers, void* stream);

}  // namespace anser::kernels::cuda
