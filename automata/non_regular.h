// Languages people ask for that no finite automaton has.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace anser::automata {

/// One sentence why the language of that name ("majority", "dyck", "shuffle-dyck", "palindromes", "copy",
/// "a^n b^n", ...) is not regular and what to ask for instead; nothing where the name is none of them. Case,
/// blanks, '-' and '_' do not matter.
[[nodiscard]] std::optional<std::string> why_not_regular(std::string_view name);

}  // namespace anser::automata
