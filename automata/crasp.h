// Is a regular language in C-RASP? Decided where something is known, else left open: docs/math/groups.md 4.
#pragma once

#include <optional>
#include <string>

#include "automata/dfa.h"

namespace anser::automata {

struct CraspVerdict {
  std::optional<bool> member;  // nothing where none of the tests decides
  std::string method;          // "R-trivial", ..
  std::string reason;          // one sentence
};

/// Verdict on the language of an automaton (minimised here).
[[nodiscard]] CraspVerdict crasp_membership(const Dfa& dfa);

}  // namespace anser::automata
