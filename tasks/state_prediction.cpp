#include "tasks/state_prediction.h"

#include <algorithm>

#include "automata/alphabet.h"
#include "automata/regex.h"
#include "core/base/error.h"
#include "tasks/hardness.h"
#include "tasks/label_shares.h"
#include "tasks/language_lengths.h"
#include "tasks/language_task.h"
#include "tasks/word_source.h"

namespace anser::tasks {
namespace {

automata::Moore state_machine(const automata::Dfa& dfa) {
  automata::Moore machine = automata::to_moore(dfa);
  machine.num_labels = dfa.num_states;
  machine.label_names.clear();
  for (automata::State q = 0; q < dfa.num_states; ++q) {
    machine.label[static_cast<std::size_t>(q)] = q;
    machine.label_names.push_back(fmt::format("q{}", q));
  }
  return machine;
}

class StatePrediction : public Task {
 public:
  StatePrediction(TaskFacts facts, const automata::Dfa& dfa)
      : Task(std::move(facts), state_machine(dfa)), words_(dfa) {}

 protected:
  void draw(Rng rng, std::span<std::int32_t> input, std::span<std::int32_t> target) const override {
    words_.sample(automata::Side::accepted, rng, input);
    automata::State q = machine().start;
    for (std::size_t t = 0; t < input.size(); ++t) target[t] = q = machine().step(q, input[t]);
  }

 private:
  WordSource words_;
};

}  // namespace

std::unique_ptr<Task> make_state_prediction(const Id& id) {
  id.require_known({"regex", "alphabet"});
  require(id.has("regex"), "tasks::make_state_prediction",
          "state_prediction needs an expression: state_prediction[regex=\"(ab)*\"]");
  const std::string regex = id.get("regex", "");
  automata::RegexOptions options;
  if (id.has("alphabet")) options.alphabet = automata::parse_alphabet(id.get("alphabet", ""));
  const automata::Dfa dfa = automata::compile_regex(regex, options);
  const auto lengths = lengths_of_language(dfa, 1);
  require(lengths.has_value(), "tasks::make_state_prediction",
          "the language of {} is finite: there are no accepted words of most lengths", regex);
  TaskFacts facts;
  facts.id = print_id({.name = "state_prediction", .parameters = id.parameters});
  facts.title = fmt::format("state of the automaton of {}", regex);
  facts.hardness = hardness_of(automata::to_moore(dfa));
  facts.token_set = fmt::format("letters {}", fmt::join(dfa.letter_names, ", "));
  facts.citation = "arXiv 2608.13433; Yang and Chiang 2024 (C-RASP)";
  facts.source = "the paper's task: states on accepted words";
  facts.lengths = *lengths;
  facts.train_lengths = {1, 50};
  facts.test_lengths = {51, 500};
  const auto shares =
      label_shares(dfa, state_machine(dfa), automata::Side::accepted, facts.lengths.at_least(kChanceLength));
  facts.chance = *std::max_element(shares.begin(), shares.end());
  return std::make_unique<StatePrediction>(std::move(facts), dfa);
}

}  // namespace anser::tasks
