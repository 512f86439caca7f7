#include "tasks/random_language.h"

#include "automata/random_class.h"
#include "core/base/error.h"
#include "tasks/language_task.h"

namespace anser::tasks {

std::unique_ptr<Task> make_random_language(const Id& id) {
  id.require_known({"class", "n", "k", "seed", "mode", "negatives"});
  require(id.has("class"), "tasks::make_random_language",
          "random_language needs a class: random_language[class=nc1-complete]; known: {}",
          fmt::join(automata::random_class_names(), ", "));
  const automata::RandomClass target = automata::parse_random_class(id.get("class", ""));
  const auto n = static_cast<automata::State>(id.get_int("n", 8, 1, 64));
  const auto k = static_cast<automata::Letter>(id.get_int("k", 2, 1, 64));
  const auto seed = id.get_int("seed", 0, 0, std::int64_t{1} << 62);
  const LanguageTaskOptions options =
      parse_language_options(id, {.mode = Supervision::tagging}, language_modes());
  Id canonical{.name = "random_language",
               .parameters = {{"class", std::string(automata::random_class_name(target))},
                              {"n", fmt::format("{}", n)},
                              {"k", fmt::format("{}", k)},
                              {"seed", fmt::format("{}", seed)}}};
  append_language_options(canonical, options);
  automata::RandomLanguage language = automata::random_language(
      {.target = target, .states = {n, n}, .num_letters = k}, Rng(static_cast<std::uint64_t>(seed)), 0);
  TaskFacts facts;
  facts.id = print_id(canonical);
  facts.title = fmt::format("random language of {} states, {}", n, automata::random_class_name(target));
  facts.citation = "classes: Schützenberger 1965; Barrington 1989; Barrington et al. 1992";
  facts.source = "automata/random_class.h: recipe, rejection and classifier";
  facts.fidelity = Fidelity::inspired;
  facts.train_lengths = {1, 64};
  facts.test_lengths = {65, 512};
  return std::make_unique<LanguageTask>(std::move(facts), std::move(language.dfa), options);
}

}  // namespace anser::tasks
