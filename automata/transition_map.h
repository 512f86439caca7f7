// What a letter or a word does to all states at once: a map f of {0..n-1} into itself, f[q] = where q goes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "automata/moore.h"

namespace anser::automata {

using TransitionMap = std::vector<State>;

TransitionMap identity_map(State num_states);
/// Map of one letter: f[q] = delta(q, s).
TransitionMap letter_map(const Moore& machine, Letter letter);
/// Map of a word, first letter first. O(n * length).
TransitionMap word_map(const Moore& machine, std::span<const Letter> word);
/// First f, then g: result[q] = g[f[q]].
TransitionMap then(const TransitionMap& f, const TransitionMap& g);
/// Number of connected components of the functional graph q -> f[q]; each holds exactly one cycle.
State components(const TransitionMap& f);
/// Number of states in the image.
State rank(const TransitionMap& f);

}  // namespace anser::automata
