#include "analysis/construct/bit_store.h"

#include <algorithm>
#include <cstring>

namespace anser::construct {
namespace {

std::uint64_t hash_of(std::span<const std::uint32_t> pattern) {
  std::uint64_t hash = 0x9e3779b97f4a7c15u;
  for (const std::uint32_t word : pattern) {
    hash = (hash ^ word) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace

std::size_t BitStore::find_slot(std::span<const std::uint32_t> pattern) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_of(pattern) & mask;
  while (slots_[slot] != kEmpty && !std::ranges::equal(at(slots_[slot]), pattern)) slot = (slot + 1) & mask;
  return slot;
}

void BitStore::grow() {
  slots_.assign(slots_.size() * 2, kEmpty);
  for (std::uint32_t number = 0; number < count_; ++number) slots_[find_slot(at(number))] = number;
}

std::uint32_t BitStore::insert(std::span<const std::uint32_t> pattern) {
  std::size_t slot = find_slot(pattern);
  if (slots_[slot] != kEmpty) return slots_[slot];
  if (2 * (count_ + 1) > slots_.size()) {
    grow();
    slot = find_slot(pattern);
  }
  slots_[slot] = static_cast<std::uint32_t>(count_++);
  patterns_.insert(patterns_.end(), pattern.begin(), pattern.end());
  return slots_[slot];
}

std::uint32_t StateStore::insert(const float* wkv) {
  std::vector<std::uint32_t> bits(n_), head(n_), state(heads_count_);
  for (std::size_t h = 0; h < heads_count_; ++h) {
    for (std::size_t i = 0; i < n_; ++i, wkv += n_) {
      std::memcpy(bits.data(), wkv, n_ * sizeof(float));
      head[i] = rows_.insert(bits);
    }
    state[h] = heads_.insert(head);
  }
  return states_.insert(state);
}

void StateStore::load(std::uint32_t number, float* wkv) const {
  for (const std::uint32_t head : states_.at(number))
    for (const std::uint32_t row : heads_.at(head)) {
      std::memcpy(wkv, rows_.at(row).data(), n_ * sizeof(float));
      wkv += n_;
    }
}

}  // namespace anser::construct
