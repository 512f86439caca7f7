#include "automata/language_profile.h"

#include <algorithm>
#include <set>

#include "automata/crasp.h"
#include "automata/green.h"
#include "automata/minimize.h"
#include "automata/monoid.h"

namespace anser::automata {
namespace {

/// A state labelled "reject" that no letter leaves, of a machine with labels reject and accept.
State rejecting_sinks(const Moore& machine) {
  const auto& names = machine.label_names;
  const auto reject = std::find(names.begin(), names.end(), "reject") - names.begin();
  const bool accepts = std::find(names.begin(), names.end(), "accept") != names.end();
  if (names.size() != 2 || reject == 2 || !accepts) return 0;
  State sinks = 0;
  for (State q = 0; q < machine.num_states; ++q) {
    bool sink = machine.label[static_cast<std::size_t>(q)] == static_cast<std::int32_t>(reject);
    for (Letter s = 0; s < machine.num_letters; ++s) sink = sink && machine.step(q, s) == q;
    sinks += sink ? 1 : 0;
  }
  return sinks;
}

std::string undecided(const ImageOrbits& orbits) {
  return "undecided: more than " + std::to_string(orbits.num_sets) + " image sets";
}

void describe_class(LanguageProfile& profile) {
  const ImageOrbits& orbits = profile.orbits;
  // Beyond the cap a class is not told, even where some key is certain: what a cap cuts off must not look
  // measured.
  const bool told = orbits.complete || orbits.aperiodic == true;
  profile.language_class = told ? language_class(orbits) : LanguageClass::kUnknown;
  const auto verdict = [&](std::optional<bool> holds, const char* yes, const char* no) {
    return Verdict{holds, !holds ? undecided(orbits) : *holds ? yes : no};
  };
  const bool ordered = !orbits.complete && orbits.aperiodic == true;
  profile.aperiodic =
      verdict(orbits.aperiodic, ordered ? "minimal machine: only self-loops" : "image sets: no groups",
              "image sets: a group");
  profile.ac0 = verdict(orbits.ac0, ordered ? "aperiodic" : "image sets: words of equal length act alike",
                        "image sets: words of equal length that act differently");
  profile.acc0 = verdict(orbits.acc0, ordered ? "aperiodic" : "image sets: all groups solvable",
                         "image sets: a group that is not solvable");
  if (orbits.complete && !orbits.acc0) profile.acc0.method = "undecided: a group of too large a degree";
}

void describe_groups(LanguageProfile& profile) {
  const ImageOrbits& orbits = profile.orbits;
  if (orbits.complete) profile.image_sets = orbits.num_sets;
  if (orbits.aperiodic == true) {
    profile.group_orders.emplace();
    profile.largest_group = 1;
    profile.derived_length = 0;
    return;
  }
  if (!orbits.complete) return;
  std::set<BigInteger> orders;
  bool known = true, solvable = true;
  int length = 0;
  for (const auto& group : orbits.groups) {
    known = known && group.order.has_value();
    solvable = solvable && group.solvable == true && !group.derived_series.empty();
    if (group.order) orders.insert(*group.order);
    length = std::max(length, static_cast<int>(group.derived_series.size()) - 1);
  }
  if (solvable) profile.derived_length = length;
  if (!known) return;
  profile.group_orders.emplace(orders.begin(), orders.end());
  profile.largest_group = *orders.rbegin();
}

void describe_monoid(LanguageProfile& profile, const TransitionMonoid& monoid, const GreenRelations& green) {
  profile.monoid = monoid.size();
  profile.j_classes = green.num_j;
  profile.r_classes = green.num_r;
  profile.l_classes = green.num_l;
  profile.idempotents = static_cast<std::int64_t>(green.idempotents.size());
  if (const auto stable = stable_semigroup(monoid)) {
    profile.stability_index = stable->index;
    profile.stable_semigroup = static_cast<std::int64_t>(stable->elements.size());
  }
}

void describe_crasp(LanguageProfile& profile) {
  if (!is_acceptor(profile.minimal)) {
    profile.c_rasp.method = "asked of languages alone, not of machines with other answers";
    return;
  }
  const CraspVerdict verdict = crasp_membership(to_dfa(profile.minimal));
  profile.c_rasp = {verdict.member, verdict.method + ": " + verdict.reason};
}

}  // namespace

LanguageProfile language_profile(const Moore& machine, const ProfileOptions& options) {
  LanguageProfile profile;
  profile.minimal = minimize(machine);
  const Moore& minimal = profile.minimal;
  profile.states = minimal.num_states;
  profile.states_without_sink = minimal.num_states - rejecting_sinks(minimal);
  profile.orbits = image_orbits(minimal, {.max_sets = options.max_sets});
  describe_class(profile);
  describe_groups(profile);
  const TransitionMonoid monoid = enumerate_monoid(minimal, {.max_elements = options.max_monoid});
  if (monoid.complete()) {
    const GreenRelations green = green_relations(monoid);
    describe_monoid(profile, monoid, green);
    profile.classes = language_classes(minimal, profile.orbits, {&monoid, &green});
  } else {
    profile.monoid_larger_than = monoid.size();
    profile.classes = language_classes(minimal, profile.orbits, {});
  }
  describe_crasp(profile);
  profile.letters = letter_facts(minimal);
  return profile;
}

LanguageProfile language_profile(const Dfa& dfa, const ProfileOptions& options) {
  return language_profile(to_moore(dfa), options);
}

}  // namespace anser::automata
