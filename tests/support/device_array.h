// Arrays on the CUDA device, for tests. Only in builds with CUDA.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace anser::tests {

inline void expect_cuda(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(error));
}

/// n numbers on the device, every byte `stale` at first.
template <typename T>
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t n, int stale = 0xff) : n_(n) {
    if (n == 0) return;
    expect_cuda(cudaMalloc(reinterpret_cast<void**>(&data_), n * sizeof(T)));
    expect_cuda(cudaMemset(data_, stale, n * sizeof(T)));
  }
  explicit DeviceArray(const std::vector<T>& from) : DeviceArray(from.size()) {
    if (n_ != 0) expect_cuda(cudaMemcpy(data_, from.data(), n_ * sizeof(T), cudaMemcpyHostToDevice));
  }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  /// Null where empty.
  T* data() { return data_; }
  const T* data() const { return data_; }
  void copy_to(std::vector<T>& to) const {
    to.resize(n_);
    if (n_ != 0) expect_cuda(cudaMemcpy(to.data(), data_, n_ * sizeof(T), cudaMemcpyDeviceToHost));
  }

 private:
  T* data_ = nullptr;
  std::size_t n_ = 0;
};

}  // namespace anser::tests
