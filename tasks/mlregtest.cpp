#include "tasks/mlregtest.h"

#include <filesystem>

#include "automata/formats/att.h"
#include "automata/minimize.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "tasks/language_task.h"

namespace anser::tasks {

std::unique_ptr<Task> make_mlregtest(const Id& id) {
  id.require_known({"file", "test"});
  const std::string file = id.get("file", "");
  require(!file.empty(), "tasks::make_mlregtest",
          "mlregtest needs a file: mlregtest[file=04.04.SL.2.1.0.att]");
  const std::string test = id.get("test", "SR");
  require(test == "SR" || test == "SA" || test == "LR" || test == "LA", print_id(id), "unknown test \"{}\"{}",
          test, suggest(test, {"SR", "SA", "LR", "LA"}));
  const bool adversarial = test[1] == 'A', long_words = test[0] == 'L';
  const automata::Dfa dfa =
      automata::minimize(automata::to_dfa(automata::parse_att(read_file(file), file).machine));
  TaskFacts facts;
  facts.id = print_id({.name = "mlregtest", .parameters = {{"file", file}, {"test", test}}});
  facts.title =
      fmt::format("{}, {} {} words ({} states when minimal)", std::filesystem::path(file).stem().string(),
                  long_words ? "long" : "short", adversarial ? "adversarial" : "random", dfa.num_states);
  facts.citation = "van der Poel et al. 2024";
  facts.source = "heinz-jeffrey/subregular-learning, src/fstlib/att_format and src/data_gen.py";
  facts.modes = {Supervision::final};
  facts.train_lengths = {20, 29};
  facts.test_lengths = long_words ? LengthLaw{31, 50} : LengthLaw{20, 29};
  return std::make_unique<LanguageTask>(
      std::move(facts), dfa,
      LanguageTaskOptions{.mode = Supervision::final,
                          .negatives = adversarial ? Negatives::near_miss : Negatives::uniform,
                          .near_positives = adversarial,
                          .least_length = 20});
}

}  // namespace anser::tasks
