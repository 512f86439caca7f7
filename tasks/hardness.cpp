#include "tasks/hardness.h"

#include <fmt/format.h>

#include "automata/image_orbits.h"
#include "automata/minimize.h"

namespace anser::tasks {

std::string hardness_of(const automata::Moore& machine, std::int64_t max_sets) {
  const automata::Moore minimal = automata::minimize(machine);
  if (minimal.num_states == 1) return "trivial (one answer for every word)";
  const auto orbits = automata::image_orbits(minimal, {.max_sets = max_sets, .verdict_only = true});
  switch (automata::language_class(orbits)) {
    case automata::LanguageClass::kAperiodic:
      return "star-free, in AC0 (Schützenberger 1965; McNaughton and Papert 1971)";
    case automata::LanguageClass::kAc0:
      return "in AC0, not star-free (Barrington, Compton, Straubing and Thérien 1992)";
    case automata::LanguageClass::kAcc0:
      return "in ACC0, so in TC0, not in AC0 (Barrington and Thérien 1988)";
    case automata::LanguageClass::kNc1Complete:
      return "NC1-complete (Barrington 1989): outside TC0 unless TC0 = NC1";
    case automata::LanguageClass::kUnknown:
      break;
  }
  return fmt::format("regular, so in NC1; class not decided within {} image sets", max_sets);
}

}  // namespace anser::tasks
