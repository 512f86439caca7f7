// Time of work on a CUDA device: by events around replays of a captured graph.
#pragma once

#include "tests/support/device_array.h"

namespace anser::kernels::cuda {

/// What `record()` puts on cudaStreamPerThread, as a graph.
class CapturedWork {
 public:
  template <typename Record>
  explicit CapturedWork(Record record) {
    tests::expect_cuda(cudaStreamBeginCapture(cudaStreamPerThread, cudaStreamCaptureModeThreadLocal));
    record();
    tests::expect_cuda(cudaStreamEndCapture(cudaStreamPerThread, &graph_));
    tests::expect_cuda(cudaGraphInstantiate(&program_, graph_, 0));
    tests::expect_cuda(cudaEventCreate(&begin_));
    tests::expect_cuda(cudaEventCreate(&end_));
  }
  ~CapturedWork() {
    cudaEventDestroy(end_), cudaEventDestroy(begin_);
    cudaGraphExecDestroy(program_), cudaGraphDestroy(graph_);
  }
  CapturedWork(const CapturedWork&) = delete;
  CapturedWork& operator=(const CapturedWork&) = delete;

  /// Seconds of one replay: the mean of `replays` in a row, after a tenth of them untimed.
  double seconds(int replays = 100) {
    for (int replay = 0; replay < replays / 10; ++replay) launch();
    tests::expect_cuda(cudaEventRecord(begin_, cudaStreamPerThread));
    for (int replay = 0; replay < replays; ++replay) launch();
    tests::expect_cuda(cudaEventRecord(end_, cudaStreamPerThread));
    tests::expect_cuda(cudaEventSynchronize(end_));
    float milliseconds = 0;
    tests::expect_cuda(cudaEventElapsedTime(&milliseconds, begin_, end_));
    return milliseconds / 1e3 / replays;
  }

 private:
  void launch() { tests::expect_cuda(cudaGraphLaunch(program_, cudaStreamPerThread)); }

  cudaGraph_t graph_ = nullptr;
  cudaGraphExec_t program_ = nullptr;
  cudaEvent_t begin_ = nullptr, end_ = nullptr;
};

}  // namespace anser::kernels::cuda
