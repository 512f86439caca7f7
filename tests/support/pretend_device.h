// A CUDA device in host memory: tensors whose device is cuda, operators of LibTorch that compute them on the
// CPU, and the launches of kernels/cuda run as emulated blocks. Proves everything between torch.ops.anser and
// a launch on a machine without a GPU; link pretend_device.cpp instead of a device.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace anser::tests {

/// A launch as the device saw it.
struct PretendLaunch {
  std::string kernel;  // "sequential float forward", "chunked backward", ...
  int device = 0;      // that was current
  std::int64_t stream = 0;
};

/// Launches since the last call of this function.
std::vector<PretendLaunch> take_launches();

/// Gives a block of the device so many bytes of shared memory while it is alive; else 227 KiB, as compute
/// capability 9.0 has.
class BlockMemory {
 public:
  explicit BlockMemory(std::int64_t bytes);
  ~BlockMemory();
  BlockMemory(const BlockMemory&) = delete;
  BlockMemory& operator=(const BlockMemory&) = delete;

 private:
  std::int64_t before_;
};

/// Numbers copied to a device; contiguous like at::Tensor::to.
at::Tensor to_device(const at::Tensor& x, int device = 0);

/// Makes a stream the current one of its device, and the one before it again at the end.
class CurrentStream {
 public:
  CurrentStream(int device, std::int64_t stream);
  ~CurrentStream();
  CurrentStream(const CurrentStream&) = delete;
  CurrentStream& operator=(const CurrentStream&) = delete;

 private:
  int device_;
  std::int64_t before_;
};

int current_device();

}  // namespace anser::tests
