// Complete deterministic finite automaton M = (Q, Sigma, delta, q0, F).
//
//     Q = {0..num_states-1}, Sigma = {0..num_letters-1}
//     next[q * num_letters + s] == delta(q, s)        accept[q] is 1 for q in F, else 0
//
// A Dfa is the two-label case of a Moore machine (to_moore). One-letter alphabets and one state are ordinary
// cases. File format dfa.json: {"states":n,"alphabet":["a",..],"start":0,"accept":[states],"delta":[[state
// per letter] per state]}.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "automata/moore.h"

namespace anser::automata {

struct Dfa {
  State num_states = 0;
  Letter num_letters = 0;
  State start = 0;
  std::vector<State> next;                // [num_states * num_letters]
  std::vector<std::uint8_t> accept;       // [num_states], 0 or 1
  std::vector<std::string> letter_names;  // [num_letters], distinct, not empty

  State step(State q, Letter s) const { return next[static_cast<std::size_t>(q) * num_letters + s]; }
};

/// Throws InputError unless num_states >= 1, num_letters >= 1, every table has its size and every entry is in
/// range.
void check(const Dfa& dfa);

/// State after a word read from the start. InputError on a letter outside the alphabet.
[[nodiscard]] State run(const Dfa& dfa, std::span<const Letter> word);
[[nodiscard]] bool accepts(const Dfa& dfa, std::span<const Letter> word);

/// The letter of that name; InputError with the nearest name otherwise.
[[nodiscard]] Letter letter_of(const Dfa& dfa, std::string_view name);

/// Labels 0 = "reject", 1 = "accept".
[[nodiscard]] Moore to_moore(const Dfa& dfa);

/// Whether the labels are 0 = "reject" and 1 = "accept", and no others.
[[nodiscard]] bool is_acceptor(const Moore& machine);
/// The inverse of to_moore; InputError unless is_acceptor.
[[nodiscard]] Dfa to_dfa(const Moore& machine);

/// Reads dfa.json as it stands: no missing arcs, unreachable states kept (automata/formats/formats.h mends
/// both). Every key must be there and no other; `source` names the text in messages. InputError in one
/// sentence that names the field, the state and the letter at fault.
[[nodiscard]] Dfa parse_dfa(std::string_view json, std::string_view source = "dfa.json");
[[nodiscard]] Dfa read_dfa(const std::filesystem::path& path);
/// The inverse of parse_dfa, one line and a newline; equal automata give equal bytes.
[[nodiscard]] std::string print_dfa(const Dfa& dfa);

}  // namespace anser::automata
