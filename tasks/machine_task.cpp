#include "tasks/machine_task.h"

#include <algorithm>

#include "automata/minimize.h"
#include "automata/random_walk.h"
#include "core/base/error.h"

namespace anser::tasks {

MachineTask::MachineTask(TaskFacts facts, automata::Moore machine)
    : Task(std::move(facts), std::move(machine)) {
  ANSER_ASSERT(this->facts().supervision == Supervision::tagging ||
               this->facts().supervision == Supervision::final);
}

void MachineTask::draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const {
  const automata::Moore& m = machine();
  rng.below(static_cast<std::uint32_t>(m.num_letters), input);
  automata::State q = m.start;
  if (facts().supervision == Supervision::tagging) {
    for (std::size_t t = 0; t < input.size(); ++t) {
      q = m.step(q, input[t]);
      target[t] = m.label[static_cast<std::size_t>(q)];
    }
  } else if (!input.empty()) {
    for (const auto letter : input) q = m.step(q, letter);
    target.back() = m.label[static_cast<std::size_t>(q)];
  }
}

double long_run_chance(const automata::Moore& machine) {
  const automata::Moore small = automata::minimize(machine);
  const auto labels = automata::label_distribution(small, automata::long_run_distribution(small));
  return *std::max_element(labels.begin(), labels.end());
}

}  // namespace anser::tasks
