// Everything that anser knows about a language, in one value, of its minimal Moore machine.
//
// A profile is over the letters that the machine has: adding a letter that does nothing turns "length even"
// (AC0) into parity (not AC0).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "automata/big_integer.h"
#include "automata/dfa.h"
#include "automata/image_orbits.h"
#include "automata/language_classes.h"
#include "automata/letter_facts.h"
#include "automata/moore.h"

namespace anser::automata {

struct ProfileOptions {
  std::int64_t max_sets = 10'000'000;
  std::int64_t max_monoid = 1'000'000;
};

struct LanguageProfile {
  Moore minimal;
  State states = 0;               // minimal, sink counted
  State states_without_sink = 0;  // without the rejecting sink of a machine with labels reject, accept

  LanguageClass language_class = LanguageClass::kUnknown;
  Verdict aperiodic, ac0, acc0;
  std::optional<std::int64_t> image_sets;               // nothing: more than max_sets
  std::optional<std::vector<BigInteger>> group_orders;  // distinct orders > 1 of the image groups, rising
  std::optional<BigInteger> largest_group;              // 1 for aperiodic languages
  std::optional<int> derived_length;  // longest derived series; nothing: not solvable or not known
  ImageOrbits orbits;                 // every group, the witness

  std::optional<std::int64_t> monoid;  // elements, the identity among them; nothing: above max_monoid
  std::optional<std::int64_t> monoid_larger_than;
  std::optional<std::int64_t> j_classes, r_classes, l_classes, idempotents;
  std::optional<std::int64_t> stability_index, stable_semigroup;

  LanguageClasses classes;
  Verdict c_rasp;  // automata/crasp.h; of acceptors alone
  std::vector<LetterFacts> letters;
};

/// InputError when the machine is not well-formed or an option is below 1.
[[nodiscard]] LanguageProfile language_profile(const Moore& machine, const ProfileOptions& options = {});
[[nodiscard]] LanguageProfile language_profile(const Dfa& dfa, const ProfileOptions& options = {});

}  // namespace anser::automata
