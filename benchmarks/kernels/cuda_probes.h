// What a CUDA device can do: the rates that bench_cuda measures its rows against.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace anser::kernels::cuda {

/// Multiply-adds in registers, in 16 independent chains a thread, on every multiprocessor; returns their
/// number. `sink` holds one float.
double launch_multiply_adds(int multiprocessors, float* sink, cudaStream_t stream);

/// to = from, n float4.
void launch_copy(const float4* from, float4* to, std::int64_t n, int multiprocessors, cudaStream_t stream);

}  // namespace anser::kernels::cuda
