// Complete deterministic Moore machine (Q, Sigma, Gamma, delta, lambda, q0): an automaton that answers at
// every prefix.
//
//     Q = {0..num_states-1}, Sigma = {0..num_letters-1}, Gamma = {0..num_labels-1}
//     next[q * num_letters + s] == delta(q, s)        label[q] == lambda(q)
//
// Every task here is one: group word problems (states = elements), parity, counters, and DFAs, which are the
// case of two labels 0 = reject, 1 = accept. Cheap: a step. It does not minimise itself (automata/minimize.h)
// nor check itself: check().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace anser::automata {

using State = std::int32_t;
using Letter = std::int32_t;

struct Moore {
  State num_states = 0;
  Letter num_letters = 0;
  std::int32_t num_labels = 0;
  State start = 0;
  std::vector<State> next;                // [num_states * num_letters]
  std::vector<std::int32_t> label;        // [num_states]
  std::vector<std::string> letter_names;  // [num_letters]
  std::vector<std::string> label_names;   // [num_labels]

  State step(State q, Letter s) const { return next[static_cast<std::size_t>(q) * num_letters + s]; }
};

/// Throws InputError unless every table has its size and every entry is in range (num_states >= 1).
void check(const Moore& machine);

}  // namespace anser::automata
