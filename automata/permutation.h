// Permutations of n points, in one-line notation.
//
//     p = [p(0), ..., p(n-1)]        product (p*q)(i) = p(q(i)): the right factor acts first
//
// Points count from 0 in the program and from 1 in text: "(1 2)" exchanges points 0 and 1. The identity
// prints as "id".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace anser::automata {

class Permutation {
 public:
  Permutation() = default;
  /// From one-line notation, points 0..n-1. InputError unless every point occurs exactly once.
  explicit Permutation(std::vector<std::int32_t> images);
  static Permutation identity(std::int32_t degree);
  static Permutation transposition(std::int32_t degree, std::int32_t x, std::int32_t y);

  std::int32_t degree() const { return static_cast<std::int32_t>(images_.size()); }
  std::int32_t operator()(std::int32_t point) const { return images_[static_cast<std::size_t>(point)]; }
  std::span<const std::int32_t> images() const { return images_; }

  friend bool operator==(const Permutation&, const Permutation&) = default;
  /// Lexicographic in one-line notation: the numbering of S_n.
  friend auto operator<=>(const Permutation&, const Permutation&) = default;

 private:
  std::vector<std::int32_t> images_;
};

/// (p*q)(i) = p(q(i)). InputError when the degrees differ.
Permutation operator*(const Permutation& p, const Permutation& q);
Permutation inverse(const Permutation& p);
/// +1 for a product of an even number of transpositions, else -1.
int sign(const Permutation& p);
/// Least k >= 1 with p^k = identity.
std::int64_t order(const Permutation& p);
/// Cycles of length >= 2, each begun by its smallest point, in order of that point. Points from 0.
std::vector<std::vector<std::int32_t>> cycles(const Permutation& p);
/// Cycle lengths of p, fixed points left out, falling: {3, 2}; empty for the identity.
std::vector<std::int32_t> cycle_type(const Permutation& p);
/// Number of points with p(i) != i.
std::int32_t moved_points(const Permutation& p);

/// "(1 2)(3 4 5)", points from 1; "id" for the identity.
std::string print_cycles(const Permutation& p);
/// The inverse of print_cycles: disjoint cycles, points separated by spaces or commas; "id" and "()" are the
/// identity. InputError naming the text and what is wrong with it.
Permutation parse_cycles(std::string_view text, std::int32_t degree);

}  // namespace anser::automata
