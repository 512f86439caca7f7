// Distinct bit patterns, numbered by first appearance.
//
// BitStore keeps patterns of one width. StateStore keeps WKV states [H, N, N] in three levels (rows of N
// numbers, heads of N row numbers, states of H head numbers), because the states of a construction repeat few
// rows: half a million states of S5 fit in memory. +0 and -0 differ, so do NaNs of different bits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace anser::construct {

class BitStore {
 public:
  explicit BitStore(std::size_t width) : width_(width), slots_(64, kEmpty) {}

  /// Number of the pattern, new or known. O(width) on average.
  std::uint32_t insert(std::span<const std::uint32_t> pattern);
  std::span<const std::uint32_t> at(std::uint32_t number) const {
    return {patterns_.data() + std::size_t(number) * width_, width_};
  }
  std::size_t size() const { return count_; }

 private:
  static constexpr std::uint32_t kEmpty = 0xffffffffu;
  std::size_t find_slot(std::span<const std::uint32_t> pattern) const;
  void grow();

  std::size_t width_;
  std::size_t count_ = 0;
  std::vector<std::uint32_t> patterns_;  // [count * width]
  std::vector<std::uint32_t> slots_;     // open addressing, a power of two
};

class StateStore {
 public:
  StateStore(std::int64_t heads, std::int64_t size)
      : heads_count_(static_cast<std::size_t>(heads)),
        n_(static_cast<std::size_t>(size)),
        rows_(n_),
        heads_(n_),
        states_(heads_count_) {}

  /// wkv: H N N numbers.
  std::uint32_t insert(const float* wkv);
  void load(std::uint32_t number, float* wkv) const;
  std::size_t size() const { return states_.size(); }

 private:
  std::size_t heads_count_, n_;
  BitStore rows_, heads_, states_;
};

}  // namespace anser::construct
