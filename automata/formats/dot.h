// Automata in Graphviz's language, as AALpy and LearnLib write and read them.
//
//     digraph g {
//       __start0 [label="" shape="none"];          the arrow into the start
//       s0 [shape="doublecircle" label="0"];       accepting; any other shape rejects
//       s1 [shape="record" label="{ s1 | out }"];  Moore machine: the output stands behind the bar
//       s0 -> s1 [label="a"];
//       __start0 -> s0;
//     }
//
// Read as well: comments, quoted names, chains a -> b -> c, subgraphs, default attributes (node [shape=..]),
// an accepting state by peripheries=2, a start marked by any node of shape none, point or plaintext, and
// several letters on one edge, "a, b" (split at commas outside brackets, unless the graph says
// letters=whole).
#pragma once

#include <string>
#include <string_view>

#include "automata/formats/partial_machine.h"

namespace anser::automata {

/// States are numbered by first mention, letters and outputs by first use. InputError in one sentence with
/// the line: no digraph, no or several starts, an edge without a letter, two arcs for one letter, Mealy
/// machines (every edge "in/out"), outputs on some states only, HTML labels, text that is not UTF-8.
[[nodiscard]] ReadMachine parse_dot(std::string_view text, std::string_view source = "automaton.dot",
                                    const ReadOptions& options = {});

/// One edge per state and letter. Acceptors have double circles, other machines records with the outputs.
/// parse_dot gives the same machine back when every state is reachable, every label in use and numbered by
/// first state.
[[nodiscard]] std::string print_dot(const Moore& machine);

}  // namespace anser::automata
