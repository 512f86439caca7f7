// Word problem of a finite group: read elements, answer their product at every position.
//
//     label_t = x_1 . x_2 ... x_t,   (p.q)(i) = p(q(i)): right multiplication, the newest token acts first
//
// Token ids follow the ascending element numbers of the token set; labels are element numbers
// (automata/permutation_group.h). Ids: s5 a5 z60 a4_x_z5 ... case ignored; tokens=all (the default, not
// printed), swaps, swaps+id, gens, limit<m>. Complete for NC1 when the group is not solvable (Barrington
// 1989), else in TC0.
#pragma once

#include <memory>
#include <vector>

#include "automata/permutation_group.h"
#include "core/base/ids.h"
#include "tasks/machine_task.h"

namespace anser::tasks {

class GroupWordProblem : public MachineTask {
 public:
  /// InputError on an unknown group, token set or key.
  static std::unique_ptr<Task> make(const Id& id);
  static bool matches(std::string_view name);

  const automata::PermutationGroup& group() const { return group_; }
  /// Element of token id i, ascending.
  const std::vector<automata::Element>& tokens() const { return tokens_; }

 private:
  GroupWordProblem(TaskFacts facts, automata::Moore machine, automata::PermutationGroup group,
                   std::vector<automata::Element> tokens);

  automata::PermutationGroup group_;
  std::vector<automata::Element> tokens_;
};

/// The group behind a task, or null when it has none.
inline const GroupWordProblem* as_group(const Task& task) {
  return dynamic_cast<const GroupWordProblem*>(&task);
}

}  // namespace anser::tasks
