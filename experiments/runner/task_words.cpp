#include "experiments/runner/task_words.h"

#include <algorithm>
#include <vector>

namespace anser::runner {

train::WordSource task_words(const tasks::Task& task) {
  const auto fill = [&task](bool sealed, std::uint64_t seed, std::uint64_t first, std::int64_t count,
                            std::int64_t length, std::int64_t* input, std::int64_t* target) {
    const tasks::Split split = sealed ? tasks::Split::sealed : tasks::Split::train;
    std::vector<std::int32_t> letters(static_cast<std::size_t>(length)), labels(letters.size());
    for (std::int64_t i = 0; i < count; ++i) {
      task.sample(seed, split, first + static_cast<std::uint64_t>(i), letters, labels);
      input = std::copy(letters.begin(), letters.end(), input);
      target = std::copy(labels.begin(), labels.end(), target);
    }
  };
  return {task.facts().num_tokens, task.facts().num_labels, fill};
}

}  // namespace anser::runner
