// Two kinds of failure. InputError: the user can cause it; one sentence that names the function, the value
// seen and what is wanted; the program exits with 2. ANSER_ASSERT: our own promise broken; on in every build;
// exits with 70.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace anser {

/// Exit codes of the program.
enum ExitCode : int { kExitDone = 0, kExitVerdictFalse = 1, kExitUserError = 2, kExitBug = 70 };

/// A mistake that the user can cause and mend.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A broken promise of anser itself.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws InputError "where: message" with the message formatted by fmt.
template <typename... Args>
[[noreturn]] void fail(std::string_view where, fmt::format_string<Args...> format, Args&&... args) {
  throw InputError(fmt::format("{}: {}", where, fmt::format(format, std::forward<Args>(args)...)));
}

/// Throws InputError unless `condition` holds.
template <typename... Args>
void require(bool condition, std::string_view where, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) fail(where, format, std::forward<Args>(args)...);
}

/// Throws InternalError naming file, line and condition.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace anser

#define ANSER_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::anser::assertion_failed(#condition, __FILE__, __LINE__))
