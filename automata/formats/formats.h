// Automata files by extension: the one door for programs.
//
//     .json          dfa.json           dfa_json.h
//     .dot .gv       AALpy, LearnLib    dot.h
//     .att .txt      AT&T text          att.h, with the symbol table of the same name ending in .syms, if any
#pragma once

#include <filesystem>
#include <vector>

#include "automata/formats/partial_machine.h"

namespace anser::automata {

/// Throws InputError naming the file, and the known extensions where it has none of them.
[[nodiscard]] ReadMachine read_machine(const std::filesystem::path& path, const ReadOptions& options = {});

/// Writes by rename; .att also writes the symbol table beside it. Returns the files written. InputError as
/// above, or where the format cannot hold the machine.
std::vector<std::filesystem::path> write_machine(const std::filesystem::path& path, const Moore& machine);

}  // namespace anser::automata
