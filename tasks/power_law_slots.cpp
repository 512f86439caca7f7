#include "tasks/power_law_slots.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace anser::tasks {
namespace {

constexpr std::int64_t kTable = 4096;  // slots whose sums are kept

/// Index of the entry that x falls into, x uniform in [0, last sum).
std::size_t find(std::span<const double> cumulative, double x) {
  const auto place = std::upper_bound(cumulative.begin(), cumulative.end(), x);
  return static_cast<std::size_t>(std::min(place, cumulative.end() - 1) - cumulative.begin());
}

}  // namespace

PowerLawSlots::PowerLawSlots(double a) : a_(a) {
  double sum = 0;
  for (std::int64_t g = 0; g < kTable; ++g) cumulative_.push_back(sum += weight(g));
}

double PowerLawSlots::weight(std::int64_t slot) const {
  return std::pow(static_cast<double>(slot + 1), a_ - 1);
}

void PowerLawSlots::draw(Rng& rng, std::int64_t slots, std::span<std::int32_t> out) const {
  ANSER_ASSERT(out.size() <= static_cast<std::size_t>(slots));
  std::vector<std::int32_t> left;  // slots of the table in use; empty while those are 0..slots-1
  std::vector<double> own;         // its sums, where they are not the kept ones
  std::vector<std::uint8_t> taken(static_cast<std::size_t>(slots), 0);
  const auto rebuild = [&] {
    left.clear();
    own.clear();
    double sum = 0;
    for (std::int64_t g = 0; g < slots; ++g)
      if (!taken[static_cast<std::size_t>(g)]) {
        left.push_back(static_cast<std::int32_t>(g));
        own.push_back(sum += weight(g));
      }
  };
  if (slots > kTable) rebuild();
  double taken_weight = 0;
  for (std::size_t i = 0; i < out.size();) {
    const std::span<const double> sums = own.empty()
                                             ? std::span(cumulative_).first(static_cast<std::size_t>(slots))
                                             : std::span<const double>(own);
    const std::size_t entry = find(sums, rng.uniform() * sums.back());
    const auto slot = left.empty() ? static_cast<std::int32_t>(entry) : left[entry];
    if (taken[static_cast<std::size_t>(slot)]) continue;
    taken[static_cast<std::size_t>(slot)] = 1;
    out[i++] = slot;
    taken_weight += weight(slot);
    if (2 * taken_weight > sums.back() && i < out.size()) {
      rebuild();
      taken_weight = 0;
    }
  }
}

}  // namespace anser::tasks
