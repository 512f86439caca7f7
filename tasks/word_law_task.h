// A Moore machine read on words whose letters follow a law of their own: not independent and uniform, or with
// positions at which nothing is asked.
//
//     input from law(rng),   target[t] = label of the state after input[0..t] where scored(input, t)
#pragma once

#include <functional>

#include "tasks/task.h"

namespace anser::tasks {

class WordLawTask : public Task {
 public:
  /// Fills the whole word; a function of the stream alone.
  using Law = std::function<void(Rng& rng, std::span<std::int32_t> input)>;
  /// Is position t asked?
  using Scored = std::function<bool(std::span<const std::int32_t> input, std::size_t t)>;

  WordLawTask(TaskFacts facts, automata::Moore machine, Law law, Scored scored);

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override;

 private:
  Law law_;
  Scored scored_;
};

/// Independent letters, uniform in first..first+count-1.
[[nodiscard]] WordLawTask::Law uniform_law(std::int32_t first, std::uint32_t count);
/// Every position in tagging mode, else the last one alone.
[[nodiscard]] WordLawTask::Scored scored_in(Supervision mode);

}  // namespace anser::tasks
