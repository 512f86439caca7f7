#include "automata/length_fold.h"

#include <numeric>

namespace anser::automata {
namespace {

using Images = std::vector<std::int32_t>;

bool is_identity(std::span<const std::int32_t> p) {
  for (std::size_t i = 0; i < p.size(); ++i)
    if (p[i] != static_cast<std::int32_t>(i)) return false;
  return true;
}

Images inverse(std::span<const std::int32_t> p) {
  Images result(p.size());
  for (std::size_t i = 0; i < p.size(); ++i)
    result[static_cast<std::size_t>(p[i])] = static_cast<std::int32_t>(i);
  return result;
}

/// p after q^-times.
Images times_inverse_power(Images p, const Images& q, std::int64_t times) {
  const auto after = [](const Images& x, const Images& y) {
    Images result(y.size());
    for (std::size_t i = 0; i < y.size(); ++i) result[i] = x[static_cast<std::size_t>(y[i])];
    return result;
  };
  for (Images square = inverse(q); times > 0; times /= 2, square = after(square, square))
    if (times % 2 == 1) p = after(p, square);
  return p;
}

}  // namespace

void LengthFold::add(std::span<const std::int32_t> permutation, std::int64_t length) {
  if (!length_decides_) return;
  const bool identity = is_identity(permutation);
  if (identity && cycle_is_identity_) {
    length_ = std::gcd(length_, length);
    if (length_ != 0) cycle_.assign(permutation.begin(), permutation.end());
    return;
  }
  Images g = length < 0 ? inverse(permutation) : Images(permutation.begin(), permutation.end());
  length = length < 0 ? -length : length;
  while (length != 0 && length_ != 0) {
    Images rest = times_inverse_power(cycle_, g, length_ / length);
    const std::int64_t rest_length = length_ % length;
    cycle_ = std::move(g);
    length_ = length;
    g = std::move(rest);
    length = rest_length;
  }
  if (length != 0) {
    cycle_ = std::move(g);
    length_ = length;
  } else {
    length_decides_ = is_identity(g);
  }
  cycle_is_identity_ = is_identity(cycle_);
}

}  // namespace anser::automata
