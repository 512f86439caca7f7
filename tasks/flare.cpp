#include "tasks/flare.h"

#include "automata/minimize.h"
#include "automata/non_regular.h"
#include "core/base/error.h"
#include "tasks/language_task.h"
#include "tasks/machine_rule.h"

namespace anser::tasks {
namespace {

using automata::Dfa;
using automata::Letter;
using automata::State;

Dfa even_pairs() {
  // Nothing read, then 1 + 2 first + last.
  return build_dfa({.num_states = 5,
                    .start = 0,
                    .letters = letters_of("01"),
                    .labels = {},
                    .next = [](State q, Letter s) { return q == 0 ? 1 + 3 * s : 1 + ((q - 1) & 2) + s; },
                    .label = [](State q) { return q == 0 || q == 1 || q == 4 ? 1 : 0; }});
}

Dfa repeat_01() {
  return build_dfa({.num_states = 3,
                    .start = 0,
                    .letters = letters_of("01"),
                    .labels = {},
                    .next = [](State q, Letter s) { return q == s ? 1 - q : 2; },
                    .label = [](State q) { return q == 0 ? 1 : 0; }});
}

Dfa parity() {
  return build_dfa({.num_states = 2,
                    .start = 0,
                    .letters = letters_of("01"),
                    .labels = {},
                    .next = [](State q, Letter s) { return q ^ s; },
                    .label = [](State q) { return q; }});
}

Dfa cycle_navigation() {
  // Positions 0 to 4, then 5 accepts and 6 is broken.
  const auto next = [](State q, Letter s) {
    if (q >= 5) return 6;
    if (s < 3) return (q + (s == 0 ? 1 : s == 1 ? 4 : 0)) % 5;
    return s - 3 == q ? 5 : 6;
  };
  return build_dfa({.num_states = 7,
                    .start = 0,
                    .letters = letters_of("><=01234"),
                    .labels = {},
                    .next = next,
                    .label = [](State q) { return q == 5 ? 1 : 0; }});
}

/// Values 0 to 4, operators 5 + 3 value + operator, start 20, after = 21 + value, accepting 26, broken 27.
State next_in_expression(State q, Letter s) {
  constexpr State kStart = 20, kEquals = 21, kDone = 26, kBroken = 27;
  const bool digit = s < 5;
  if (q < 5) return digit ? kBroken : s == 8 ? kEquals + q : 5 + 3 * q + (s - 5);
  if (q == kStart) return digit ? s : kBroken;
  if (q >= kEquals && q < kDone) return digit && s == q - kEquals ? kDone : kBroken;
  if (q >= kDone || !digit) return kBroken;
  const int value = (q - 5) / 3, op = (q - 5) % 3;
  return (op == 0 ? value + s : op == 1 ? value + 5 - s : value * s) % 5;
}

Dfa modular_arithmetic() {
  return build_dfa({.num_states = 28,
                    .start = 20,
                    .letters = letters_of("01234+-*="),
                    .labels = {},
                    .next = next_in_expression,
                    .label = [](State q) { return q == 26 ? 1 : 0; }});
}

/// States are stacks as binary numbers with a leading 1, so 1 is empty and 8 to 15 are full; 0 is broken.
Dfa dyck_2_3() {
  const auto next = [](State q, Letter s) {
    const State bracket = s / 2;
    if (q == 0) return 0;
    if (s % 2 == 0) return q >= 8 ? 0 : 2 * q + bracket;
    return q > 1 && q % 2 == bracket ? q / 2 : 0;
  };
  return build_dfa({.num_states = 16,
                    .start = 1,
                    .letters = {"(0", ")0", "(1", ")1"},
                    .labels = {},
                    .next = next,
                    .label = [](State q) { return q == 1 ? 1 : 0; }});
}

Dfa first() {
  return build_dfa({.num_states = 3,
                    .start = 0,
                    .letters = letters_of("01"),
                    .labels = {},
                    .next = [](State q, Letter s) { return q == 0 ? 1 + s : q; },
                    .label = [](State q) { return q == 2 ? 1 : 0; }});
}

struct Language {
  std::string name;
  Dfa (*make)();
  std::string title;
};

const std::vector<Language>& languages() {
  static const std::vector<Language> list = {
      {"even-pairs", even_pairs, "first letter = last"},
      {"repeat-01", repeat_01, "(01)*"},
      {"parity", parity, "an odd number of 1s"},
      {"cycle-navigation", cycle_navigation, "moves on a circle of 5, then the position"},
      {"modular-arithmetic-simple", modular_arithmetic, "equations modulo 5, evaluated from left to right"},
      {"dyck-2-3", dyck_2_3, "two kinds of brackets, at most three deep"},
      {"first", first, "begins with 1"},
  };
  return list;
}

const Language& find_language(const std::string& name) {
  std::vector<std::string> names;
  for (const Language& language : languages()) {
    if (language.name == name) return language;
    names.push_back(language.name);
  }
  if (const auto reason = automata::why_not_regular(name)) fail("tasks::make_flare", "{}", *reason);
  fail("tasks::make_flare", "unknown language \"{}\"{}", name, suggest(name, names));
}

}  // namespace

automata::Dfa flare_language(const std::string& name) {
  return find_language(name).make();
}

std::unique_ptr<Task> make_flare(const Id& id) {
  id.require_known({"language", "mode", "negatives"});
  require(id.has("language"), "tasks::make_flare", "flare needs a language: flare[language=parity]");
  const Language& language = find_language(id.get("language", ""));
  const LanguageTaskOptions defaults{.negatives = Negatives::flare};
  const LanguageTaskOptions options = parse_language_options(id, defaults, language_modes());
  Id canonical{.name = "flare", .parameters = {{"language", language.name}}};
  append_language_options(canonical, options);
  TaskFacts facts;
  facts.id = print_id(canonical);
  facts.title = fmt::format("language of {}", language.title);
  facts.citation = "Butoi et al. 2025";
  facts.source =
      "rycolab/neural-network-recognizers, src/recognizers/hand_picked_languages and "
      "string_sampling/sample_dataset.py";
  facts.fidelity = Fidelity::port;
  facts.train_lengths = {0, 40};
  facts.test_lengths = {0, 500};
  return std::make_unique<LanguageTask>(std::move(facts), language.make(), options);
}

}  // namespace anser::tasks
