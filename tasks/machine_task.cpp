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
  const auto letters = static_cast<std::uint32_t>(m.num_letters);
  const bool everywhere = facts().supervision == Supervision::tagging;
  automata::State q = m.start;
  for (std::size_t t = 0; t < input.size(); ++t) {
    input[t] = static_cast<std::int32_t>(rng.below(letters));
    q = m.step(q, input[t]);
    if (everywhere || t + 1 == input.size()) target[t] = m.label[static_cast<std::size_t>(q)];
  }
}

double long_run_chance(const automata::Moore& machine) {
  const automata::Moore small = automata::minimize(machine);
  const auto labels = automata::label_distribution(small, automata::long_run_distribution(small));
  return *std::max_element(labels.begin(), labels.end());
}

}  // namespace anser::tasks
