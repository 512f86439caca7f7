// Uniform random automata: every transition and every accept bit independent and fair. Most of them are easy:
// at 5 to 7 states only 0.05 to 3 % leave TC0.
#pragma once

#include "automata/dfa.h"
#include "core/base/rng.h"

namespace anser::automata {

struct RandomDfaOptions {
  State num_states = 8;
  Letter num_letters = 2;
};

/// Letters are named a, b, .. z, then x26, x27, ... Transitions come from rng.split("table"), accept bits
/// from rng.split("accept"): the same whatever else is drawn. InputError unless both numbers are at least 1.
[[nodiscard]] Dfa random_dfa(const RandomDfaOptions& options, const Rng& rng);

}  // namespace anser::automata
