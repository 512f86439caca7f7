// How many words of each length a language has, exactly.
//
//     c_0(q) = 1 where q accepts, else 0        c_l(q) = sum over letters s of c_{l-1}(delta(q, s))
//
// c_l(q) is the number of words of length l that lead from q to acceptance; c_l(start) counts the language,
// and k^l - c_l the words outside it. Kept for every state and length, since sampling needs them all
// (automata/word_sampler.h). docs/math/words.md 1.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "automata/big_integer.h"
#include "automata/dfa.h"

namespace anser::automata {

/// The words that a Dfa accepts, or those that it rejects.
enum class Side : std::uint8_t { accepted, rejected };

/// The same automaton with the accept bits of the side asked.
[[nodiscard]] Dfa side_of(Dfa dfa, Side side);

/// to += from, in limbs of 64 bits, lowest first. `to` has at least as many as `from` and room for the sum.
void add_limbs(std::span<std::uint64_t> to, std::span<const std::uint64_t> from);

class WordCounts {
 public:
  /// Numbers of accepted words of lengths 0..max_length. InputError, before anything is allocated, where they
  /// need more than `max_bytes`, with the bytes needed. O(max_length^2 * n * k * log k / 64).
  WordCounts(const Dfa& dfa, std::int64_t max_length, std::int64_t max_bytes = std::int64_t{1} << 31);

  [[nodiscard]] std::int64_t max_length() const { return max_length_; }

  /// Words of that length accepted from the start, or from a state. InputError unless 0 <= length <=
  /// max_length and the state is one.
  [[nodiscard]] BigInteger accepted(std::int64_t length) const;
  [[nodiscard]] BigInteger accepted_from(State q, std::int64_t length) const;
  /// k^length - accepted(length).
  [[nodiscard]] BigInteger rejected(std::int64_t length) const;
  /// accepted(length) / k^length, to within 2^-50 of its value; 0 where that is below 10^-308.
  [[nodiscard]] double density(std::int64_t length) const;
  /// The lengths in 0..max_length that the side has words of.
  [[nodiscard]] std::vector<std::int64_t> lengths(Side side = Side::accepted) const;

  /// c_length(q) in limbs of 64 bits, lowest first; every state has as many limbs at one length. No checks.
  [[nodiscard]] std::span<const std::uint64_t> limbs(State q, std::int64_t length) const {
    const Layer& layer = layers_[static_cast<std::size_t>(length)];
    return {limbs_.data() + layer.offset + static_cast<std::size_t>(q) * layer.width, layer.width};
  }

 private:
  struct Layer {
    std::size_t offset = 0;  // of state 0, in limbs_
    std::size_t width = 0;   // limbs a state
  };

  void check_length(std::int64_t length) const;

  State num_states_ = 0;
  Letter num_letters_ = 0;
  State start_ = 0;
  std::int64_t max_length_ = 0;
  std::vector<Layer> layers_;  // [max_length + 1]
  std::vector<std::uint64_t> limbs_;
};

}  // namespace anser::automata
