#include "tasks/word_law_task.h"

namespace anser::tasks {

WordLawTask::WordLawTask(TaskFacts facts, automata::Moore machine, Law law, Scored scored)
    : Task(std::move(facts), std::move(machine)), law_(std::move(law)), scored_(std::move(scored)) {}

void WordLawTask::draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const {
  law_(rng, input);
  const automata::Moore& m = machine();
  automata::State q = m.start;
  for (std::size_t t = 0; t < input.size(); ++t) {
    q = m.step(q, input[t]);
    if (scored_(input, t)) target[t] = m.label[static_cast<std::size_t>(q)];
  }
}

WordLawTask::Law uniform_law(std::int32_t first, std::uint32_t count) {
  return [first, count](Rng& rng, std::span<std::int32_t> input) {
    for (std::int32_t& token : input) token = first + static_cast<std::int32_t>(rng.below(count));
  };
}

WordLawTask::Scored scored_in(Supervision mode) {
  if (mode == Supervision::tagging) return [](std::span<const std::int32_t>, std::size_t) { return true; };
  return [](std::span<const std::int32_t> input, std::size_t t) { return t + 1 == input.size(); };
}

}  // namespace anser::tasks
