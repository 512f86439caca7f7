// A language profile as one JSON object and as text.
#pragma once

#include <string>

#include "automata/language_profile.h"
#include "core/base/json.h"

namespace anser::automata {

/// Keys in a fixed order: states, states_without_sink, letters, class, aperiodic, ac0, acc0, monoid,
/// monoid_larger_than (only above the cap), j_classes, r_classes, l_classes, idempotents, largest_group,
/// group_orders, derived_length, image_sets, stability_index, stable_semigroup, r_trivial, l_trivial,
/// j_trivial, da, definite, reverse_definite, generalised_definite, locally_testable, star_free, c_rasp,
/// permutation_automaton, commutative, synchronising, zero, reset_word, methods, witness, groups,
/// letters_facts. Undecided values are null. Words are arrays of letter names. Orders above 2^53 are decimal
/// strings.
[[nodiscard]] Json profile_json(const LanguageProfile& profile);

/// The same for people: several lines, the method beside each verdict.
[[nodiscard]] std::string print_profile(const LanguageProfile& profile);

}  // namespace anser::automata
