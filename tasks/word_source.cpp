#include "tasks/word_source.h"

#include <bit>

namespace anser::tasks {

bool WordSource::has_length(automata::Side side, std::size_t length) const {
  return sampler(side, length).has_length(static_cast<std::int64_t>(length));
}

void WordSource::sample(automata::Side side, Rng& rng, std::span<std::int32_t> word) const {
  sampler(side, word.size()).sample(rng, word);
}

const automata::WordSampler& WordSource::sampler(automata::Side side, std::size_t length) const {
  const auto slot = static_cast<std::size_t>(std::bit_width(length / 64));
  const std::lock_guard lock(mutex_);
  auto& made = made_[side == automata::Side::accepted ? 0 : 1][slot];
  if (!made) made = std::make_unique<automata::WordSampler>(dfa_, (std::int64_t{64} << slot) - 1, side);
  return *made;
}

}  // namespace anser::tasks
