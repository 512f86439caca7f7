// Conjugacy classes of a finite group: which elements are alike up to renaming, h = g x g^-1.
#pragma once

#include <cstdint>
#include <vector>

#include "automata/permutation_group.h"

namespace anser::automata {

/// What is shared by all elements of a class.
struct ConjugacyClass {
  Element representative = 0;            // the smallest number of the class
  std::vector<Element> elements;         // ascending
  std::int64_t element_order = 1;        // least k >= 1 with x^k = identity
  std::vector<std::int32_t> cycle_type;  // on the points of the group, fixed points left out, falling
  int sign = 1;                          // of the action on the points

  std::int64_t size() const { return static_cast<std::int64_t>(elements.size()); }
};

/// All classes, ascending by representative: the identity's is first. O(|G| * generators) products.
[[nodiscard]] std::vector<ConjugacyClass> conjugacy_classes(const PermutationGroup& group);
/// Number of the class of every element.
[[nodiscard]] std::vector<std::int32_t> class_numbers(const std::vector<ConjugacyClass>& classes);

/// Elements that commute with all others, ascending: the classes of size 1.
[[nodiscard]] std::vector<Element> centre(const PermutationGroup& group);
/// Least k >= 1 with x^k = identity for every element.
[[nodiscard]] std::int64_t exponent(const PermutationGroup& group);

}  // namespace anser::automata
