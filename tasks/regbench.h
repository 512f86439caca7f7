// regbench: in-context language learning (Akyuerek et al. 2024). Every word is a text over an automaton of
// its own, which has to be found out from the text.
//
//     bqa | abqabq | b | ..     10 to 19 strings of 1 to 49 letters, separated by |
//
// The automaton: n nodes, n uniform in 4..12; an alphabet of 4..18 of the 18 letters a..r; each node has 1 to
// 3 edges with different letters to different other nodes. A string starts at node 0 and follows uniform
// edges. Token ids: 0 is the filler `.`, 1..18 are a..r, 19 is |. A text is cut at T or filled up.
//
//     mode=lm (default)   the letter that follows; | is never asked (as seq_icl masks it)
//     mode=next-set       the set of letters that may follow: one of the 987 sets of 1 to 3 letters
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "automata/dfa.h"
#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

/// The automaton behind one text: node 0 is the start, edges have a letter 0..17 and a target.
struct RandomPfa {
  struct Edge {
    int letter = 0;
    int target = 0;
  };
  std::vector<std::vector<Edge>> nodes;
};

class RegBench : public Task {
 public:
  static std::unique_ptr<Task> make(const Id& id);

  /// The automaton of sample (seed, split, index), as drawn: pure, like sample().
  [[nodiscard]] RandomPfa hidden_pfa(std::uint64_t seed, Split split, std::uint64_t index) const;
  /// The same as a language over a..r: all prefixes of strings. Not minimised; the last state is the sink.
  [[nodiscard]] automata::Dfa hidden_automaton(std::uint64_t seed, Split split, std::uint64_t index) const;

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override;

 private:
  using Task::Task;
};

/// The task behind `task` as RegBench, or null.
inline const RegBench* as_regbench(const Task& task) {
  return dynamic_cast<const RegBench*>(&task);
}

}  // namespace anser::tasks
