// anser compile: an automaton written into the weights of one RWKV-7 layer.

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "analysis/construct/compile.h"
#include "core/base/error.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/language_argument.h"

namespace anser::cli {
namespace {

struct Options {
  std::string language, out, mode = "letters", code = "doubled", read_out = "sign", sabotage;
  bool json = false;
};

void print_sizes(const construct::Compiled& c, const std::string& out) {
  fmt::print("{}: {} compiled into one RWKV-7 layer, c = 2\n", out, c.name);
  fmt::print("  tracks      {} ({} places)\n", c.tracks, c.places);
  fmt::print("  sizes       D = {}, {} heads of {} ({} used), {} parameters\n", c.width, c.heads, c.head_size,
             c.used_heads, c.parameters);
  fmt::print("  vocabulary  {} tokens and BOS = {}; {} labels\n", c.tokens, c.tokens, c.labels);
  fmt::print("  steps       {} letters, at most {} tokens a letter\n", c.letters.size(),
             *std::max_element(c.steps.begin(), c.steps.end()));
  fmt::print("  {}\n", c.exactness);
}

void compile(const Options& o) {
  const construct::CompileOptions options{.mode = construct::parse_mode(o.mode),
                                          .code = construct::parse_code(o.code),
                                          .read_out = construct::parse_read_out(o.read_out),
                                          .sabotage = o.sabotage};
  const LanguageArgument language = open_language(o.language);
  const construct::Compiled compiled = language.task ? construct::compile_task(*language.task, options)
                                                     : construct::compile_dfa(language.language(), options);
  write_safetensors(o.out, compiled.file);
  if (!o.json) {
    print_sizes(compiled, o.out);
    return;
  }
  Json json = construct::compiled_json(compiled);
  json["file"] = o.out;
  fmt::print("{}\n", json.dump());
}

}  // namespace

void add_compile_command(CLI::App& app, int&) {
  auto* verb = app.add_subcommand("compile", "An automaton as the weights of one RWKV-7 layer (c = 2)");
  auto o = std::make_shared<Options>();
  verb->add_option("language", o->language, "task id, or a dfa.json")->required();
  verb->add_option("-o,--out", o->out, "checkpoint to write (safetensors)")->required();
  verb->add_option("--mode", o->mode, "letters (one token a letter) or microsteps")->capture_default_str();
  verb->add_option("--code", o->code, "doubled (exact) or single (rounded: a negative control)")
      ->capture_default_str();
  verb->add_option("--readout", o->read_out, "sign, or threshold (a negative control with --code single)")
      ->capture_default_str();
  verb->add_option("--sabotage", o->sabotage, "let this letter (name or id) act as another one");
  verb->add_flag("--json", o->json, "one JSON object");
  verb->footer("Example: anser compile 's5[tokens=swaps+id]' --mode letters -o m.safetensors");
  verb->callback([o] { compile(*o); });
}

}  // namespace anser::cli
