#include "automata/word_sampler.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace anser::automata {
namespace {

constexpr const char* kWhere = "automata::WordSampler";
constexpr unsigned kBits = 16;        // drawn a letter
constexpr std::size_t kCounted = 32;  // thresholds looked at one by one; more are searched by halving
constexpr std::uint64_t kLargest = (std::uint64_t{1} << kBits) - 1;

using Limbs = std::span<const std::uint64_t>;

bool is_zero(Limbs x) {
  return std::all_of(x.begin(), x.end(), [](std::uint64_t limb) { return limb == 0; });
}

/// The leading limb that is not zero and what lies below it, as mantissa * 2^exponent to within 2^-51 of the
/// value.
struct Approximate {
  double mantissa = 0;
  int exponent = 0;
};

Approximate approximate(Limbs x) {
  std::size_t i = x.size();
  while (i > 0 && x[i - 1] == 0) --i;
  if (i == 0) return {};
  double value = static_cast<double>(x[i - 1]);
  if (i > 1) value += static_cast<double>(x[i - 2]) * 0x1p-64;
  return {.mantissa = value, .exponent = 64 * static_cast<int>(i - 1)};
}

/// factor * y <= x * 2^kBits, exactly; equal numbers of limbs, factor <= 2^kBits.
bool at_most(std::uint64_t factor, Limbs y, Limbs x) {
  constexpr std::uint64_t kHalf = 0xffffffff;
  bool less_or_equal = true;  // of the halves below
  std::uint64_t left = 0, right = 0;
  for (std::size_t half = 0; half <= 2 * x.size(); ++half) {
    if (half < 2 * x.size()) {
      left += ((y[half / 2] >> (32 * (half % 2))) & kHalf) * factor;
      right += ((x[half / 2] >> (32 * (half % 2))) & kHalf) << kBits;
    }
    if ((left & kHalf) != (right & kHalf)) less_or_equal = (left & kHalf) < (right & kHalf);
    left >>= 32;
    right >>= 32;
  }
  return less_or_equal;
}

/// min(floor(part * 2^kBits / whole), 2^kBits - 1) for part <= whole, whole > 0.
std::uint16_t threshold(Limbs part, Limbs whole) {
  const Approximate a = approximate(part), b = approximate(whole);
  const double ratio = std::ldexp(a.mantissa / b.mantissa, a.exponent - b.exponent + static_cast<int>(kBits));
  const double nearest = std::round(ratio);
  double floor = std::floor(ratio);
  if (std::abs(ratio - nearest) < 0x1p-20)  // too near an integer for doubles to say on which side
    floor = at_most(static_cast<std::uint64_t>(nearest), whole, part) ? nearest : nearest - 1;
  return static_cast<std::uint16_t>(std::min(static_cast<std::uint64_t>(floor), kLargest));
}

/// The side asked, once its thresholds are known to fit.
Dfa checked_side(const Dfa& dfa, std::int64_t max_length, Side side, std::int64_t max_bytes) {
  check(dfa);
  const double bytes = 2.0 * dfa.num_states * dfa.num_letters * static_cast<double>(max_length);
  require(bytes <= static_cast<double>(max_bytes), kWhere,
          "thresholds for words up to length {}, {} states and {} letters need {:.0f} bytes, at most {}",
          max_length, dfa.num_states, dfa.num_letters, bytes, max_bytes);
  return side_of(dfa, side);
}

struct Choice {
  std::size_t letter = 0;
  bool undecided = false;
};

/// The letter is the number of thresholds below the draw, unless the draw is one of them. Counted without
/// branches: which letter comes is what no branch predictor knows.
inline Choice choose(const std::uint16_t* thresholds, std::size_t count, std::uint16_t draw) {
  if (count > kCounted) {
    const std::uint16_t* at = std::lower_bound(thresholds, thresholds + count, draw);
    return {static_cast<std::size_t>(at - thresholds), at != thresholds + count && *at == draw};
  }
  std::size_t below = 0;
  bool equal = false;
  for (std::size_t j = 0; j < count; ++j) {
    below += thresholds[j] < draw ? 1 : 0;
    equal |= thresholds[j] == draw;
  }
  return {below, equal};
}

}  // namespace

WordSampler::WordSampler(const Dfa& dfa, std::int64_t max_length, Side side, std::int64_t max_bytes)
    : dfa_(checked_side(dfa, max_length, side, max_bytes)), counts_(dfa_, max_length, max_bytes) {
  for (const State q : dfa_.next)
    row_after_.push_back(static_cast<std::uint32_t>(q) * static_cast<std::uint32_t>(dfa_.num_letters));
  thresholds_.reserve(row_after_.size() * static_cast<std::size_t>(max_length));
  for (std::int64_t length = 1; length <= max_length; ++length) fill_thresholds(length);
}

void WordSampler::fill_thresholds(std::int64_t length) {
  std::vector<std::uint64_t> sum;
  for (State q = 0; q < dfa_.num_states; ++q) {
    const Limbs whole = counts_.limbs(q, length);
    const bool none = is_zero(whole);
    sum.assign(whole.size(), 0);
    for (Letter s = 0; s + 1 < dfa_.num_letters; ++s) {
      add_limbs(sum, counts_.limbs(dfa_.step(q, s), length - 1));
      thresholds_.push_back(none ? 0 : threshold(sum, whole));
    }
    thresholds_.push_back(0);
  }
}

bool WordSampler::has_length(std::int64_t length) const {
  return length >= 0 && length <= max_length() && !is_zero(counts_.limbs(dfa_.start, length));
}

std::size_t WordSampler::refine(Rng& rng, State q, std::int64_t length, std::uint64_t bits) const {
  const BigInteger whole = counts_.accepted_from(q, length);
  BigInteger draw = bits;  // the number drawn lies in [draw, draw + 1) / 2^precision
  unsigned precision = kBits;
  for (;;) {
    const BigInteger low = draw * whole, high = low + whole;
    BigInteger sum = 0;
    for (Letter s = 0; s < dfa_.num_letters; ++s) {
      sum += counts_.accepted_from(dfa_.step(q, s), length - 1);
      const BigInteger border = sum << precision;
      if (high <= border) return static_cast<std::size_t>(s);
      if (low < border) break;  // the border lies inside
    }
    draw = (draw << 64) | rng.next_u64();
    precision += 64;
  }
}

void WordSampler::sample(Rng& rng, std::span<Letter> word) const {
  const auto length = static_cast<std::int64_t>(word.size());
  require(length <= max_length(), kWhere, "length is {}, wanted 0..{}", length, max_length());
  require(has_length(length), kWhere, "the language has no word of length {}", length);
  const auto letters = static_cast<std::size_t>(dfa_.num_letters);
  const std::size_t layer_size = row_after_.size();
  const std::uint16_t* layer = thresholds_.data() + word.size() * layer_size;
  const std::uint32_t* row_after = row_after_.data();
  std::size_t row = static_cast<std::size_t>(dfa_.start) * letters;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    layer -= layer_size;
    if (i % (64 / kBits) == 0) bits = rng.next_u64();
    const auto draw = static_cast<std::uint16_t>(bits & kLargest);
    bits >>= kBits;
    Choice choice = choose(layer + row, letters - 1, draw);
    if (choice.undecided) [[unlikely]]
      choice.letter =
          refine(rng, static_cast<State>(row / letters), length - static_cast<std::int64_t>(i), draw);
    word[i] = static_cast<Letter>(choice.letter);
    row = row_after[row + choice.letter];
  }
}

std::vector<Letter> WordSampler::sample(Rng& rng, std::int64_t length) const {
  require(length >= 0 && length <= max_length(), kWhere, "length is {}, wanted 0..{}", length, max_length());
  std::vector<Letter> word(static_cast<std::size_t>(length));
  sample(rng, word);
  return word;
}

}  // namespace anser::automata
