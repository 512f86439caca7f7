// The best predictor that sees the newest w letters and the position, for growing w.
//
// Reading u from state q leads to the label h_u(q); the map h_{su} follows from h_u by putting a letter in
// front: h_{su}(q) = h_u(delta(q, s)). A window is the distribution of h_u over uniform words u of length w:
// exact while few maps are distinct, else an equal-weight sample of words. Where letters permute the states
// and labels are distinct no map is needed: the best guess is right with probability max_q p(q).
#pragma once

#include <cstdint>
#include <vector>

#include "automata/random_walk.h"
#include "core/base/rng.h"

namespace anser::tasks {

class WindowPredictor {
 public:
  /// Window 0. `samples` words are drawn from `rng` once the maps no longer fit.
  WindowPredictor(const automata::Moore& machine, std::int64_t samples, const Rng& rng);

  /// Grows the window by one letter. O(number of maps * n * k), at most about 10^7 steps.
  void grow();

  /// Accuracy when the state before the window is distributed as `before`.
  double accuracy(const automata::StateDistribution& before) const;
  bool exact() const { return exact_; }

 private:
  using LabelMap = std::vector<std::int32_t>;  // [num_states]
  struct Weighted {
    LabelMap labels;
    double weight = 0;
  };

  LabelMap put_in_front(automata::Letter letter, const LabelMap& labels) const;
  void grow_exactly();
  void draw_words();

  const automata::Moore* machine_;
  std::int64_t samples_;
  Rng rng_;
  bool faithful_ = false;  // letters permute the states and labels tell them apart
  bool exact_ = true;
  std::vector<Weighted> maps_;
};

}  // namespace anser::tasks
