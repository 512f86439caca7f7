// Irreducible characters of finite groups over the complex numbers: docs/math/groups.md.
//
// A character is a class function g -> trace of a matrix representation; the irreducible ones are an
// orthonormal basis of all class functions under <f, h> = (1/|G|) sum over g of f(g) conj(h(g)).
//
//     S_n       Murnaghan-Nakayama, rows named by partitions, "[3,1,1]"
//     A_n       restrictions of those; a self-conjugate partition splits in two, "[3,1,1]+" and "[3,1,1]-"
//     Z_n       "chi0", "chi1", ..: i -> exp(2 pi sqrt(-1) * j * i / n)
//     D_2m      "A1" "A2" (and "B1" "B2" for even m) of dimension 1, "E1", "E2", .. of dimension 2
//     Q8, H3    "B00" "B01" "B10" "B11" of dimension 1 and "H" of dimension 2
//     products  outer products, "[2] x chi1"
#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "automata/conjugacy.h"

namespace anser::automata {

using Complex = std::complex<double>;
inline constexpr std::size_t kMaxCharacters = 1024;

struct Character {
  std::string name;
  std::int32_t dimension = 1;   // its value at the identity
  std::vector<Complex> values;  // one per class
};

struct CharacterTable {
  std::int64_t order = 1;  // of the group
  std::vector<ConjugacyClass> classes;
  std::vector<Character> rows;  // as many as classes; the trivial character first
};

/// Table of any group that PermutationGroup knows. InputError above kMaxCharacters classes (the table has
/// classes^2 values). Exact up to rounding: absolute error below 1e-12.
[[nodiscard]] CharacterTable character_table(const PermutationGroup& group);

/// Value of S_n's character of partition `shape` at the cycle type `cycles` (both falling, sums equal, fixed
/// points written out as 1). Exact. InputError when they are not partitions of one number <= 20.
[[nodiscard]] std::int64_t murnaghan_nakayama(const std::vector<std::int32_t>& shape,
                                              const std::vector<std::int32_t>& cycles);

/// Multiplicity of every irreducible character in a class function given by its value on every class:
/// m = (1/|G|) sum over classes of size * f * conj(chi). Non-negative integers when f is a character.
[[nodiscard]] std::vector<Complex> multiplicities(const CharacterTable& table,
                                                  std::span<const Complex> by_class);

/// Mean over every class of a function given on all elements.
[[nodiscard]] std::vector<Complex> class_means(const CharacterTable& table,
                                               std::span<const Complex> by_element);

/// Number of fixed points of every class: the character of the action on the points.
[[nodiscard]] std::vector<Complex> permutation_character(const CharacterTable& table, std::int32_t degree);

}  // namespace anser::automata
