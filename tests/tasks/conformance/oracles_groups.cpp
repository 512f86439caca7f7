// Word problems of groups, by composing the permutations behind the elements.
#include <cstdlib>

#include "automata/permutation_group.h"
#include "tests/tasks/conformance/oracle.h"

namespace anser::tests {
namespace {

using automata::Permutation;
using automata::PermutationGroup;

/// Permutation of a token by its printed name; fill tokens are the identity.
Permutation permutation_named(const PermutationGroup& group, const std::string& name) {
  for (automata::Element x = 0; x < group.order(); ++x)
    if (group.element_name(x) == name) return group.element(x);
  return Permutation::identity(group.degree());
}

std::vector<std::int32_t> group_targets(const Id& id, const tasks::TaskFacts& facts,
                                        std::span<const std::int32_t> input) {
  const auto group = PermutationGroup::parse(id.name);
  const bool left = id.get("product", "right") == "left",
             fill_labels = id.has("fill") && !id.has("fill_labels");
  std::size_t block = 1;
  for (const char* key : {"repeat", "fill", "hard"})
    if (id.has(key)) block = static_cast<std::size_t>(std::atoi(id.get(key, "1").c_str()));
  std::vector<std::int32_t> targets;
  auto product = Permutation::identity(group.degree());
  for (std::size_t t = 0; t < input.size(); ++t) {
    const bool complete = (t + 1) % block == 0;
    if (complete) {
      const auto token = static_cast<std::size_t>(input[t + 1 - block]);
      const Permutation newest = permutation_named(group, facts.token_names[token]);
      product = left ? newest * product : product * newest;
    }
    const bool asks = facts.supervision == tasks::Supervision::tagging || t + 1 == input.size();
    const bool fill = fill_labels && !complete && t + 1 > block;
    targets.push_back(!asks ? tasks::kUnscored : fill ? group.order() : group.number_of(product));
  }
  return targets;
}

}  // namespace

std::vector<Oracle> group_oracles() {
  return {{.family = "s5",
           .targets = [](const Id& id, const tasks::TaskFacts& facts, std::span<const std::int32_t> input,
                         const SampleName&) { return group_targets(id, facts, input); }}};
}

}  // namespace anser::tests
