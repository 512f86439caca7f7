// What one letter does to the states.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "automata/big_integer.h"
#include "automata/moore.h"

namespace anser::automata {

/// f = the letter's map of n states. f^(index + period) = f^index with both least; a permutation has index 0
/// and its order as period.
struct LetterFacts {
  std::string name;
  State rank = 0;              // states in the image
  State components = 0;        // connected components of q -> f(q)
  State householder_rank = 0;  // n - components: elementary steps (swaps and merges) that compose to f
  bool permutation = false;
  int sign = 0;  // +1, -1; 0: no permutation
  State index = 0;
  BigInteger period = 1;
};

/// One entry a letter, O(n k). InputError when the machine is not well-formed.
[[nodiscard]] std::vector<LetterFacts> letter_facts(const Moore& machine);

}  // namespace anser::automata
