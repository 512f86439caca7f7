// A task: a stream of words with a label at every position, whose exact complexity is known.
//
// All tasks are Moore machines read letter by letter, letters drawn independently and uniformly: target[t] is
// the label of the state after input[0..t]. Sample i of a stream is a pure function of (task id, seed, split,
// i): nothing is stored, anything can be regenerated, and the sealed test stream differs from the training
// stream by its label.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "automata/moore.h"
#include "core/base/rng.h"

namespace anser::tasks {

/// Facts about a task, stated as data and printed by every report.
struct TaskFacts {
  std::string id;         // canonical id, "s5[tokens=swaps+id]"
  std::string title;      // one line, "composition of permutations of 5 elements"
  std::string hardness;   // "NC1-complete (Barrington 1989)", "in TC0 (solvable group)", "star-free", ...
  std::string token_set;  // "identity and the 10 transpositions"
  std::string citation;   // where task and numbering come from
  std::string group;      // "S5"; empty where there is none
  std::int64_t group_order = 0;  // 0 where there is none
  int num_tokens = 0;            // V: letters of the machine
  int num_labels = 0;
  double chance = 0;  // exact: accuracy of the best constant label when every position is equally likely to
                      // be asked in the limit of long words (1/|G| for transitive groups)
};

/// The streams of a task. `sealed` is for evaluation alone: the trainer never opens it.
enum class Split { train, validation, sealed };

/// "train", "validation", "test" (the sealed stream).
std::string_view split_name(Split split);
/// The inverse; InputError with the known names otherwise.
Split parse_split(std::string_view name);

class Task {
 public:
  virtual ~Task() = default;

  const TaskFacts& facts() const { return facts_; }
  /// The machine whose labels are the targets. Letter i is token id i.
  const automata::Moore& machine() const { return machine_; }

  /// Sample `index` of the stream: fills input with token ids and target with labels. Both of the same length
  /// T >= 0. Pure: same arguments, same result, in any order, on any thread. O(T).
  void sample(std::uint64_t seed, Split split, std::uint64_t index, std::span<std::int32_t> input,
              std::span<std::int32_t> target) const;

 protected:
  Task(TaskFacts facts, automata::Moore machine);

 private:
  TaskFacts facts_;
  automata::Moore machine_;
};

/// The task of an id: s5[tokens=..] a5[..] z60[..] (any s<n> a<n> z<n> of order <= 5040) parity mod[n=5]
/// dfa[file=..] random_dfa[n=..,k=..,seed=..]. InputError naming the nearest known task, token set or key
/// otherwise.
std::unique_ptr<Task> make_task(std::string_view id);

/// Ids to show in lists and messages: one example per family.
std::vector<std::string> known_tasks();

}  // namespace anser::tasks
