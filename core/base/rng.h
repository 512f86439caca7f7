// Randomness as a value with a name: Philox4x32-10 (Salmon et al. 2011, through Random123).
//
// A stream is determined by its key (seed and labels) alone, never by what was drawn before from another
// stream:
//     Rng table = rng.split("table");   Rng accept = rng.split("accept");   // the same whatever `table`
//     draws
// Copying a stream copies its position. Same key, same numbers, on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace anser {

class Rng {
 public:
  explicit Rng(std::uint64_t seed) : key_(seed) {}

  /// Child stream named by a label, or by a number (sample index, step): depends on this stream's key and the
  /// name.
  [[nodiscard]] Rng split(std::string_view label) const;
  [[nodiscard]] Rng split(std::uint64_t index) const;

  std::uint32_t next_u32();
  std::uint64_t next_u64();

  /// Uniform integer in 0..n-1, n >= 1, without bias (rejection).
  std::uint32_t below(std::uint32_t n);
  /// The same numbers as so many calls of below(n), n in 1..2^31, several times faster.
  void below(std::uint32_t n, std::span<std::int32_t> out);
  /// Uniform in [0, 1) with 53 bits.
  double uniform();
  /// Standard normal (Box-Muller on two fresh uniforms; no number is kept for the next call).
  double normal();

  /// Fisher-Yates.
  template <typename T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[below(static_cast<std::uint32_t>(i))]);
  }

  /// Key and number of 32-bit words drawn: enough to resume the stream bit for bit.
  std::uint64_t key() const { return key_; }
  std::uint64_t position() const { return position_; }
  void seek(std::uint64_t position) { position_ = position; }

 private:
  std::uint64_t key_;
  std::uint64_t position_ = 0;
  std::uint64_t cached_block_ = ~std::uint64_t{0};
  std::array<std::uint32_t, 4> block_{};
};

}  // namespace anser
