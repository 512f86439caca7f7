// The programs of an optimiser step (kernels/cuda/adamw.h): adamw_norm leaves the sum of squares of stretches
// of the gradients and counts the step, adamw_update adds them up in every block anew and moves the
// parameters.
#pragma once

#include <cmath>

#include "kernels/cuda/adamw.h"
#include "kernels/host_device.h"

namespace anser::kernels::cuda {

inline constexpr int kAdamWThreads = 256, kAdamWWarps = kAdamWThreads / 32;
inline constexpr int kNumbersPerThread = 4;  // that a thread of adamw_update moves

struct AdamWCall {
  AdamWPlan plan;
  AdamWBuffers at;
};

/// Blocks that share a model's norm, one for each thread of adamw_update at most, and the numbers of each.
struct NormParts {
  std::int64_t count, stretch;

  ANSER_HOST_DEVICE explicit NormParts(std::int64_t size) {
    constexpr std::int64_t kLeast = 2048;
    count = (size + kLeast - 1) / kLeast;
    if (count > kAdamWThreads) count = kAdamWThreads;
    stretch = (size + count - 1) / count;
  }
};

/// Blocks of adamw_update that share a model.
ANSER_HOST_DEVICE inline std::int64_t update_blocks(std::int64_t size) {
  constexpr std::int64_t kNumbers = kAdamWThreads * kNumbersPerThread;
  return (size + kNumbers - 1) / kNumbers;
}

/// The step's scalars, formed in double and rounded once.
struct AdamWShared {
  double warp_sums[kAdamWWarps];
  float gradient_scale;
  float correction2;               // sqrt(1 - beta2^step)
  float keep[kMostSegments];       // 1 - lr weight_decay
  float step_size[kMostSegments];  // -lr / (1 - beta1^step)
};

/// The sum over the block of x, in thread 0: over lanes 16, 8, 4, 2 and 1 apart, then warp after warp.
template <class Context>
ANSER_HOST_DEVICE double block_sum(Context& ctx, double x, double* warp_sums) {
  for (int mask = 16; mask > 0; mask /= 2) x += ctx.shuffle_xor(x, mask);
  if (ctx.lane() == 0) ctx.store(warp_sums + ctx.warp(), x);
  ctx.sync_block();
  if (ctx.thread() != 0) return 0;
  double sum = 0;
  for (int warp = 0; warp < kAdamWWarps; ++warp) sum += ctx.load(warp_sums + warp);
  return sum;
}

template <class Context>
ANSER_HOST_DEVICE void adamw_norm(Context& ctx, const AdamWCall& call, std::int64_t block) {
  const std::int64_t size = call.plan.size;
  const NormParts parts(size);
  const float* const gradient = call.at.gradient + block / parts.count * size;
  const std::int64_t begin = block % parts.count * parts.stretch;
  const std::int64_t end = begin + parts.stretch < size ? begin + parts.stretch : size;
  double sum = 0;
  for (std::int64_t i = begin + ctx.thread(); i < end; i += kAdamWThreads) {
    const auto x = static_cast<double>(gradient[i]);
    sum = std::fma(x, x, sum);
  }
  const double all = block_sum(ctx, sum, ctx.template shared<AdamWShared>().warp_sums);
  if (ctx.thread() != 0) return;
  call.at.workspace[block] = all;
  if (block == 0) ++*call.at.step;
}

/// By one thread.
template <class Context>
ANSER_HOST_DEVICE void store_scalars(Context& ctx, const AdamWCall& call, double norm, AdamWShared& shared) {
  const AdamWPlan& plan = call.plan;
  const auto step = static_cast<double>(*call.at.step);
  const double clipped = plan.clip / (norm + 1e-6);
  const double correction1 = 1 - std::pow(plan.beta1, step), correction2 = 1 - std::pow(plan.beta2, step);
  ctx.store(&shared.gradient_scale, static_cast<float>(plan.clip > 0 && clipped < 1 ? clipped : 1.0));
  ctx.store(&shared.correction2, static_cast<float>(std::sqrt(correction2)));
  for (int s = 0; s < plan.segment_count; ++s) {
    const double lr = *call.at.lr * plan.segments[s].lr_scale;
    ctx.store(&shared.keep[s], static_cast<float>(1 - lr * plan.segments[s].weight_decay));
    ctx.store(&shared.step_size[s], static_cast<float>(-(lr / correction1)));
  }
}

/// Number i of all models, which lies in segment s.
template <class Context>
ANSER_HOST_DEVICE void update_number(Context& ctx, const AdamWCall& call, AdamWShared& shared, int s,
                                     std::int64_t i) {
  const AdamWPlan& plan = call.plan;
  const float g = call.at.gradient[i] * ctx.load(&shared.gradient_scale);
  const float m_old = call.at.m[i];
  const float m = m_old + static_cast<float>(1 - plan.beta1) * (g - m_old);
  const float v = call.at.v[i] * static_cast<float>(plan.beta2) + static_cast<float>(1 - plan.beta2) * g * g;
  const float denominator = std::sqrt(v) / ctx.load(&shared.correction2) + static_cast<float>(plan.epsilon);
  call.at.m[i] = m;
  call.at.v[i] = v;
  call.at.parameter[i] =
      call.at.parameter[i] * ctx.load(&shared.keep[s]) + ctx.load(&shared.step_size[s]) * m / denominator;
}

template <class Context>
ANSER_HOST_DEVICE void adamw_update(Context& ctx, const AdamWCall& call, std::int64_t block) {
  const std::int64_t size = call.plan.size, blocks = update_blocks(size), model = block / blocks;
  const NormParts parts(size);
  auto& shared = ctx.template shared<AdamWShared>();
  const int thread = ctx.thread();
  const double squares = block_sum(
      ctx, thread < parts.count ? call.at.workspace[model * parts.count + thread] : 0.0, shared.warp_sums);
  if (thread == 0) {
    const double norm = std::sqrt(squares);
    store_scalars(ctx, call, norm, shared);
    if (block % blocks == 0) call.at.norm[model] = norm;
  }
  ctx.sync_block();
  const std::int64_t first = block % blocks * kAdamWThreads * kNumbersPerThread + thread;
  for (int q = 0; q < kNumbersPerThread; ++q) {
    const std::int64_t i = first + q * kAdamWThreads;
    if (i >= size) return;
    int s = 0;
    while (i >= call.plan.segments[s].end) ++s;
    update_number(ctx, call, shared, s, model * size + i);
  }
}

}  // namespace anser::kernels::cuda
