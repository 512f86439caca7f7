#include "tasks/cycle_navigation.h"

#include "core/base/error.h"
#include "tasks/hardness.h"
#include "tasks/machine_rule.h"
#include "tasks/mode_parameter.h"
#include "tasks/word_law_task.h"

namespace anser::tasks {
namespace {

/// What tells the three apart.
struct Dialect {
  std::vector<std::string> letters;
  std::vector<int> moves;  // of each letter
  std::int32_t first_drawn = 0;
  std::int32_t first_label = 0;
  automata::State circle = 5;
};

const std::vector<Supervision> kModes = {Supervision::final, Supervision::tagging};

automata::Moore machine_of(const Dialect& dialect) {
  std::vector<std::string> labels(dialect.letters.begin(), dialect.letters.begin() + dialect.first_label);
  for (automata::State q = 0; q < dialect.circle; ++q) labels.push_back(fmt::format("{}", q));
  return build_machine({.num_states = dialect.circle,
                        .start = 0,
                        .letters = dialect.letters,
                        .labels = labels,
                        .next =
                            [&](automata::State q, automata::Letter s) {
                              return (q + dialect.circle + dialect.moves[static_cast<std::size_t>(s)]) %
                                     dialect.circle;
                            },
                        .label = [&](automata::State q) { return dialect.first_label + q; }});
}

std::unique_ptr<Task> make_cycle(TaskFacts facts, const Dialect& dialect, Supervision mode) {
  automata::Moore machine = machine_of(dialect);
  facts.title = fmt::format("position on a circle of {} after the moves", dialect.circle);
  facts.hardness = hardness_of(machine);
  facts.fidelity = Fidelity::port;
  facts.supervision = mode;
  facts.modes = kModes;
  facts.group = fmt::format("Z{}", dialect.circle);
  facts.group_order = dialect.circle;
  facts.lengths = {.least = 1, .step = 1};
  facts.chance = 1.0 / dialect.circle;
  if (dialect.first_drawn > 0)
    facts.special_tokens = {{"PAD", "fills batches upstream; never drawn here, reads as no move"}};
  return std::make_unique<WordLawTask>(std::move(facts), std::move(machine),
                                       uniform_law(dialect.first_drawn, 3), scored_in(mode));
}

/// PAD and three moves, labels from 4.
Dialect padded(automata::State circle) {
  return {{"PAD", "stay", "+1", "-1"}, {0, 0, 1, -1}, 1, 4, circle};
}

}  // namespace

std::unique_ptr<Task> make_cycle_deepmind(const Id& id) {
  id.require_known({"mode"});
  const Supervision mode = mode_of(id, Supervision::final, kModes);
  TaskFacts facts;
  facts.id = fmt::format("cycle_deepmind[mode={}]", supervision_name(mode));
  facts.token_set = "moves -1, 0, +1";
  facts.citation = "Delétang et al. 2023";
  facts.source = "google-deepmind/neural_networks_chomsky_hierarchy, tasks/regular/cycle_navigation.py";
  facts.train_lengths = {1, 40};
  facts.test_lengths = {41, 500};
  return make_cycle(std::move(facts), {{"-1", "0", "+1"}, {-1, 0, 1}, 0, 0, 5}, mode);
}

std::unique_ptr<Task> make_cycle_xlstm(const Id& id) {
  id.require_known({"vocab", "mode"});
  const auto vocab = static_cast<automata::State>(id.get_int("vocab", 10, 6, 1024));
  const Supervision mode = mode_of(id, Supervision::final, kModes);
  TaskFacts facts;
  facts.id = fmt::format("cycle_xlstm[vocab={},mode={}]", vocab, supervision_name(mode));
  facts.token_set = "moves 0, +1, -1";
  facts.citation = "Beck et al. 2024; Grazzi et al. 2025";
  facts.source = "NX-AI/xlstm, experiments/data/formal_language/tasks/cycle_navigation.py";
  facts.train_lengths = {2, 39};  // upstream counts the answer: 3..40
  facts.test_lengths = {39, 255};
  return make_cycle(std::move(facts), padded(vocab - 4), mode);
}

std::unique_ptr<Task> make_cycle_walker(const Id& id) {
  id.require_known({"mode"});
  const Supervision mode = mode_of(id, Supervision::final, kModes);
  TaskFacts facts;
  facts.id = fmt::format("cycle_walker[mode={}]", supervision_name(mode));
  facts.token_set = "moves 0, +1, -1";
  facts.citation = "Walker et al. 2025";
  facts.source = "Benjamin-Walker/structured-linear-cdes, data_dir/fl_tasks/cycle_nav.py";
  facts.train_lengths = {3, 40};
  facts.test_lengths = {40, 256};
  return make_cycle(std::move(facts), padded(5), mode);
}

}  // namespace anser::tasks
