// Machines that evaluate d op d op ... d modulo m, op one of + - *.
//
// After a digit a state is (a, p): a sum a of finished terms and a running product p, value a + p. After an
// operator it is (a, c): a digit d leads to (a, c d). So + leads to (a + p, 1), - to (a + p, -1), * to (a,
// p), and the start is (0, 1). With precedence that is all: 2 m^2 states and a sink, 51 for m = 5, 19 for m
// = 3. From left to right d leads to (0, a + c d) instead: smallest automata of 19 states for m = 5 and 11
// for m = 3.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "automata/moore.h"

namespace anser::tasks {

inline constexpr automata::Letter kNoLetter = -1;

/// Where digits and operators stand among the letters.
struct ExpressionLetters {
  automata::Letter first_digit = 0;  // 0 .. m-1, in a row
  automata::Letter plus = kNoLetter;
  automata::Letter minus = kNoLetter;
  automata::Letter times = kNoLetter;
  automata::Letter equals = kNoLetter;   // ends the expression and keeps its value; nothing may follow
  automata::Letter padding = kNoLetter;  // reads as nothing
};

struct ExpressionRule {
  int modulus = 5;
  bool precedence = true;
  ExpressionLetters letters;
  std::vector<std::string> letter_names;
  std::vector<std::string> label_names;
  std::int32_t first_label = 0;  // label of value 0; those of 1, 2, .. follow
  std::int32_t no_value = 0;     // label where the prefix has no value
};

/// Minimal. A prefix has a value where it ends in a digit or in the letter `equals`.
[[nodiscard]] automata::Moore expression_machine(const ExpressionRule& rule);

}  // namespace anser::tasks
