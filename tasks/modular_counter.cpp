#include "tasks/modular_counter.h"

#include "core/base/error.h"
#include "tasks/machine_task.h"

namespace anser::tasks {
namespace {

class ModularCounter : public MachineTask {
 public:
  ModularCounter(TaskFacts facts, automata::State n) : MachineTask(std::move(facts), machine_mod(n)) {}

 private:
  static automata::Moore machine_mod(automata::State n) {
    automata::Moore machine{.num_states = n,
                            .num_letters = 2,
                            .num_labels = n,
                            .start = 0,
                            .next = {},
                            .label = {},
                            .letter_names = {"0", "1"},
                            .label_names = {}};
    for (automata::State q = 0; q < n; ++q) {
      machine.next.insert(machine.next.end(), {q, (q + 1) % n});
      machine.label.push_back(q);
      machine.label_names.push_back(fmt::format("{}", q));
    }
    return machine;
  }
};

TaskFacts counter_facts(automata::State n) {
  TaskFacts facts;
  facts.hardness = n == 1 ? "trivial (one label)"
                          : "in ACC0, so in TC0, not in AC0 (Furst, Saxe and Sipser 1984; Smolensky 1987)";
  facts.token_set = "increments 0 and 1";
  facts.source = "tasks/modular_counter.h";
  facts.group = fmt::format("Z{}", n);
  facts.group_order = n;
  facts.chance = 1.0 / n;
  return facts;
}

}  // namespace

std::unique_ptr<Task> make_parity(const Id& id) {
  id.require_known({});
  TaskFacts facts = counter_facts(2);
  facts.id = "parity";
  facts.title = "number of ones so far, odd or even";
  facts.citation = "Furst, Saxe and Sipser 1984; Hahn 2020";
  return std::make_unique<ModularCounter>(std::move(facts), 2);
}

std::unique_ptr<Task> make_modular_counter(const Id& id) {
  id.require_known({"n"});
  const auto n = static_cast<automata::State>(id.get_int("n", 5, 1, 4096));
  TaskFacts facts = counter_facts(n);
  facts.id = fmt::format("mod[n={}]", n);
  facts.title = fmt::format("number of ones so far modulo {}", n);
  facts.citation = "Smolensky 1987; Grazzi et al. 2025";
  return std::make_unique<ModularCounter>(std::move(facts), n);
}

}  // namespace anser::tasks
