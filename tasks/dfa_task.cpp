#include "tasks/dfa_task.h"

#include <algorithm>

#include "automata/dfa.h"
#include "automata/minimize.h"
#include "automata/random_dfa.h"
#include "core/base/error.h"
#include "tasks/hardness.h"
#include "tasks/machine_task.h"

namespace anser::tasks {
namespace {

class DfaTask : public MachineTask {
 public:
  DfaTask(TaskFacts facts, const automata::Dfa& dfa)
      : MachineTask(complete(std::move(facts), dfa), automata::to_moore(dfa)) {}

 private:
  /// Adds what follows from the automaton. Chance and hardness are those of the minimal automaton, so of the
  /// language.
  static TaskFacts complete(TaskFacts facts, const automata::Dfa& dfa) {
    const automata::Moore small = automata::to_moore(automata::minimize(dfa));
    facts.chance = long_run_chance(small);
    facts.title += fmt::format(" ({} states, {} when minimal)", dfa.num_states, small.num_states);
    facts.hardness = hardness_of(small);
    facts.token_set = fmt::format("letters {}", fmt::join(dfa.letter_names, ", "));
    return facts;
  }
};

}  // namespace

std::unique_ptr<Task> make_dfa_task(const Id& id) {
  id.require_known({"file"});
  const std::string file = id.get("file", "");
  require(!file.empty(), "tasks::make_dfa_task", "dfa needs a file: dfa[file=dfa.json]");
  TaskFacts facts;
  facts.id = print_id({.name = "dfa", .parameters = {{"file", file}}});
  facts.title = "language of a given automaton";
  facts.citation = file;
  facts.source = "automata/dfa.h";
  return std::make_unique<DfaTask>(std::move(facts), automata::read_dfa(file));
}

std::unique_ptr<Task> make_random_dfa_task(const Id& id) {
  id.require_known({"n", "k", "seed"});
  const auto n = static_cast<automata::State>(id.get_int("n", 8, 1, 1024));
  const auto k = static_cast<automata::Letter>(id.get_int("k", 2, 1, 64));
  const auto seed = id.get_int("seed", 0, 0, std::int64_t{1} << 62);
  TaskFacts facts;
  facts.id = fmt::format("random_dfa[n={},k={},seed={}]", n, k, seed);
  facts.title = "language of a uniform random automaton";
  facts.citation = "uniform transitions and accept bits";
  facts.source = "automata/random_dfa.h";
  return std::make_unique<DfaTask>(
      std::move(facts),
      automata::random_dfa({.num_states = n, .num_letters = k}, Rng(static_cast<std::uint64_t>(seed))));
}

}  // namespace anser::tasks
