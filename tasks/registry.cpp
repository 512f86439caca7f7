#include "tasks/registry.h"

#include <algorithm>
#include <cctype>

#include "core/base/error.h"
#include "tasks/contains_factor.h"
#include "tasks/dfa_task.h"
#include "tasks/group_word_problem.h"
#include "tasks/modular_counter.h"

namespace anser::tasks {

const std::vector<Family>& families() {
  static const std::vector<Family> list = {
      {"s5",
       {"s5[tokens=swaps+id]", "a5", "z60", "a4_x_z5"},
       "word problem of a group: s<n> a<n> z<n> and products",
       GroupWordProblem::make},
      {"parity", {"parity"}, "number of ones, odd or even", make_parity},
      {"mod", {"mod[n=5]"}, "sum of the letters modulo n", make_modular_counter},
      {"contains",
       {"contains[word=aa,letters=7]"},
       "does the word contain a factor (star-free)",
       make_contains_factor},
      {"dfa", {"dfa[file=dfa.json]"}, "language of a given automaton", make_dfa_task},
      {"random_dfa",
       {"random_dfa[n=8,k=2,seed=0]"},
       "language of a uniform random automaton",
       make_random_dfa_task},
  };
  return list;
}

std::unique_ptr<Task> make_task(std::string_view text) {
  Id id = parse_id(text);
  for (char& c : id.name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (GroupWordProblem::matches(id.name)) return GroupWordProblem::make(id);
  std::vector<std::string> names;
  for (const Family& family : families()) {
    if (family.name == id.name) return family.make(id);
    for (const auto& example : family.examples) names.push_back(parse_id(example).name);
  }
  fail("tasks::make_task", "unknown task \"{}\"{}", id.name, suggest(id.name, names));
}

std::vector<std::string> known_tasks() {
  std::vector<std::string> ids;
  for (const Family& family : families())
    ids.insert(ids.end(), family.examples.begin(), family.examples.end());
  return ids;
}

}  // namespace anser::tasks
