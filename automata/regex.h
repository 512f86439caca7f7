// Regular expressions with intersection and complement, compiled to the minimal automaton.
//
//     x | y     union                        x*  x+  x?          star, plus, option
//     x & y     intersection                 x{m} x{m,} x{m,n}   counts
//     x y       concatenation                .   [ab]   [^ab]    any letter, one of, none of; [a-d] a range
//     ~x        complement                   ()                  the empty word
//     (x)       grouping                     a   <name>   \*     a letter: one character, a name, escaped
//
// Postfix binds tighter than ~, then concatenation, &, |. Blanks between tokens mean nothing. A letter is one
// character (UTF-8) or a name in angles; ( ) | & ~ * + ? { } . [ ] ^ < > \ need a backslash, inside [..] only
// [ ] < > \ and a - between two letters do.
// `.`, `~` and `[^..]` are relative to the alphabet: the one given, else the letters seen, sorted by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "automata/dfa.h"
#include "automata/nfa.h"

namespace anser::automata {

struct RegexOptions {
  std::vector<std::string> alphabet;      // empty: the letters seen
  std::int64_t max_states = kMaxSubsets;  // of every automaton built on the way
  /// Of every Nfa built on the way, states and arcs together; known before it is built.
  std::int64_t max_nfa_size = std::int64_t{1} << 22;
};

/// The minimal complete automaton, sink counted. InputError: a syntax error is one sentence, the expression
/// on the next line and a caret under the place on the one after; an expression that needs more than max_arcs
/// or max_states; nesting deeper than 1000; text above 1 MiB or not UTF-8; no letter seen and none given; a
/// letter that is not in the alphabet given.
[[nodiscard]] Dfa compile_regex(std::string_view text, const RegexOptions& options = {});

}  // namespace anser::automata
