// Rows of a device's benchmark.
#pragma once

#include <benchmark/benchmark.h>

#include <exception>
#include <string>

namespace anser::benchmarks {

inline constexpr int kRepetitions = 9;

/// A row that times itself (SetIterationTime), kRepetitions times. One that fails says why and is skipped.
template <typename Function>
void add_device_row(const std::string& name, Function run) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [run](benchmark::State& state) {
                                 try {
                                   run(state);
                                 } catch (const std::exception& failure) {
                                   state.SkipWithError(failure.what());
                                 }
                               })
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond)
      ->Iterations(1)
      ->Repetitions(kRepetitions)
      ->ReportAggregatesOnly();
}

}  // namespace anser::benchmarks
