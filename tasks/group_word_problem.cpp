#include "tasks/group_word_problem.h"

#include "core/base/error.h"

namespace anser::tasks {
namespace {

using automata::Element;
using automata::PermutationGroup;

automata::Moore make_machine(const PermutationGroup& group, const std::vector<Element>& tokens) {
  automata::Moore machine{.num_states = group.order(),
                          .num_letters = static_cast<automata::Letter>(tokens.size()),
                          .num_labels = group.order(),
                          .start = PermutationGroup::identity(),
                          .next = {},
                          .label = {},
                          .letter_names = {},
                          .label_names = {}};
  machine.next.reserve(static_cast<std::size_t>(group.order()) * tokens.size());
  for (Element i = 0; i < group.order(); ++i) {
    for (const Element token : tokens) machine.next.push_back(group.product(i, token));
    machine.label.push_back(i);
    machine.label_names.push_back(group.element_name(i));
  }
  for (const Element token : tokens) machine.letter_names.push_back(group.element_name(token));
  return machine;
}

std::string hardness(const PermutationGroup& group) {
  if (!group.is_solvable()) return "NC1-complete (Barrington 1989): outside TC0 unless TC0 = NC1";
  return "in ACC0, so in TC0 (solvable group; Barrington and Thérien 1988)";
}

std::string title(const PermutationGroup& group) {
  if (group.is_symmetric()) return fmt::format("composition of permutations of {} elements", group.degree());
  return fmt::format("word problem of {}", group.title());
}

}  // namespace

GroupWordProblem::GroupWordProblem(TaskFacts facts, automata::Moore machine, PermutationGroup group,
                                   std::vector<Element> tokens)
    : MachineTask(std::move(facts), std::move(machine)),
      group_(std::move(group)),
      tokens_(std::move(tokens)) {}

bool GroupWordProblem::matches(std::string_view name) {
  return PermutationGroup::is_name(name);
}

std::unique_ptr<Task> GroupWordProblem::make(const Id& id) {
  id.require_known({"tokens"});
  PermutationGroup group = PermutationGroup::parse(id.name);
  const std::string set = id.get("tokens", "all");
  std::vector<Element> tokens = group.token_set(set);
  TaskFacts facts{
      .id = print_id({.name = group.name(), .parameters = {}}),
      .title = title(group),
      .hardness = hardness(group),
      .token_set = group.token_set_title(set),
      .citation = "Merrill, Petty and Sabharwal 2024; numbering of jopetty/word-problem",
      .group = group.title(),
      .group_order = group.order(),
      // Every token set generates its group, so each element is the product equally often in the long run.
      .chance = 1.0 / group.order()};
  if (set != "all") facts.id = print_id({.name = group.name(), .parameters = {{"tokens", set}}});
  automata::Moore machine = make_machine(group, tokens);
  return std::unique_ptr<Task>(
      new GroupWordProblem(std::move(facts), std::move(machine), std::move(group), std::move(tokens)));
}

}  // namespace anser::tasks
