// How often each label comes among the prefixes of a uniform word of a language, exactly but for rounding.
//
// With c_l(q) the number of accepted words of length l from q, a uniform accepted word of length T goes from
// q to delta(q, s) with l letters to come with probability c_{l-1}(delta(q, s)) / c_l(q): a Markov chain,
// followed in double precision.
#pragma once

#include <vector>

#include "automata/dfa.h"
#include "automata/moore.h"
#include "automata/word_counts.h"

namespace anser::tasks {

/// Share of every label of the machine, which has the states of `dfa`, among positions 1..length of a uniform
/// word of that side. InputError where the side has none of that length. O(length * n * k) time, 8 * length *
/// n bytes.
std::vector<double> label_shares(const automata::Dfa& dfa, const automata::Moore& machine,
                                 automata::Side side, int length);
/// Share of every letter among positions 2..length of a uniform accepted word and, last, of the end
/// (1 / length): the targets of lm mode.
std::vector<double> successor_shares(const automata::Dfa& dfa, int length);

}  // namespace anser::tasks
