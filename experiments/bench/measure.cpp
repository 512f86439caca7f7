#include "experiments/bench/measure.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>

#include "core/base/progress.h"
#include "core/base/rng.h"
#include "experiments/bench/problem.h"
#include "kernels/wkv7.h"

namespace anser::bench {
namespace {

constexpr double kSampleSeconds = 0.001;  // less than a system's time slice
constexpr std::int64_t kFewestRounds = 5;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <typename F>
double seconds_of(F run) {
  const auto start = Clock::now();
  run();
  return seconds_since(start);
}

/// The number at `part` of the sorted list.
double quantile(std::vector<double> x, double part) {
  const auto at = x.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(x.size() - 1) + 0.5);
  std::nth_element(x.begin(), at, x.end());
  return *at;
}

Statistic statistic(const std::vector<double>& x) {
  const double median = quantile(x, .5);
  return {median, (quantile(x, .75) - quantile(x, .25)) / 2 / median};
}

/// A case and the seconds of one call in each round.
class CaseTimer {
 public:
  CaseTimer(const Case& c, Workers& workers)
      : c_(c), problem_(make_problem(c, workers.count())), workers_(workers) {
    call();
    const double one = seconds_of([&] { call(); });
    calls_ = std::max(1, static_cast<int>(kSampleSeconds / one));
  }

  void sample() {
    call();  // what another case left in the caches is not this one's time
    seconds_.push_back(seconds_of([&] {
                         for (int i = 0; i < calls_; ++i) call();
                       }) /
                       calls_);
  }

  CaseResult result(const std::map<Roof, Statistic>& probes) const {
    const Work work = work_of(c_);
    CaseResult result{.c = c_, .work = work, .ns_per_token_head = statistic(seconds_)};
    const double seconds = result.ns_per_token_head.median / static_cast<double>(c_.token_heads());
    result.ns_per_token_head.median = seconds * 1e9;
    result.gflops = work.flops / seconds * 1e-9;
    const auto share = [&](Roof roof, double amount) {
      result.shares[roof] = amount / seconds / probes.at(roof).median;
      if (result.shares[roof] > result.shares[result.bound]) result.bound = roof;
    };
    share(Roof::multiply_add, work.flops);
    share(Roof::l1, work.state_bytes);
    if (working_set(c_) > static_cast<double>(largest_cache())) share(Roof::memory, work.array_bytes);
    return result;
  }

 private:
  void call() { problem_->run(workers_.count(), workers_.executor()); }

  Case c_;
  std::unique_ptr<Problem> problem_;
  Workers& workers_;
  int calls_ = 1;
  std::vector<double> seconds_;
};

/// All timers and the probes' rates of each round.
struct Session {
  Workers workers;
  Probes probes{workers};
  std::vector<CaseTimer> timers{};
  std::map<Roof, std::vector<double>> rates{};
  Rng order = Rng(0).split("bench order");

  explicit Session(int threads) : workers(threads) {}

  /// One sample of everything, in an order of its own.
  void run_round() {
    std::vector<std::size_t> entries(timers.size() + std::size(kRoofs));
    std::iota(entries.begin(), entries.end(), 0);
    order.shuffle(std::span<std::size_t>(entries));
    for (const std::size_t entry : entries) {
      if (entry < timers.size())
        timers[entry].sample();
      else
        rates[kRoofs[entry - timers.size()]].push_back(probes.rate(kRoofs[entry - timers.size()]));
    }
  }
};

}  // namespace

Report measure(const std::vector<Case>& cases, const MeasureOptions& options) {
  const auto start = Clock::now();
  Session session(options.threads);
  for (const Case& c : cases) session.timers.emplace_back(c, session.workers);
  for (const Roof roof : kRoofs) session.probes.rate(roof);
  Progress progress("bench", static_cast<std::int64_t>(options.seconds), "s", options.progress);
  std::int64_t rounds = 0;
  for (std::int64_t told = 0; rounds < kFewestRounds || seconds_since(start) < options.seconds; ++rounds) {
    session.run_round();
    const auto passed = static_cast<std::int64_t>(std::min(seconds_since(start), options.seconds));
    progress.add(passed - told);
    told = passed;
  }
  progress.finish();

  Report report{.target = kernels::cpu::wkv7_target(), .threads = options.threads, .rounds = rounds};
  for (const auto& [roof, rates] : session.rates) report.probes[roof] = statistic(rates);
  for (const CaseTimer& timer : session.timers) report.cases.push_back(timer.result(report.probes));
  return report;
}

}  // namespace anser::bench
