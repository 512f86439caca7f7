// A machine as a file gives it: arcs may be missing and states out of reach. Every reader of automata/formats
// ends here, so all of them treat such files alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "automata/moore.h"

namespace anser::automata {

/// Entry of `next` where the file has no arc.
inline constexpr State kNoArc = -1;
/// Most states, and most entries of the transition table (states times letters), that a file may ask for.
inline constexpr std::int64_t kMaxReadStates = std::int64_t{1} << 24;
inline constexpr std::int64_t kMaxReadEntries = std::int64_t{1} << 28;

struct ReadOptions {
  /// Refuse (InputError) what is otherwise mended with a note: states that no word reaches, missing arcs,
  /// weights, nondeterminism.
  bool strict = false;
  /// Most states that a nondeterministic file may become (automata/nfa.h).
  std::int64_t max_subsets = std::int64_t{1} << 22;
};

/// What a file holds, ready for use.
struct ReadMachine {
  /// Complete and reachable. The labels are 0 = "reject" and 1 = "accept" where the file marks accepting
  /// states (is_acceptor in automata/dfa.h), else the file's outputs.
  Moore machine;
  /// Sentences about what was mended, for stderr; each names the file.
  std::vector<std::string> notes;
  /// Arcs were absent; they lead to an added rejecting sink, the last state.
  bool arcs_were_missing = false;
  /// A word with a letter that the file does not have is rejected, not refused (AT&T files).
  bool unknown_letters_reject = false;
};

/// A machine whose `next` may hold kNoArc, and what its file calls the states (empty: their numbers).
struct PartialMachine {
  Moore machine;
  std::vector<std::string> state_names;
};

/// Drops the states that the start does not reach (the others keep their order), then sends missing arcs to a
/// sink labelled "reject" (a label of that name is added where there is none). Each is noted, or refused with
/// options.strict. `source` names the file in messages. InputError where the machine is not well-formed.
/// O(n*k).
[[nodiscard]] ReadMachine complete(PartialMachine partial, const ReadOptions& options,
                                   std::string_view source);

/// Throws InputError, naming the number of table entries needed, where that many states and letters do not
/// fit.
void require_table_fits(std::int64_t num_states, std::int64_t num_letters, std::string_view source);

}  // namespace anser::automata
