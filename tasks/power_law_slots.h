// Slots that grow rarer with distance: n of them are drawn without replacement, slot g = 0, 1, .. with
// p(g) ~ (g + 1)^(a - 1) among those that are left. a = 1 is uniform.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/rng.h"

namespace anser::tasks {

class PowerLawSlots {
 public:
  explicit PowerLawSlots(double a);

  /// Fills `out` with different slots of 0..slots-1, in the order drawn; out.size() <= slots. Expected
  /// O((n + slots) log slots) and less than 2 n draws: the table is made anew whenever the slots drawn hold
  /// more than half of its weight.
  void draw(Rng& rng, std::int64_t slots, std::span<std::int32_t> out) const;

 private:
  double weight(std::int64_t slot) const;

  double a_;
  std::vector<double> cumulative_;  // of the first slots: weight(0) + .. + weight(g)
};

}  // namespace anser::tasks
