// Times cases and probes side by side: round after round in a new order, one sample of each a round, so that
// a machine that slows down slows all of them; medians over the rounds.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/bench/cases.h"
#include "experiments/bench/probes.h"

namespace anser::bench {

struct Statistic {
  double median = 0;
  double spread = 0;  // half the distance between the quartiles, as a part of the median
};

struct CaseResult {
  Case c;
  Work work;
  Statistic ns_per_token_head;
  double gflops = 0;
  /// Parts of the probes' rates, of medians; none for memory where the arrays fit into the largest cache. The
  /// largest says how near the case is to its roof.
  std::map<Roof, double> shares{};
  Roof bound = Roof::multiply_add;
};

struct Report {
  std::string target;  // instruction set
  int threads = 1;
  std::int64_t rounds = 0;
  std::map<Roof, Statistic> probes{};  // FLOP/s, byte/s
  std::vector<CaseResult> cases{};
};

struct MeasureOptions {
  double seconds = 10;  // altogether; at least five rounds are run
  int threads = 1;
  bool progress = true;  // on stderr
};

/// Throws std::bad_alloc where the machine has no room for the arrays.
Report measure(const std::vector<Case>& cases, const MeasureOptions& options);

}  // namespace anser::bench
