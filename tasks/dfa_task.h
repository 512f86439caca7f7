// The language of a given automaton, membership asked at every prefix: dfa[file=PATH] and
// random_dfa[n=,k=,seed=].
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// dfa[file=PATH]: dfa.json of automata/dfa.h. Labels 0 = reject, 1 = accept. The machine is the file's own,
/// not minimised.
std::unique_ptr<Task> make_dfa_task(const Id& id);

/// random_dfa[n=8,k=2,seed=0]: uniform random automaton, n in 1..1024, k in 1..64 (automata/random_dfa.h with
/// Rng(seed)).
std::unique_ptr<Task> make_random_dfa_task(const Id& id);

}  // namespace anser::tasks
