#include "automata/non_regular.h"

#include <cctype>
#include <vector>

namespace anser::automata {
namespace {

struct NonRegular {
  std::vector<std::string_view> names;  // as plain() leaves them
  std::string_view reason;
};

/// Small letters without blanks, hyphens, underscores and carets: "a^n b^n" and "A_nB_n" are "anbn".
std::string plain(std::string_view name) {
  std::string result;
  for (const char c : name)
    if (std::string_view(" \t-_^").find(c) == std::string_view::npos)
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

const std::vector<NonRegular>& table() {
  static const std::vector<NonRegular> rows = {
      {{"majority", "maj", "majority01"},
       "majority (more of one letter than of the others) is not regular: the surplus after a^n is n, and no "
       "finite "
       "number of states keeps all n apart; count modulo m, or up to a bound, instead"},
      {{"equal", "equalcounts", "balance", "balanced", "samenumber", "#a=#b"},
       "words with as many a as b are not a regular language: the surplus after a^n is n, and no finite "
       "number of "
       "states keeps all n apart; count modulo m, or up to a bound, instead"},
      {{"dyck", "dyck1", "dyck2", "dyckk", "unboundeddyck", "brackets", "parentheses", "balancedparentheses",
        "balancedbrackets"},
       "Dyck words of unbounded depth are not a regular language: the depth after n opening brackets is n, "
       "and no "
       "finite number of states keeps all n apart; bound the depth instead"},
      {{"shuffledyck", "shuffle2", "shuffledyck2", "shuffle", "shuffledyckk"},
       "shuffle-Dyck (brackets of every kind balanced on their own) is not regular: each kind is a Dyck "
       "language "
       "of unbounded depth; bound the depth of every kind instead"},
      {{"anbn", "0n1n"},
       "a^n b^n is not regular: after a^n the automaton must still know n, and no finite number of states "
       "keeps "
       "all n apart; a*b*, or n up to a bound, is"},
      {{"anbncn", "anbncndn"},
       "a^n b^n c^n is not regular, nor even context-free: the automaton must know n, and no finite number "
       "of "
       "states keeps all n apart; a*b*c*, or n up to a bound, is"},
      {{"palindrome", "palindromes", "reversal", "reverse", "reversestring", "markedreversal",
        "unmarkedreversal", "wwr"},
       "palindromes and words followed by their reversal are not a regular language: two different first "
       "halves "
       "of one length need different states, and there are infinitely many; bound the length instead"},
      {{"copy", "ww", "markedcopy", "duplicatestring", "duplicate", "missingduplicate",
        "missingduplicatestring"},
       "words repeated (w w) are not a regular language: two different first halves of one length need "
       "different "
       "states, and there are infinitely many; bound the length instead"},
      {{"modulararithmeticbrackets", "modulararithmeticwithbrackets", "bracketarithmetic",
        "bracketsarithmetic", "modarithbrackets", "modulararithmeticbr", "solveequation", "stackmanipulation",
        "booleanexpression"},
       "arithmetic with brackets is not regular: matching brackets of unbounded depth is a Dyck language, "
       "and no "
       "finite number of states does that; leave the brackets out, or bound their depth"},
      {{"primes", "primelength"},
       "words of prime length are not a regular language: the lengths of a regular language over one letter "
       "are "
       "ultimately periodic, and the primes are not"},
      {{"squares", "squarelength"},
       "words of square length are not a regular language: the lengths of a regular language over one letter "
       "are "
       "ultimately periodic, and the squares are not"}};
  return rows;
}

}  // namespace

std::optional<std::string> why_not_regular(std::string_view name) {
  const std::string wanted = plain(name);
  for (const auto& row : table())
    for (const auto known : row.names)
      if (wanted == known) return std::string(row.reason);
  return std::nullopt;
}

}  // namespace anser::automata
