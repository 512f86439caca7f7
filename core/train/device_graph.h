// Work on a device that is recorded once and replayed: a CUDA graph behind an interface without CUDA headers.
//
// LibTorch's graphs and their memory belong to libtorch_cuda, which no program links (cmake/torch.cmake).
// What uses them is a module of its own, libanser_cuda_graph.so (core/train/cuda_graph.cpp): it is loaded
// beside the program after libtorch_cuda, where it finds the symbols that it wants.
#pragma once

#include <functional>
#include <memory>

namespace anser::train {

class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;

  /// Runs `work` on the graph's own stream, unrecorded, and waits for it.
  virtual void warm_up(const std::function<void()>& work) = 0;

  /// Records what `work` puts on the graph's stream, without running it. Its memory, temporaries included,
  /// stays the graph's. What was recorded before is dropped.
  virtual void capture(const std::function<void()>& work) = 0;

  /// Runs what was recorded on the current stream, and waits for nothing.
  virtual void replay() = 0;
};

/// An empty graph of the current CUDA device, after ops::require_cuda. InputError naming the module where it
/// is missing or belongs to another LibTorch.
std::shared_ptr<DeviceGraph> make_cuda_graph();

}  // namespace anser::train
