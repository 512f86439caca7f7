// Word problem of a finite group: read elements, answer their product at every position.
//
//     label_t = x_1 . x_2 ... x_t,   (p.q)(i) = p(q(i)): right multiplication, the newest token acts first
//
// Token ids follow the ascending element numbers of the token set; labels are element numbers
// (automata/permutation_group.h). Ids: s5 a5 z60 d8 q8 h3 a4_x_z5 ... case ignored, with
//     tokens=all (the default) | swaps | swaps+id | gens | limit<m>
//     product=right (the default) | left: label_t = x_t ... x_2 . x_1, the newest token acts last (FactWorld)
//     repeat=n, fill=n, hard=n: answers that come late (tasks/delayed_word_problem.h)
//     mode=tagging (the default) | final: the label of the whole word alone
// The canonical id names what differs from the defaults, in this order. Complete for NC1 when the group is
// not solvable (Barrington 1989), else in TC0.
#pragma once

#include <memory>
#include <vector>

#include "automata/permutation_group.h"
#include "core/base/ids.h"
#include "tasks/machine_task.h"

namespace anser::tasks {

class GroupWordProblem : public MachineTask {
 public:
  /// InputError on an unknown group, token set, key or value.
  static std::unique_ptr<Task> make(const Id& id);
  static bool matches(std::string_view name);

  const automata::PermutationGroup& group() const { return group_; }
  /// Element of token id i, ascending.
  const std::vector<automata::Element>& tokens() const { return tokens_; }
  /// product=left: label_t = x_t ... x_1.
  bool newest_left() const { return newest_left_; }

 private:
  GroupWordProblem(TaskFacts facts, automata::Moore machine, automata::PermutationGroup group,
                   std::vector<automata::Element> tokens, bool newest_left);

  automata::PermutationGroup group_;
  std::vector<automata::Element> tokens_;
  bool newest_left_;
};

/// The group behind a task, or null when it has none or answers late.
inline const GroupWordProblem* as_group(const Task& task) {
  return dynamic_cast<const GroupWordProblem*>(&task);
}

/// What all word problems of a group share: facts without id, labels and chance; and what the id says.
struct WordProblemRequest {
  automata::PermutationGroup group;
  std::vector<automata::Element> tokens;
  bool newest_left = false;
  Id canonical;  // name, tokens and product; the family's own parameters and the mode are appended
  TaskFacts facts;
};

/// Reads group, tokens, product and mode of an id whose keys are known.
[[nodiscard]] WordProblemRequest read_word_problem(const Id& id);
/// Appends mode=final where it is asked, and writes facts.id.
void finish_id(WordProblemRequest& request);

/// x.y, or y.x for product=left: the product so far and one more.
[[nodiscard]] automata::Element next_product(const WordProblemRequest& request, automata::Element so_far,
                                             automata::Element newest);

}  // namespace anser::tasks
