// anser language convert | minimize | compare | draw

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "automata/alphabet.h"
#include "automata/drawing.h"
#include "automata/equivalence.h"
#include "automata/formats/dfa_json.h"
#include "automata/formats/formats.h"
#include "automata/minimize.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "experiments/cli/language_argument.h"
#include "experiments/cli/language_verbs.h"

namespace anser::cli {
namespace {

using automata::Letter;
using automata::Moore;
using automata::State;

struct Options {
  std::optional<std::string> alphabet;
  std::string language, other, out;
  bool json = false, strict = false, minimal = false;
};

void report_written(const std::vector<std::filesystem::path>& files, const Moore& machine) {
  for (const auto& file : files)
    fmt::print(stderr, "{}: {} states, {} letters\n", file.string(), machine.num_states, machine.num_letters);
}

void convert(const Options& o) {
  const Moore machine = open_language(o.language, argument_options(o.alphabet, o.strict)).measured();
  report_written(automata::write_machine(o.out, machine), machine);
}

void minimize(const Options& o) {
  const Moore machine =
      automata::minimize(open_language(o.language, argument_options(o.alphabet, o.strict)).measured());
  if (o.out.empty())
    fmt::print("{}", automata::print_dfa_json(machine));
  else
    report_written(automata::write_machine(o.out, machine), machine);
}

void draw(const Options& o) {
  Moore machine = open_language(o.language, argument_options(o.alphabet, o.strict)).measured();
  if (o.minimal) machine = automata::minimize(machine);
  if (o.out.empty())
    fmt::print("{}", automata::print_drawing(machine));
  else
    automata::draw(machine, o.out);
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

/// The machine with its letters in the order of `names`; letters that it lacks lead to a rejecting sink.
Moore with_letters(const Moore& machine, const std::vector<std::string>& names) {
  Moore result = machine;
  result.num_letters = static_cast<Letter>(names.size());
  result.letter_names = names;
  const bool lacks = names.size() > machine.letter_names.size();
  const State sink = machine.num_states;
  result.next.clear();
  for (State q = 0; q < machine.num_states + (lacks ? 1 : 0); ++q)
    for (const std::string& name : names) {
      const auto at = std::find(machine.letter_names.begin(), machine.letter_names.end(), name);
      const auto s = static_cast<Letter>(at - machine.letter_names.begin());
      result.next.push_back(q == sink || s == machine.num_letters ? sink : machine.step(q, s));
    }
  if (lacks) {
    ++result.num_states;
    result.label.push_back(0);
  }
  return result;
}

/// The letters, or the first few of them.
std::string shown(const std::vector<std::string>& letters) {
  constexpr std::size_t kMost = 8;
  if (letters.size() <= kMost) return fmt::format("{}", fmt::join(letters, ", "));
  return fmt::format("{}, ... ({} letters)", fmt::join(letters.begin(), letters.begin() + kMost, ", "),
                     letters.size());
}

/// Both with the letters of both, where that has a meaning: expressions are read over all letters (in their
/// text, a letter that only the other has is a letter too), and AT&T files reject the letters that they lack.
std::pair<Moore, Moore> over_one_alphabet(const Options& o) {
  ArgumentOptions options = argument_options(o.alphabet, o.strict);
  options.alphabet_is_shared = true;
  LanguageArgument x = open_language(o.language, options), y = open_language(o.other, options);
  std::vector<std::string> letters = x.machine.letter_names;
  for (const std::string& name : y.machine.letter_names)
    if (std::find(letters.begin(), letters.end(), name) == letters.end()) letters.push_back(name);
  for (auto [argument, text] : {std::pair{&x, &o.language}, {&y, &o.other}}) {
    if (sorted(argument->machine.letter_names) == sorted(letters)) continue;
    const bool reread = argument->kind == LanguageArgument::Kind::regex && options.alphabet.empty();
    require(reread || argument->unknown_letters_reject, "anser language compare",
            "the alphabets differ: {} has {}, together they have {}", argument->name,
            shown(argument->machine.letter_names), shown(letters));
    if (reread) *argument = parse_language_argument(*text, {.alphabet = letters, .strict = o.strict});
  }
  Moore first = x.measured(), second = y.measured();
  require(first.label_names.size() == 2 && second.label_names.size() == 2
              ? true
              : sorted(first.label_names) == sorted(second.label_names),
          "anser language compare", "{} answers with the labels {} and {} with {}", x.name,
          fmt::join(first.label_names, " "), y.name, fmt::join(second.label_names, " "));
  if (first.label_names.size() != 2)
    for (std::int32_t& label : second.label)
      label = static_cast<std::int32_t>(std::find(first.label_names.begin(), first.label_names.end(),
                                                  second.label_names[static_cast<std::size_t>(label)]) -
                                        first.label_names.begin());
  return {with_letters(first, letters), with_letters(second, letters)};
}

std::int32_t answer(const Moore& machine, const std::vector<Letter>& word) {
  State q = machine.start;
  for (const Letter s : word) q = machine.step(q, s);
  return machine.label[static_cast<std::size_t>(q)];
}

void compare(const Options& o, int& exit_code) {
  const auto [x, y] = over_one_alphabet(o);
  const auto word = automata::find_difference(x, y);
  if (word) exit_code = kExitVerdictFalse;
  if (o.json) {
    Json result{{"equal", !word.has_value()}};
    if (word) {
      Json letters = Json::array();
      for (const Letter s : *word) letters.push_back(x.letter_names[static_cast<std::size_t>(s)]);
      result["word"] = letters;
      result["first"] = x.label_names[static_cast<std::size_t>(answer(x, *word))];
      result["second"] = y.label_names[static_cast<std::size_t>(answer(y, *word))];
    }
    fmt::print("{}\n", result.dump());
    return;
  }
  if (!word) {
    fmt::print("equal\n");
    return;
  }
  fmt::print("{}\n", automata::print_word(*word, written_names(x.letter_names)));
  fmt::print(stderr, "{}: {}; {}: {} (the shortest word on which they differ{})\n", o.language,
             x.label_names[static_cast<std::size_t>(answer(x, *word))], o.other,
             y.label_names[static_cast<std::size_t>(answer(y, *word))],
             word->empty() ? ": the empty word" : "");
}

}  // namespace

void add_language_convert(CLI::App& verb) {
  auto o = std::make_shared<Options>();
  auto* sub = verb.add_subcommand("convert", "From any language to a file: .json, .dot, .att");
  add_language_argument(*sub, o->language, o->alphabet, o->strict);
  sub->add_option("out", o->out, "file to write; its extension says the format")->required();
  sub->footer("Example: anser language convert acceptor.att automaton.json");
  sub->callback([o] { convert(*o); });
}

void add_language_minimize(CLI::App& verb) {
  auto o = std::make_shared<Options>();
  auto* sub = verb.add_subcommand("minimize", "The minimal automaton, states numbered breadth first");
  add_language_argument(*sub, o->language, o->alphabet, o->strict);
  sub->add_option("-o,--out", o->out, "file to write (default: JSON on standard output)");
  sub->footer("Example: anser language minimize '(a|b)*abb' -o abb.dot");
  sub->callback([o] { minimize(*o); });
}

void add_language_compare(CLI::App& verb, int& exit_code) {
  auto o = std::make_shared<Options>();
  auto* sub = verb.add_subcommand(
      "compare", "Are two languages equal? Exit 0, or the shortest separating word and exit 1");
  add_language_argument(*sub, o->language, o->alphabet, o->strict);
  sub->add_option("other", o->other, "the other one")->required();
  sub->add_flag("--json", o->json, "one JSON object");
  sub->footer("Example: anser language compare '(ab)*' '(ab)*|a'");
  sub->callback([o, &exit_code] { compare(*o, exit_code); });
}

void add_language_draw(CLI::App& verb) {
  auto o = std::make_shared<Options>();
  auto* sub = verb.add_subcommand("draw", "A picture through Graphviz: .svg, .png, .pdf, or .dot text");
  add_language_argument(*sub, o->language, o->alphabet, o->strict);
  sub->add_option("-o,--out", o->out, "file to write (default: Graphviz text on standard output)");
  sub->add_flag("--minimal", o->minimal, "draw the minimal automaton");
  sub->footer("Example: anser language draw '(ab|ba)*' -o abba.svg");
  sub->callback([o] { draw(*o); });
}

}  // namespace anser::cli
