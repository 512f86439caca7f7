// After a closure that hit its cap: follow one word that drives the recurrent state away from where it should
// be.
//
// Each letter is chosen to leave the state farthest from home, the (coarsely rounded) first state in which
// the closure met the same target state: first by the number of heads that are lost, farther away than half
// of home's largest entry, then by the largest entry among the others; ties go to the letter used longest
// ago. All letters are tried at every place, so any of them may end the word by failing.
#pragma once

#include <functional>
#include <vector>

#include "analysis/construct/closure.h"

namespace anser::construct {

struct DirectedSearch {
  const OneLayer& model;
  const automata::Moore& target;  // minimal
  const std::vector<std::vector<std::int64_t>>& letters;
  /// State, rounded coarsely, where the closure first met each target state; undefined where it did not.
  std::vector<at::Tensor> homes;
  at::Tensor start;  // [1, H, N, N], after BOS
  std::int64_t length = 0;
};

/// Letters tried (at most `length`) and the failing word, if one was found.
struct DirectedResult {
  std::int64_t searched = 0;
  std::optional<FailingWord> failing_word;
};

DirectedResult search(const DirectedSearch& plan, const std::function<void(std::int64_t)>& on_letter);

/// Label with the strictly largest logit; -1 where a logit is NaN or the largest is not unique.
std::int64_t answered_label(std::span<const float> logits);

}  // namespace anser::construct
