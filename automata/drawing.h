// Pictures of machines, through Graphviz's `dot` where it is installed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "automata/moore.h"

namespace anser::automata {

/// Graphviz text made to be looked at: left to right from the start, one edge per pair of states with all its
/// letters, double circles for accepting states, "state / output" in machines with other labels, a rejecting
/// sink in grey. For text that other programs read: automata/formats/dot.h.
[[nodiscard]] std::string print_drawing(const Moore& machine);

/// Most states and arrows that draw() hands to Graphviz, whose layout takes minutes beyond.
inline constexpr State kMaxDrawnStates = 500;
inline constexpr std::size_t kMaxDrawnArrows = 3000;

/// Draws into path, by extension: .svg, .png, .pdf, or .dot / .gv for the text alone. The file appears by
/// rename. InputError where the extension is another, the machine has more states or arrows than that, `dot`
/// is not installed or fails (with what it said).
void draw(const Moore& machine, const std::filesystem::path& path);

}  // namespace anser::automata
