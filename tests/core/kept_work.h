// A graph without a device: it keeps the recorded work and runs it again.
#pragma once

#include <functional>

#include "core/train/device_graph.h"

namespace anser::tests {

/// Like a device's graph: what is captured runs at replays alone.
class KeptWork : public train::DeviceGraph {
 public:
  void warm_up(const std::function<void()>& work) override {
    ++warm_ups;
    work();
  }
  void capture(const std::function<void()>& work) override {
    ++captures;
    kept_ = work;
  }
  void replay() override {
    ++replays;
    kept_();
  }
  int warm_ups = 0, captures = 0, replays = 0;

 private:
  std::function<void()> kept_;
};

}  // namespace anser::tests
