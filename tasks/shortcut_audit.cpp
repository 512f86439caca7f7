#include "tasks/shortcut_audit.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/wilson.h"
#include "tasks/exact_audit.h"
#include "tasks/sampled_audit.h"

namespace anser::tasks {
namespace {

constexpr double kMargin = 0.02;  // above chance

void check(const Task& task, const AuditOptions& options) {
  constexpr std::string_view kWhere = "tasks::audit_shortcuts";
  require(!options.lengths.empty(), kWhere, "lengths must be one or more numbers from 1, got none");
  for (const LengthLaw& law : options.lengths) {
    require(law.lo >= 0 && law.lo <= law.hi && law.hi >= 1, kWhere, "lengths must be numbers from 1, got {}",
            print_length_law(law));
    require(task.facts().lengths.at_least(law.lo) <= law.hi, kWhere,
            "{} has no words of length {}; its lengths: {}", task.facts().id, print_length_law(law),
            task.facts().lengths.title());
  }
  require(options.samples >= 1, kWhere, "samples must be at least 1, got {}", options.samples);
}

/// In the order of the lengths asked; exact ones share one pass.
std::vector<Shortcut> all_shortcuts(const Task& task, const AuditOptions& options) {
  std::vector<int> exact_lengths;
  for (const LengthLaw& law : options.lengths)
    if (task.uniform_letters() && law.lo == law.hi) exact_lengths.push_back(law.lo);
  std::vector<Shortcut> exact;
  if (!exact_lengths.empty()) exact = exact_shortcuts(task, exact_lengths, options);
  std::vector<Shortcut> result;
  for (const LengthLaw& law : options.lengths) {
    if (task.uniform_letters() && law.lo == law.hi) {
      std::copy_if(exact.begin(), exact.end(), std::back_inserter(result),
                   [&](const Shortcut& s) { return s.length == law; });
      result.push_back(sampled_bag(task, law, options));
    } else {
      const auto sampled = sampled_shortcuts(task, law, options);
      result.insert(result.end(), sampled.begin(), sampled.end());
    }
  }
  return result;
}

/// "leaky: sign 50.0 % at length 32, ..."
std::string make_verdict(const ShortcutAudit& audit) {
  if (!audit.leaky) return "no shortcut above chance + 2 %";
  std::string text = "leaky:";
  for (const Shortcut& s : audit.shortcuts)
    if (s.leaky)
      text += fmt::format("{} {} {:.1f} % at length {}", text.back() == ':' ? "" : ",", s.name,
                          100 * s.accuracy, print_length_law(s.length));
  return text;
}

}  // namespace

Shortcut estimated_shortcut(std::string name, LengthLaw length, double accuracy, std::int64_t words) {
  const auto successes = std::llround(std::clamp(accuracy, 0.0, 1.0) * static_cast<double>(words));
  const Interval interval = wilson_interval(successes, words);
  return {.name = std::move(name),
          .length = length,
          .accuracy = accuracy,
          .low = interval.low,
          .high = interval.high,
          .exact = false};
}

ShortcutAudit audit_shortcuts(const Task& task, const AuditOptions& options) {
  check(task, options);
  ShortcutAudit audit;
  audit.chance = task.facts().chance;
  audit.shortcuts = all_shortcuts(task, options);
  for (Shortcut& s : audit.shortcuts) {
    s.leaky = s.low > audit.chance + kMargin;
    audit.leaky = audit.leaky || s.leaky;
    if (s.length == options.lengths.back() && s.accuracy > audit.best.accuracy) audit.best = s;
  }
  audit.verdict = make_verdict(audit);
  return audit;
}

}  // namespace anser::tasks
