#include "experiments/cli/language_argument.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "automata/alphabet.h"
#include "automata/formats/formats.h"
#include "automata/non_regular.h"
#include "automata/regex.h"
#include "core/base/error.h"
#include "core/base/ids.h"
#include "tasks/group_word_problem.h"
#include "tasks/registry.h"

namespace anser::cli {
namespace {

constexpr std::string_view kRegexMark = "re:";

/// Whether the text begins like an id of a family that exists. What follows may be wrong: then the family
/// says so.
bool names_a_task(std::string_view text) {
  std::string name(text.substr(0, text.find('[')));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (tasks::GroupWordProblem::matches(name)) return true;
  const auto& families = tasks::families();
  return std::any_of(families.begin(), families.end(), [&](const auto& f) { return f.name == name; });
}

/// A path, though no file is there: it has a folder in it or an extension of an automaton.
bool looks_like_a_file(std::string_view text) {
  for (const std::string_view extension : {".json", ".dot", ".gv", ".att", ".txt"})
    if (text.ends_with(extension)) return true;
  return text.find('/') != std::string_view::npos;
}

LanguageArgument from_file(const std::string& path, const ArgumentOptions& options) {
  automata::ReadMachine read = automata::read_machine(path, {.strict = options.strict});
  LanguageArgument argument;
  argument.kind = LanguageArgument::Kind::file;
  argument.name = path;
  argument.machine = std::move(read.machine);
  argument.notes = std::move(read.notes);
  argument.unknown_letters_reject = read.unknown_letters_reject;
  return argument;
}

LanguageArgument from_task(const std::string& id) {
  LanguageArgument argument;
  argument.kind = LanguageArgument::Kind::task;
  argument.task = tasks::make_task(id);
  argument.name = argument.task->facts().id;
  argument.machine = argument.task->machine();
  return argument;
}

LanguageArgument from_regex(const std::string& text, const ArgumentOptions& options) {
  LanguageArgument argument;
  argument.kind = LanguageArgument::Kind::regex;
  argument.name = text;
  argument.machine = automata::to_moore(automata::compile_regex(text, {.alphabet = options.alphabet}));
  return argument;
}

}  // namespace

ArgumentOptions argument_options(const std::optional<std::string>& alphabet, bool strict) {
  ArgumentOptions options{.alphabet = {}, .strict = strict};
  if (alphabet) options.alphabet = automata::parse_alphabet(*alphabet);
  return options;
}

std::vector<std::string> written_names(std::vector<std::string> names) {
  for (std::string& name : names) std::replace(name.begin(), name.end(), ' ', ',');
  return names;
}

void add_language_argument(CLI::App& verb, std::string& language, std::optional<std::string>& alphabet,
                           bool& strict) {
  verb.add_option("language", language, "file, task id or regular expression")->required();
  verb.add_option("--alphabet", alphabet, "letters of an expression, blanks between: \"a b <push>\"");
  verb.add_flag("--strict", strict, "refuse files with unreachable states or missing arcs");
}

std::string_view kind_name(LanguageArgument::Kind kind) {
  switch (kind) {
    case LanguageArgument::Kind::file:
      return "file";
    case LanguageArgument::Kind::task:
      return "task";
    case LanguageArgument::Kind::regex:
      return "regex";
  }
  return "";
}

automata::Dfa LanguageArgument::language() const {
  automata::Dfa dfa{.num_states = machine.num_states,
                    .num_letters = machine.num_letters,
                    .start = machine.start,
                    .next = machine.next,
                    .accept = {},
                    .letter_names = machine.letter_names};
  std::int32_t accepting = 1;
  if (task && tasks::as_group(*task) != nullptr) {
    accepting = automata::PermutationGroup::identity();
  } else {
    const bool bits = machine.label_names == std::vector<std::string>{"0", "1"};
    require(kind == Kind::task ? machine.num_labels == 2 : automata::is_acceptor(machine) || bits,
            "anser language",
            "{} answers with {}; accepting or rejecting wants the two answers reject and accept, or 0 and 1",
            name,
            fmt::join(machine.label_names.begin(),
                      machine.label_names.begin() + std::min<std::ptrdiff_t>(8, machine.num_labels), ", "));
  }
  for (const std::int32_t label : machine.label) dfa.accept.push_back(label == accepting ? 1 : 0);
  return dfa;
}

automata::Moore LanguageArgument::measured() const {
  return task && tasks::as_group(*task) != nullptr ? automata::to_moore(language()) : machine;
}

LanguageArgument parse_language_argument(const std::string& text, const ArgumentOptions& options) {
  if (text.starts_with(kRegexMark)) return from_regex(text.substr(kRegexMark.size()), options);
  std::error_code ignored;
  if (std::filesystem::is_regular_file(text, ignored)) return from_file(text, options);
  if (names_a_task(text)) return from_task(text);
  if (const auto reason = automata::why_not_regular(text)) fail("anser language", "{}", *reason);
  require(!looks_like_a_file(text), "anser language",
          "\"{}\": no such file (re: in front forces a regular expression)", text);
  return from_regex(text, options);
}

LanguageArgument open_language(const std::string& text, const ArgumentOptions& options) {
  LanguageArgument argument = parse_language_argument(text, options);
  require(options.alphabet.empty() || argument.kind == LanguageArgument::Kind::regex ||
              options.alphabet_is_shared,
          "anser language", "--alphabet is for regular expressions, and {} is a {}", argument.name,
          kind_name(argument.kind));
  for (const std::string& note : argument.notes) fmt::print(stderr, "note: {}\n", note);
  return argument;
}

}  // namespace anser::cli
