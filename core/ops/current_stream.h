// The stream that LibTorch works on, as the kernels' launches take it.
#pragma once

#include <c10/core/Device.h>

namespace anser::ops {

/// The current stream of a CUDA device: a cudaStream_t. Takes part in stream guards and captures.
void* current_stream(c10::Device device);

}  // namespace anser::ops
