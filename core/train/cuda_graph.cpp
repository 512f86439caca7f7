// libanser_cuda_graph.so: the one file that is compiled against LibTorch's CUDA headers. It links nothing of
// libtorch_cuda and is loaded after it (device_graph.cpp).
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "core/train/device_graph.h"

namespace anser::train {
namespace {

class CudaGraph : public DeviceGraph {
 public:
  void warm_up(const std::function<void()>& work) override {
    c10::cuda::device_synchronize();
    const c10::cuda::CUDAStreamGuard guard(stream_);
    work();
    c10::cuda::device_synchronize();
  }

  void capture(const std::function<void()>& work) override {
    graph_ = std::make_unique<at::cuda::CUDAGraph>();
    c10::cuda::device_synchronize();
    const c10::cuda::CUDAStreamGuard guard(stream_);
    graph_->capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      try {
        graph_->capture_end();
      } catch (const c10::Error&) {  // the capture is void; what went wrong is told below
      }
      throw;
    }
    graph_->capture_end();
  }

  void replay() override { graph_->replay(); }

 private:
  // The same for all: cuBLAS keeps the workspace that it took for this stream.
  c10::cuda::CUDAStream stream_ = c10::cuda::getStreamFromPool();
  std::unique_ptr<at::cuda::CUDAGraph> graph_;
};

}  // namespace
}  // namespace anser::train

extern "C" anser::train::DeviceGraph* anser_make_cuda_graph() {
  return new anser::train::CudaGraph;
}
