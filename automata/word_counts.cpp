#include "automata/word_counts.h"

#include <cmath>

#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr const char* kWhere = "automata::WordCounts";

BigInteger from_limbs(std::span<const std::uint64_t> limbs) {
  BigInteger value;
  boost::multiprecision::import_bits(value, limbs.begin(), limbs.end(), 64, false);
  return value;
}

/// Limbs that hold numbers up to k^length.
std::size_t width_at(std::int64_t length, double bits_per_letter) {
  // One bit for k^length itself, and the rounding of the logarithm: below one bit up to 2^40 letters.
  return static_cast<std::size_t>((static_cast<double>(length) * bits_per_letter + 2) / 64) + 1;
}

BigInteger power(Letter base, std::int64_t exponent) {
  return boost::multiprecision::pow(BigInteger(base), static_cast<unsigned>(exponent));
}

}  // namespace

void add_limbs(std::span<std::uint64_t> to, std::span<const std::uint64_t> from) {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < to.size() && (i < from.size() || carry != 0); ++i) {
    const std::uint64_t limb = i < from.size() ? from[i] : 0;
    const std::uint64_t sum = to[i] + limb;
    const std::uint64_t total = sum + carry;
    carry = (sum < limb ? 1 : 0) + (total < sum ? 1 : 0);
    to[i] = total;
  }
}

Dfa side_of(Dfa dfa, Side side) {
  if (side == Side::rejected)
    for (auto& bit : dfa.accept) bit = bit == 0 ? 1 : 0;
  return dfa;
}

WordCounts::WordCounts(const Dfa& dfa, std::int64_t max_length, std::int64_t max_bytes)
    : num_states_(dfa.num_states), num_letters_(dfa.num_letters), start_(dfa.start), max_length_(max_length) {
  check(dfa);
  constexpr std::int64_t kLongest = 1'000'000'000;
  require(max_length >= 0 && max_length <= kLongest, kWhere, "max_length is {}, wanted 0..{}", max_length,
          kLongest);
  const double bits = std::log2(static_cast<double>(num_letters_));
  const double mean_width = static_cast<double>(max_length) * bits / 128 + 1;
  const double bytes = (8 * mean_width * num_states_ + sizeof(Layer)) * static_cast<double>(max_length + 1);
  require(bytes <= static_cast<double>(max_bytes), kWhere,
          "numbers of words of lengths 0..{} for {} states and {} letters need {:.0f} bytes, at most {}",
          max_length, num_states_, num_letters_, bytes, max_bytes);
  std::size_t total = 0;
  for (std::int64_t length = 0; length <= max_length; ++length) {
    layers_.push_back({.offset = total, .width = width_at(length, bits)});
    total += layers_.back().width * static_cast<std::size_t>(num_states_);
  }
  limbs_.assign(total, 0);
  for (State q = 0; q < num_states_; ++q)
    limbs_[static_cast<std::size_t>(q)] = dfa.accept[static_cast<std::size_t>(q)];
  for (std::int64_t length = 1; length <= max_length; ++length) {
    const Layer& layer = layers_[static_cast<std::size_t>(length)];
    for (State q = 0; q < num_states_; ++q) {
      const std::span<std::uint64_t> sum(
          limbs_.data() + layer.offset + static_cast<std::size_t>(q) * layer.width, layer.width);
      for (Letter s = 0; s < num_letters_; ++s) add_limbs(sum, limbs(dfa.step(q, s), length - 1));
    }
  }
}

void WordCounts::check_length(std::int64_t length) const {
  require(length >= 0 && length <= max_length_, kWhere, "length is {}, wanted 0..{}", length, max_length_);
}

BigInteger WordCounts::accepted(std::int64_t length) const {
  return accepted_from(start_, length);
}

BigInteger WordCounts::accepted_from(State q, std::int64_t length) const {
  check_length(length);
  require(q >= 0 && q < num_states_, kWhere, "state is {}, wanted 0..{}", q, num_states_ - 1);
  return from_limbs(limbs(q, length));
}

BigInteger WordCounts::rejected(std::int64_t length) const {
  const BigInteger count = accepted(length);
  return power(num_letters_, length) - count;
}

double WordCounts::density(std::int64_t length) const {
  const BigInteger count = accepted(length);
  if (count == 0) return 0;
  const BigInteger all = power(num_letters_, length);
  // A quotient of 62 to 64 bits: integer division and rounding to double lose at most 2^-61 + 2^-53 of it.
  const auto shift = 63 + static_cast<std::int64_t>(msb(all)) - static_cast<std::int64_t>(msb(count));
  const BigInteger quotient = (count << static_cast<unsigned>(shift)) / all;
  return std::ldexp(quotient.convert_to<double>(), -static_cast<int>(shift));
}

std::vector<std::int64_t> WordCounts::lengths(Side side) const {
  std::vector<std::int64_t> result;
  for (std::int64_t length = 0; length <= max_length_; ++length)
    if (side == Side::accepted ? accepted(length) != 0 : rejected(length) != 0) result.push_back(length);
  return result;
}

}  // namespace anser::automata
