#include "tasks/group_word_problem.h"

#include <algorithm>

#include "core/base/error.h"
#include "tasks/delayed_word_problem.h"
#include "tasks/mode_parameter.h"

namespace anser::tasks {
namespace {

using automata::Element;
using automata::PermutationGroup;

automata::Moore make_machine(const WordProblemRequest& request) {
  const PermutationGroup& group = request.group;
  automata::Moore machine{.num_states = group.order(),
                          .num_letters = static_cast<automata::Letter>(request.tokens.size()),
                          .num_labels = group.order(),
                          .start = PermutationGroup::identity(),
                          .next = {},
                          .label = {},
                          .letter_names = {},
                          .label_names = {}};
  machine.next.reserve(static_cast<std::size_t>(group.order()) * request.tokens.size());
  for (Element i = 0; i < group.order(); ++i) {
    for (const Element token : request.tokens) machine.next.push_back(next_product(request, i, token));
    machine.label.push_back(i);
    machine.label_names.push_back(group.element_name(i));
  }
  for (const Element token : request.tokens) machine.letter_names.push_back(group.element_name(token));
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

/// Groups that word-problem itself has.
bool is_upstream_group(const PermutationGroup& group) {
  return std::all_of(group.factors().begin(), group.factors().end(), [](const automata::GroupFactor& factor) {
    return factor.kind() == 's' || factor.kind() == 'a' || factor.kind() == 'z';
  });
}

void set_source(TaskFacts& facts, const PermutationGroup& group, std::string_view set, bool newest_left) {
  facts.citation = "Merrill, Petty and Sabharwal 2024; numbering of jopetty/word-problem";
  facts.source = "jopetty/word-problem: generate_data.py";
  facts.fidelity = Fidelity::paper_exact;
  if (!is_upstream_group(group)) {
    facts.source = "groups of lie-algebra's word problems, numbered by anser";
    facts.fidelity = Fidelity::port;
  }
  if (set == "swaps") {
    facts.source = "DeltaProduct: generate_data.py, S5_only_swaps without its identity";
    facts.fidelity = Fidelity::inspired;
  } else if (set == "swaps+id" || set.starts_with("limit")) {
    facts.source = "DeltaProduct: generate_data.py, S5_only_swaps and S<n>_limit_to_<m>";
  } else if (set == "gens" || newest_left) {
    facts.source = "FactWorld: generators, product=left";
    facts.fidelity = Fidelity::port;
  }
}

}  // namespace

GroupWordProblem::GroupWordProblem(TaskFacts facts, automata::Moore machine, PermutationGroup group,
                                   std::vector<Element> tokens, bool newest_left)
    : MachineTask(std::move(facts), std::move(machine)),
      group_(std::move(group)),
      tokens_(std::move(tokens)),
      newest_left_(newest_left) {}

bool GroupWordProblem::matches(std::string_view name) {
  return PermutationGroup::is_name(name);
}

Element next_product(const WordProblemRequest& request, Element so_far, Element newest) {
  return request.newest_left ? request.group.product(newest, so_far) : request.group.product(so_far, newest);
}

WordProblemRequest read_word_problem(const Id& id) {
  WordProblemRequest request{
      .group = PermutationGroup::parse(id.name), .tokens = {}, .canonical = {}, .facts = {}};
  const PermutationGroup& group = request.group;
  const std::string set = id.get("tokens", "all"), side = id.get("product", "right");
  require(side == "right" || side == "left", "tasks::GroupWordProblem", "{}: unknown product \"{}\"{}",
          print_id(id), side, suggest(side, {"right", "left"}));
  request.tokens = group.token_set(set);
  request.newest_left = side == "left";
  request.canonical.name = group.name();
  if (set != "all") request.canonical.parameters.emplace_back("tokens", set);
  if (request.newest_left) request.canonical.parameters.emplace_back("product", "left");
  TaskFacts& facts = request.facts;
  facts.title = title(group);
  facts.hardness = hardness(group);
  facts.token_set = group.token_set_title(set);
  set_source(facts, group, set, request.newest_left);
  facts.group = group.title();
  facts.group_order = group.order();
  facts.modes = {Supervision::tagging, Supervision::final};
  facts.supervision = mode_of(id, Supervision::tagging, facts.modes);
  return request;
}

void finish_id(WordProblemRequest& request) {
  if (request.facts.supervision == Supervision::final)
    request.canonical.parameters.emplace_back("mode", supervision_name(Supervision::final));
  request.facts.id = print_id(request.canonical);
}

std::unique_ptr<Task> GroupWordProblem::make(const Id& id) {
  id.require_known({"tokens", "product", "repeat", "fill", "fill_labels", "hard", "mode"});
  if (DelayedWordProblem::is_asked(id)) return DelayedWordProblem::make(id);
  WordProblemRequest request = read_word_problem(id);
  finish_id(request);
  // Every token set generates its group, so each element is the product equally often in the long run.
  request.facts.chance = 1.0 / request.group.order();
  automata::Moore machine = make_machine(request);
  return std::unique_ptr<Task>(new GroupWordProblem(std::move(request.facts), std::move(machine),
                                                    std::move(request.group), std::move(request.tokens),
                                                    request.newest_left));
}

}  // namespace anser::tasks
