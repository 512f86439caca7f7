// The launches of the CUDA kernels: what recurrence.cpp and adamw.cpp call and the .cu files define. A call
// is checked before; the answer is a cudaError_t.
#pragma once

#include "kernels/cuda/device/adamw.h"
#include "kernels/cuda/device/chunk_backward.h"
#include "kernels/cuda/device/sequential_backward.h"
#include "kernels/cuda/launch_size.h"

namespace anser::kernels::cuda {

int launch(const SequentialCall<float>& call, const LaunchSize& size, void* stream);
int launch(const SequentialCall<double>& call, const LaunchSize& size, void* stream);
int launch(const SequentialCall<Bf16>& call, const LaunchSize& size, void* stream);
int launch(const SequentialBackwardCall<float>& call, const LaunchSize& size, void* stream);
int launch(const SequentialBackwardCall<double>& call, const LaunchSize& size, void* stream);
int launch(const SequentialBackwardCall<Bf16>& call, const LaunchSize& size, void* stream);
int launch(const ChunkForwardCall& call, const LaunchSize& size, void* stream);
int launch(const ChunkBackwardCall& call, const LaunchSize& size, void* stream);
int launch(const AdamWCall& call, const LaunchSize& norm, const LaunchSize& update, void* stream);

/// Allow every kernel of a file `block_memory` bytes of shared memory on the current device, which loads it.
int prepare_sequential_float(int block_memory);
int prepare_sequential_double(int block_memory);
int prepare_sequential_bf16(int block_memory);
int prepare_chunk_forward(int block_memory);
int prepare_chunk_backward(int block_memory);
int prepare_adamw(int block_memory);

/// All of them, once for each device.
int prepare_device();

}  // namespace anser::kernels::cuda
