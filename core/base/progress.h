// Progress of long work on stderr: a bar with rate and time left on a terminal, a plain line every ten
// seconds elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace anser {

/// "1 h 02 min", "3 min 20 s", "12 s".
std::string print_duration(double seconds);

/// Counts units of work (steps, tokens) towards a total. Thread-safe: runs side by side share one.
class Progress {
 public:
  /// `unit` is what is counted ("steps"). A total of 0 shows no bar. Silent when `enabled` is false.
  Progress(std::string label, std::int64_t total, std::string unit, bool enabled = true);
  /// Ends the bar, if there was any progress to show.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Adds finished units; `note` (last loss, run name) is shown behind the rate.
  void add(std::int64_t units, std::string_view note = {});
  /// Units that were finished before (resumed work): they count as done but not for the rate.
  void skip(std::int64_t units);
  /// Prints a line above the bar.
  void say(std::string_view line);
  /// Ends the bar with a last line.
  void finish();

 private:
  void show(bool last);

  std::mutex mutex_;
  std::string label_, unit_, note_;
  std::int64_t total_, done_ = 0, skipped_ = 0;
  bool enabled_, terminal_, finished_ = false;
  std::chrono::steady_clock::time_point start_, shown_;
};

}  // namespace anser
