#include "core/base/rng.h"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>

#include "core/base/error.h"

namespace anser {
namespace {

std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter, std::uint64_t domain) {
  const r123::Philox4x32::ctr_type c{
      {static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32),
       static_cast<std::uint32_t>(domain), static_cast<std::uint32_t>(domain >> 32)}};
  const r123::Philox4x32::key_type k{
      {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}};
  const auto out = r123::Philox4x32{}(c, k);
  return {out[0], out[1], out[2], out[3]};
}

constexpr std::uint64_t kDraw = 0, kSplitLabel = 1, kSplitIndex = 2;

std::uint64_t low64(const std::array<std::uint32_t, 4>& block) {
  return block[0] | (static_cast<std::uint64_t>(block[1]) << 32);
}

}  // namespace

Rng Rng::split(std::string_view label) const {
  std::uint64_t key = low64(philox(key_, label.size(), kSplitLabel));
  for (std::size_t i = 0; i < label.size(); i += 8) {
    std::uint64_t word = 0;
    for (std::size_t j = i; j < label.size() && j < i + 8; ++j)
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(label[j])) << (8 * (j - i));
    key = low64(philox(key, word, kSplitLabel));
  }
  return Rng(key);
}

Rng Rng::split(std::uint64_t index) const {
  return Rng(low64(philox(key_, index, kSplitIndex)));
}

std::uint32_t Rng::next_u32() {
  const std::uint64_t block = position_ / 4;
  if (block != cached_block_) {
    block_ = philox(key_, block, kDraw);
    cached_block_ = block;
  }
  return block_[position_++ % 4];
}

std::uint64_t Rng::next_u64() {
  const std::uint64_t low = next_u32();
  return low | (static_cast<std::uint64_t>(next_u32()) << 32);
}

std::uint32_t Rng::below(std::uint32_t n) {
  require(n >= 1, "Rng::below", "n must be at least 1, got {}", n);
  // Lemire 2019: the high word of x * n is uniform once low words under 2^32 mod n are refused.
  const std::uint32_t threshold = (0U - n) % n;
  for (;;) {
    const std::uint64_t product = static_cast<std::uint64_t>(next_u32()) * n;
    if (static_cast<std::uint32_t>(product) >= threshold) return static_cast<std::uint32_t>(product >> 32);
  }
}

void Rng::below(std::uint32_t n, std::span<std::int32_t> out) {
  require(n >= 1 && n <= (1U << 31), "Rng::below", "n must be in 1..2^31, got {}", n);
  const std::uint32_t threshold = (0U - n) % n;
  std::size_t filled = 0;
  const auto take = [&](std::uint32_t word) {
    const std::uint64_t product = static_cast<std::uint64_t>(word) * n;
    if (static_cast<std::uint32_t>(product) >= threshold)
      out[filled++] = static_cast<std::int32_t>(product >> 32);
  };
  while (filled < out.size() && position_ % 4 != 0) take(next_u32());
  while (filled + 4 <= out.size()) {
    for (const std::uint32_t word : philox(key_, position_ / 4, kDraw)) take(word);
    position_ += 4;
  }
  while (filled < out.size()) take(next_u32());
}

double Rng::uniform() {
  return static_cast<double>(next_u64() >> 11) * 0x1p-53;
}

double Rng::normal() {
  const double radius = std::sqrt(-2.0 * std::log1p(-uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace anser
