// Acceptors as AT&T FSM text, the format of OpenFst (fstprint, fstcompile) and of MLRegTest.
//
//     source target label [label] [weight]      an arc; the second label must equal the first
//     state [weight]                            a final state; weight Infinity: not final
//
// The first line's source is the start. A word whose path is absent, also for want of a letter, is rejected.
// Symbol tables: "name id" lines, id 0 is epsilon; letters are then all the table's other names in order of
// their ids. Without a table the letters are those in use, numbers ascending, then names in byte order.
#pragma once

#include <string>
#include <string_view>

#include "automata/formats/partial_machine.h"

namespace anser::automata {

/// `symbols` is the text of a symbol table, or empty; labels in the file are its names, or its ids where
/// every label is one. States keep the order of their numbers. Weights other than 0 are dropped with a note
/// (what is left is the set of words with a path), refused with options.strict. Nondeterminism and epsilon
/// arcs are determinised with a note, refused with options.strict. InputError naming the line: a transducer
/// (labels that differ), a fourth column that may be a label or a weight, label 0 without a symbol table
/// (epsilon or a letter), broken numbers, no state, no letter.
[[nodiscard]] ReadMachine parse_att(std::string_view text, std::string_view source = "automaton.att",
                                    const ReadOptions& options = {}, std::string_view symbols = {});

/// All arcs, the start's first, then the final states; fstcompile reads it with the table of print_symbols.
/// InputError unless the machine is an acceptor and its letter names hold no blanks.
[[nodiscard]] std::string print_att(const Moore& machine);
/// "<eps> 0", then the letters from 1. InputError as above, or where a letter is called "<eps>".
[[nodiscard]] std::string print_symbols(const Moore& machine);

}  // namespace anser::automata
