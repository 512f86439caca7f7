// anser completion bash | zsh | fish

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/base/ids.h"
#include "experiments/cli/commands.h"

namespace anser::cli {
namespace {

/// "verb verb ..." of an app, and "--option ..." of it.
std::string words_of(const CLI::App& app) {
  std::string words;
  for (const CLI::App* sub : app.get_subcommands({})) words += sub->get_name() + " ";
  for (const CLI::Option* option : app.get_options())
    if (!option->get_lnames().empty()) words += "--" + option->get_lnames().front() + " ";
  return words;
}

/// One `case` arm per verb path ("tasks sample") with the words that may follow it.
void print_arms(const CLI::App& app, const std::string& path) {
  fmt::print("    \"{}\") words=\"{}\" ;;\n", path, words_of(app));
  for (const CLI::App* sub : app.get_subcommands({}))
    print_arms(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name());
}

void print_bash(const CLI::App& app) {
  fmt::print(
      "_anser() {{\n"
      "  local path=\"\" word words=\"\"\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    [[ $word == -* ]] || path=\"${{path:+$path }}$word\"\n"
      "  done\n"
      "  while :; do\n"
      "    case \"$path\" in\n");
  print_arms(app, "");
  fmt::print(
      "    esac\n"
      "    [[ -n $words || $path != *\" \"* ]] && break\n"
      "    path=\"${{path% *}}\"\n"
      "  done\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"${{COMP_WORDS[COMP_CWORD]}}\"))\n"
      "}}\n"
      "complete -o default -F _anser anser ./anser\n");
}

void print_fish(const CLI::App& app) {
  for (const CLI::App* verb : app.get_subcommands({})) {
    fmt::print("complete -c anser -n __fish_use_subcommand -a {} -d '{}'\n", verb->get_name(),
               verb->get_description());
    for (const CLI::App* sub : verb->get_subcommands({}))
      fmt::print("complete -c anser -n '__fish_seen_subcommand_from {}' -a {} -d '{}'\n", verb->get_name(),
                 sub->get_name(), sub->get_description());
  }
}

}  // namespace

void add_completion_command(CLI::App& app, int&) {
  auto* verb = app.add_subcommand("completion", "Shell completion: eval \"$(anser completion bash)\"");
  auto shell = std::make_shared<std::string>();
  verb->add_option("shell", *shell, "bash, zsh or fish")->required();
  verb->footer("Example: anser completion bash > ~/.local/share/bash-completion/completions/anser");
  verb->callback([&app, shell] {
    if (*shell == "bash") return print_bash(app);
    if (*shell == "fish") return print_fish(app);
    require(*shell == "zsh", "anser completion", "unknown shell \"{}\"{}", *shell,
            suggest(*shell, {"bash", "zsh", "fish"}));
    fmt::print("autoload -U +X bashcompinit && bashcompinit\n");
    print_bash(app);
  });
}

}  // namespace anser::cli
