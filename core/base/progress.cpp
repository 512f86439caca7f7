#include "core/base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace anser {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string bar(double fraction) {
  constexpr int kWidth = 24;
  const int filled = std::clamp(static_cast<int>(fraction * kWidth), 0, kWidth);
  return "[" + std::string(filled, '#') + std::string(kWidth - filled, '.') + "]";
}

}  // namespace

std::string print_duration(double seconds) {
  const auto s = static_cast<std::int64_t>(std::max(0.0, seconds) + 0.5);
  if (s >= 3600) return fmt::format("{} h {:02} min", s / 3600, s % 3600 / 60);
  if (s >= 60) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} s", s);
}

Progress::Progress(std::string label, std::int64_t total, std::string unit, bool enabled)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      enabled_(enabled),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      shown_(start_) {}

Progress::~Progress() {
  if (done_ > 0) finish();  // work that failed at once leaves no bar behind
}

void Progress::add(std::int64_t units, std::string_view note) {
  const std::scoped_lock lock(mutex_);
  done_ += units;
  if (!note.empty()) note_ = note;
  if (seconds_since(shown_) >= (terminal_ ? 0.1 : 10.0)) show(false);
}

void Progress::skip(std::int64_t units) {
  const std::scoped_lock lock(mutex_);
  done_ += units;
  skipped_ += units;
}

void Progress::say(std::string_view line) {
  const std::scoped_lock lock(mutex_);
  if (!enabled_) return;
  fmt::print(stderr, "{}{}\n", terminal_ ? "\r\033[K" : "", line);
  if (terminal_) show(false);
}

void Progress::finish() {
  const std::scoped_lock lock(mutex_);
  if (finished_) return;
  finished_ = true;
  show(true);
}

void Progress::show(bool last) {
  shown_ = Clock::now();
  if (!enabled_) return;
  const double elapsed = seconds_since(start_);
  const double rate = elapsed > 0 ? static_cast<double>(done_ - skipped_) / elapsed : 0;
  const double fraction = total_ > 0 ? static_cast<double>(done_) / static_cast<double>(total_) : 0;
  const std::string left = last       ? "in " + print_duration(elapsed)
                           : rate > 0 ? print_duration(static_cast<double>(total_ - done_) / rate) + " left"
                                      : "time left unknown";
  fmt::print(stderr, "{}{} {} {}/{} {} ({:.3g}/s, {}) {}{}", terminal_ ? "\r\033[K" : "", label_,
             bar(fraction), done_, total_, unit_, rate, left, note_, terminal_ && !last ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace anser
