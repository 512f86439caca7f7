// A careful sentence on the complexity of a task's language, from its class.
#pragma once

#include <string>

#include "automata/moore.h"

namespace anser::tasks {

/// "in AC0, not star-free (...)", decided on at most `max_sets` image sets (automata/image_orbits.h). Trivial
/// where the minimal machine has one state; "not decided" beyond the limit.
[[nodiscard]] std::string hardness_of(const automata::Moore& machine, std::int64_t max_sets = 200'000);

}  // namespace anser::tasks
