#include "benchmarks/kernels/cuda_probes.h"

namespace anser::kernels::cuda {
namespace {

constexpr int kChains = 16, kThreads = 256, kBlocks = 8;  // blocks: of a multiprocessor
constexpr std::int64_t kRounds = 4096;

__global__ void multiply_adds(float scale, float* sink) {
  float x[kChains];
  for (int c = 0; c < kChains; ++c) x[c] = static_cast<float>(threadIdx.x + c);
  for (std::int64_t round = 0; round < kRounds; ++round)
#pragma unroll
    for (int c = 0; c < kChains; ++c) x[c] = fmaf(x[c], scale, 1.0f);
  float sum = 0;
  for (int c = 0; c < kChains; ++c) sum += x[c];
  if (sum == -1.0f) *sink = sum;  // never: keeps the loop
}

__global__ void copy(const float4* from, float4* to, std::int64_t n) {
  const std::int64_t stride = std::int64_t{gridDim.x} * blockDim.x;
  for (std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < n; i += stride)
    to[i] = from[i];
}

}  // namespace

double launch_multiply_adds(int multiprocessors, float* sink, cudaStream_t stream) {
  multiply_adds<<<kBlocks * multiprocessors, kThreads, 0, stream>>>(0.5f, sink);
  return static_cast<double>(kRounds) * kChains * kThreads * kBlocks * multiprocessors;
}

void launch_copy(const float4* from, float4* to, std::int64_t n, int multiprocessors, cudaStream_t stream) {
  copy<<<kBlocks * multiprocessors, kThreads, 0, stream>>>(from, to, n);
}

}  // namespace anser::kernels::cuda
