// anser language classify | accepts | words | count | random | convert | minimize | compare | draw |
// conformance

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "automata/alphabet.h"
#include "automata/profile_json.h"
#include "core/base/error.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/language_argument.h"
#include "experiments/cli/language_verbs.h"
#include "experiments/cli/number_options.h"

namespace anser::cli {
namespace {

struct Options {
  std::string first;
  std::vector<std::string> languages;
  std::optional<std::string> alphabet;
  automata::ProfileOptions limits;
  bool json = false, strict = false;
};

void classify(const Options& o) {
  ArgumentOptions options = argument_options(o.alphabet, o.strict);
  options.alphabet_is_shared = o.languages.size() > 1;
  std::vector<LanguageArgument> arguments;  // all are read before the first is measured
  for (const std::string& text : o.languages) arguments.push_back(open_language(text, options));
  for (const LanguageArgument& argument : arguments) {
    const automata::LanguageProfile profile = automata::language_profile(argument.measured(), o.limits);
    if (!o.json) {
      fmt::print("{} ({})\n{}\n", argument.name, kind_name(argument.kind), automata::print_profile(profile));
      continue;
    }
    Json line{{"language", argument.name}, {"kind", kind_name(argument.kind)}};
    line.update(automata::profile_json(profile));
    fmt::print("{}\n", line.dump());
  }
}

void add_classify(CLI::App& verb) {
  auto o = std::make_shared<Options>();
  auto* sub =
      verb.add_subcommand("classify", "Exact complexity class and algebra of languages, with witnesses");
  // One positional and extras, not a vector: CLI11 would read "[ab]" as a list.
  sub->add_option("languages", o->first, "files, task ids or regular expressions (re: forces one)")
      ->required();
  sub->allow_extras();
  sub->add_option("--alphabet", o->alphabet, "letters of an expression, blanks between: \"a b <push>\"");
  add_count(*sub, "--max-sets", o->limits.max_sets, 1, std::int64_t{1} << 40,
            "image sets; beyond, what is undecided stays so");
  add_count(*sub, "--max-monoid", o->limits.max_monoid, 1, std::int64_t{1} << 40,
            "elements of the transition monoid");
  sub->add_flag("--strict", o->strict, "refuse files with unreachable states or missing arcs");
  sub->add_flag("--json", o->json, "one JSON object a line");
  sub->footer("Example: anser language classify '(aa)*' 's5[tokens=gens]' automaton.json --json");
  sub->callback([o, sub] {
    o->languages = {o->first};
    for (const std::string& text : sub->remaining()) {
      require(!text.starts_with("-"), "anser language classify", "unknown option {} (see --help)", text);
      o->languages.push_back(text);
    }
    classify(*o);
  });
}

}  // namespace

void add_language_command(CLI::App& app, int& exit_code) {
  auto* verb =
      app.add_subcommand("language", "Regular languages: class, words, random ones, files, pictures");
  verb->require_subcommand(1);
  verb->footer(
      "A language is an existing file, else a task id, else a regular expression:\n"
      "( ) | & ~ * + ? {m,n} . [ab] [^ab] [a-d] () <name> \\*; ~ . [^ab] are relative to the alphabet.\n"
      "Example: anser language classify '(ab)*'");
  add_classify(*verb);
  add_language_accepts(*verb);
  add_language_words(*verb);
  add_language_count(*verb);
  add_language_random(*verb);
  add_language_convert(*verb);
  add_language_minimize(*verb);
  add_language_compare(*verb, exit_code);
  add_language_draw(*verb);
  add_language_conformance(*verb);
}

}  // namespace anser::cli
