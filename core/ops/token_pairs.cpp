#include "core/ops/token_pairs.h"

namespace anser::ops {

std::optional<TokenPairs> distinct_pairs(const at::Tensor& ids, std::int64_t vocabulary) {
  const std::int64_t tokens = ids.numel();
  if (vocabulary * (vocabulary + 1) > 4 * tokens) return std::nullopt;
  const auto* id = ids.const_data_ptr<std::int64_t>();
  TokenPairs pairs{.batch = ids.size(0), .time = ids.size(1), .vocabulary = vocabulary};
  pairs.place.resize(static_cast<std::size_t>(tokens));
  std::vector<std::int64_t> place_of(static_cast<std::size_t>(vocabulary * (vocabulary + 1)), -1);
  for (std::int64_t i = 0; i < tokens; ++i) {
    const std::int64_t before = i % pairs.time == 0 ? vocabulary : id[i - 1];
    std::int64_t& place = place_of[static_cast<std::size_t>(before * vocabulary + id[i])];
    if (place < 0) {
      if (2 * (pairs.count() + 1) > tokens) return std::nullopt;
      place = pairs.count();
      pairs.previous.push_back(before);
      pairs.current.push_back(id[i]);
    }
    pairs.place[static_cast<std::size_t>(i)] = place;
  }
  return pairs;
}

}  // namespace anser::ops
