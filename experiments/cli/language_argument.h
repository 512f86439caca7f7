// What a command may be given as a language: FILE, ID or REGEX.
//
// The text is an existing file (automata/formats/formats.h), else a task id (tasks/registry.h), else a
// regular expression (automata/regex.h); `re:` in front forces an expression.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "automata/dfa.h"
#include "automata/moore.h"
#include "tasks/task.h"

namespace anser::cli {

struct ArgumentOptions {
  std::vector<std::string> alphabet;  // of expressions; empty: the letters seen
  bool alphabet_is_shared = false;    // by several arguments, of which not all need be expressions
  bool strict = false;                // refuse files with unreachable states or missing arcs
};

/// From the options --alphabet and --strict of a verb; without --alphabet, the letters seen. InputError from
/// parse_alphabet.
ArgumentOptions argument_options(const std::optional<std::string>& alphabet, bool strict);

struct LanguageArgument {
  enum class Kind { file, task, regex };
  Kind kind = Kind::file;
  std::string name;                   // path, canonical id, expression
  std::unique_ptr<tasks::Task> task;  // of an id
  automata::Moore machine;            // complete; the task's, labels and all
  std::vector<std::string> notes;     // what was mended, for stderr
  bool unknown_letters_reject = false;

  /// As a language. A group is the words whose product is the identity; of another task with two labels the
  /// second one accepts; files and expressions answer reject and accept, or 0 and 1. InputError naming the
  /// labels otherwise.
  automata::Dfa language() const;
  /// The automaton to be measured: a group's language, else the machine with its labels.
  automata::Moore measured() const;
};

/// "file", "task", "regex".
std::string_view kind_name(LanguageArgument::Kind kind);

/// InputError from the readers; for names of languages that no automaton has, with the reason.
LanguageArgument parse_language_argument(const std::string& text, const ArgumentOptions& options = {});

/// Letter names as they stand in a words file, where blanks separate letters: (1 2 3) is written (1,2,3).
std::vector<std::string> written_names(std::vector<std::string> names);

/// The positional `language` of a verb, with --alphabet and --strict.
void add_language_argument(CLI::App& verb, std::string& language, std::optional<std::string>& alphabet,
                           bool& strict);

/// The same as parse_language_argument, with the notes written to stderr.
LanguageArgument open_language(const std::string& text, const ArgumentOptions& options = {});

}  // namespace anser::cli
