// Optimiser steps on a CUDA device: checks, and the launches.
#include "kernels/cuda/adamw.h"

#include "kernels/cuda/launch.h"

namespace anser::kernels::cuda {
namespace {

constexpr const char* kFunction = "kernels::cuda::adamw_step";

Status device_status(int error) {
  return error == 0 ? Status{} : Status{StatusCode::device_error, kFunction, "CUDA", error, "cudaSuccess"};
}

Status check_segments(const AdamWPlan& plan) {
  if (plan.segment_count < 1 || plan.segment_count > kMostSegments)
    return bad_argument(kFunction, "plan.segment_count", plan.segment_count, "1..8");
  for (int s = 1; s < plan.segment_count; ++s)
    if (plan.segments[s].end < plan.segments[s - 1].end)
      return bad_argument(kFunction, "plan.segments", s, "segments in the order of their ends");
  const std::int64_t end = plan.segments[plan.segment_count - 1].end;
  if (end != plan.size) return bad_argument(kFunction, "the end of the last segment", end, "plan.size");
  return {};
}

Status check_buffers(const AdamWBuffers& at) {
  const struct {
    const char* name;
    const void* array;
  } arrays[] = {{"gradient", at.gradient},
                {"parameter", at.parameter},
                {"m", at.m},
                {"v", at.v},
                {"lr", at.lr},
                {"step", at.step},
                {"norm", at.norm},
                {"workspace", at.workspace}};
  for (const auto& [name, array] : arrays)
    if (array == nullptr) return bad_argument(kFunction, name, 0, "an array that is not null");
  return {};
}

}  // namespace

Status adamw_step(const AdamWPlan& plan, const AdamWBuffers& buffers, void* stream) {
  if (!built()) return {StatusCode::not_built, kFunction, "ANSER_CUDA", 0, "ON"};
  if (plan.models < 1) return bad_argument(kFunction, "plan.models", plan.models, "1 or more");
  if (plan.size < 1) return bad_argument(kFunction, "plan.size", plan.size, "1 or more");
  if (Status s = check_segments(plan); !s.ok()) return s;
  if (Status s = check_buffers(buffers); !s.ok()) return s;
  if (Status s = device_status(prepare_device()); !s.ok()) return s;
  return device_status(launch({plan, buffers}, adamw_norm_size(plan), adamw_update_size(plan), stream));
}

}  // namespace anser::kernels::cuda
