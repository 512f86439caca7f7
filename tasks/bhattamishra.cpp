#include "tasks/bhattamishra.h"

#include <charconv>

#include "automata/non_regular.h"
#include "core/base/error.h"
#include "tasks/language_task.h"
#include "tasks/machine_rule.h"
#include "tasks/tomita.h"

namespace anser::tasks {
namespace {

using automata::Dfa;
using automata::Letter;
using automata::State;

/// The word over and over: state t expects letter t, the last state is broken.
Dfa repeated(const std::vector<Letter>& word, const std::string& letters) {
  const auto length = static_cast<State>(word.size());
  return build_dfa({.num_states = length + 1,
                    .start = 0,
                    .letters = letters_of(letters),
                    .labels = {},
                    .next =
                        [&](State q, Letter s) {
                          return q < length && word[static_cast<std::size_t>(q)] == s ? (q + 1) % length
                                                                                      : length;
                        },
                    .label = [](State q) { return q == 0 ? 1 : 0; }});
}

/// Depth 0 to n, then broken.
Dfa bounded_depth(State n) {
  return build_dfa({.num_states = n + 2,
                    .start = 0,
                    .letters = letters_of("ab"),
                    .labels = {},
                    .next =
                        [n](State q, Letter s) {
                          if (q > n) return q;
                          return s == 0 ? q + 1 : q == 0 ? n + 1 : q - 1;
                        },
                    .label = [](State q) { return q == 0 ? 1 : 0; }});
}

Dfa even_ones() {
  return build_dfa({.num_states = 2,
                    .start = 0,
                    .letters = letters_of("01"),
                    .labels = {},
                    .next = [](State q, Letter s) { return q ^ s; },
                    .label = [](State q) { return 1 - q; }});
}

/// The number after a prefix, in 1..most; 0 where the name is not of that form.
int number_after(std::string_view prefix, std::string_view name, int most) {
  if (!name.starts_with(prefix)) return 0;
  const std::string_view digits = name.substr(prefix.size());
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size() && digits.front() != '0';
  return whole && value >= 1 && value <= most ? value : 0;
}

}  // namespace

automata::Dfa bhattamishra_language(const std::string& name) {
  if (name == "aa") return repeated({0, 0}, "a");
  if (name == "abab") return repeated({0, 1, 0, 1}, "ab");
  if (name == "parity") return even_ones();
  if (const int n = number_after("tomita", name, 7)) return tomita_language(n, TomitaReading::immediate);
  if (const int n = number_after("d", name, 64)) return bounded_depth(n);
  if (const auto reason = automata::why_not_regular(name)) fail("tasks::make_bhattamishra", "{}", *reason);
  fail("tasks::make_bhattamishra", "unknown language \"{}\"{}", name,
       suggest(name, {"aa", "abab", "parity", "d2", "d3", "d4", "tomita1", "tomita7"}));
}

std::unique_ptr<Task> make_bhattamishra(const Id& id) {
  id.require_known({"language", "mode", "negatives"});
  require(id.has("language"), "tasks::make_bhattamishra",
          "bhattamishra needs a language: bhattamishra[language=d2]");
  const std::string name = id.get("language", "");
  Dfa dfa = bhattamishra_language(name);
  const LanguageTaskOptions options =
      parse_language_options(id, {.mode = Supervision::next_set}, language_modes());
  Id canonical{.name = "bhattamishra", .parameters = {{"language", name}}};
  append_language_options(canonical, options);
  TaskFacts facts;
  facts.id = print_id(canonical);
  facts.title = name == "aa"       ? "(aa)*"
                : name == "abab"   ? "(abab)*"
                : name == "parity" ? "an even number of 1s"
                : name[0] == 'd'   ? fmt::format("D_{} = (a D_{} b)*", name.substr(1), dfa.num_states - 3)
                                   : fmt::format("Tomita {}", name.substr(6));
  facts.citation = "Bhattamishra, Ahuja and Goyal 2020";
  facts.source = "satwik77/Transformer-Formal-Languages, src/utils/*_generator.py";
  facts.fidelity = Fidelity::port;
  facts.train_lengths = {2, 50};
  facts.test_lengths = {51, 100};
  return std::make_unique<LanguageTask>(std::move(facts), dfa, options);
}

}  // namespace anser::tasks
