// What a kernel answers. The kernels room includes neither core nor LibTorch, so it does not throw: it
// returns a Status that core turns into an InputError, and it takes its threads from an Executor that core
// fills in.
#pragma once

#include <cstdint>

namespace anser::kernels {

enum class StatusCode : std::uint8_t {
  ok,
  bad_argument,  // the caller's mistake: `argument`, `value` and `wanted` say which
  not_built,     // the backend is not part of this build
  device_error,  // the device refused; `value` is its error code
};

/// Result of a kernel call. The strings are literals: a Status never allocates.
struct [[nodiscard]] Status {
  StatusCode code = StatusCode::ok;
  const char* function = "";
  const char* argument = "";
  std::int64_t value = 0;
  const char* wanted = "";

  bool ok() const { return code == StatusCode::ok; }
};

/// Status for a mistaken argument: `function: argument is value, wanted ...`.
Status bad_argument(const char* function, const char* argument, std::int64_t value, const char* wanted);

/// Runs task(0..n-1, arg) in any order, perhaps on several threads, and returns when all are done.
/// A default Executor runs them in order on the calling thread.
struct Executor {
  void* self = nullptr;
  void (*run)(void* self, int n, void (*task)(void* arg, int index), void* arg) = nullptr;

  void operator()(int n, void (*task)(void* arg, int index), void* arg) const {
    if (run != nullptr) return run(self, n, task, arg);
    for (int i = 0; i < n; ++i) task(arg, i);
  }
};

}  // namespace anser::kernels
