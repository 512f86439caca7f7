// A Moore machine read on independent, uniform letters: group word problems, counters, random automata.
//
//     input[t] uniform in 0..k-1,   target[t] = label of the state after input[0..t]
#pragma once

#include "tasks/task.h"

namespace anser::tasks {

class MachineTask : public Task {
 public:
  /// facts.supervision is tagging (a label at every position) or final (at the last one alone).
  MachineTask(TaskFacts facts, automata::Moore machine);

  bool uniform_letters() const override { return facts().supervision == Supervision::tagging; }

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override;
};

/// Share of the most frequent label in the long run under uniform letters: the exact chance level of such a
/// task. Machines above 2000 states (minimal) are refused.
double long_run_chance(const automata::Moore& machine);

}  // namespace anser::tasks
