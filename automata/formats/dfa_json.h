// dfa.json: {"states":n,"alphabet":["a",..],"start":0,"accept":[states],"delta":[[state per letter] per
// state]}.
//
// -1 in "delta" is a missing arc. A Moore machine has "output":[name or number per state] in place of
// "accept", and "labels":[names], in order, where the outputs alone would number the labels otherwise
// (numbers ascending, names by first state). Outputs "reject" and "accept" make an acceptor.
#pragma once

#include <string>
#include <string_view>

#include "automata/formats/partial_machine.h"

namespace anser::automata {

/// The tables as written. InputError in one sentence naming the field, the state and the letter at fault: no
/// JSON, a key missing, unknown or twice, sizes that do not fit, entries out of range.
[[nodiscard]] PartialMachine parse_partial_dfa_json(std::string_view text,
                                                    std::string_view source = "dfa.json",
                                                    bool allow_missing_arcs = true);

/// The same, completed (partial_machine.h).
[[nodiscard]] ReadMachine parse_dfa_json(std::string_view text, std::string_view source = "dfa.json",
                                         const ReadOptions& options = {});

/// One line and a newline; "accept" for acceptors (labels reject, accept), else "output". parse_dfa_json
/// gives the same machine back when every state is reachable. InputError where a name is not UTF-8.
[[nodiscard]] std::string print_dfa_json(const Moore& machine);

}  // namespace anser::automata
