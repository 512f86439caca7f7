// What the targets of a word must be, computed the slow, obvious way and independently of the task's own
// tables. Every family of the registry has one; test_task_conformance fails for a family without.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tests {

/// Where a word comes from, for the few tasks whose targets do not follow from the input alone.
struct SampleName {
  std::uint64_t seed = 0;
  tasks::Split split = tasks::Split::train;
  std::uint64_t index = 0;
};

struct Oracle {
  std::string family;  // tasks::Family::name
  /// All targets of `input`, tasks::kUnscored where nothing is asked. `id` is the canonical id.
  std::function<std::vector<std::int32_t>(const Id& id, const tasks::TaskFacts& facts,
                                          std::span<const std::int32_t> input, const SampleName& name)>
      targets;
};

/// One list for each group of families; a family is in exactly one.
std::vector<Oracle> group_oracles();  // oracles_groups.cpp: word problems and their variants
std::vector<Oracle> basic_oracles();  // oracles_basic.cpp: counters, contains, dfa, random_dfa
std::vector<Oracle>
language_oracles();  // oracles_languages.cpp: suites of regular languages and semiautomata
std::vector<Oracle> sequence_oracles();  // oracles_sequences.cpp: recall, copying, tracking, products

}  // namespace anser::tests
