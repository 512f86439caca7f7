// anser prove: does a one-layer checkpoint answer like an automaton on every word of every length?

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <memory>

#include "analysis/construct/closure.h"
#include "core/base/error.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/language_argument.h"

namespace anser::cli {
namespace {

struct Options {
  std::string checkpoint, language, dtype = "fp32";
  std::int64_t max_states = construct::ClosureOptions{}.max_states;
  std::int64_t search_length = construct::ClosureOptions{}.search_length;
  bool json = false;
};

void show_progress(std::int64_t states, std::int64_t searched) {
  if (::isatty(STDERR_FILENO) == 0 || (searched != 0 && searched % 100 != 0)) return;
  fmt::print(stderr, "\rprove: {} states", states);
  if (searched > 0) fmt::print(stderr, ", directed search at letter {}", searched);
}

void print_verdict(const construct::Closure& c, const automata::Moore& machine) {
  fmt::print("{}\n", construct::verdict_name(c.verdict));
  fmt::print("  states          {} bit-distinct WKV states at letter boundaries, {} at all tokens\n",
             c.states, c.micro_states);
  fmt::print("  target          {} states{}\n", c.target_states,
             c.quotient_equal ? ", one to one with the WKV states" : "");
  if (c.verdict == construct::Verdict::proved)
    fmt::print("  margin          {} between the right logit and the next\n", c.margin);
  if (c.searched > 0) fmt::print("  directed search {} letters\n", c.searched);
  if (!c.failing_word) return;
  const auto& word = *c.failing_word;
  const auto name = [&](std::int64_t label) {
    return label < 0 ? std::string("no single label") : machine.label_names[static_cast<std::size_t>(label)];
  };
  fmt::print("  fails on        {} letters: {}\n", word.letters.size(), fmt::join(word.names, " "));
  fmt::print("  wanted          {}\n  got             {}\n", name(word.wanted), name(word.got));
}

int prove(const Options& o) {
  const automata::Moore machine = open_language(o.language).machine;
  const TensorFile file = read_safetensors(o.checkpoint);
  const construct::Closure closure = construct::prove(file, o.checkpoint, machine,
                                                      {.precision = nn::parse_precision(o.dtype),
                                                       .max_states = o.max_states,
                                                       .search_length = o.search_length,
                                                       .on_progress = show_progress});
  if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K");
  if (o.json) {
    Json json = construct::closure_json(closure, machine);
    json["dtype"] = o.dtype;
    fmt::print("{}\n", json.dump());
  } else {
    print_verdict(closure, machine);
  }
  return closure.verdict == construct::Verdict::proved ? kExitDone : kExitVerdictFalse;
}

}  // namespace

void add_prove_command(CLI::App& app, int& exit_code) {
  auto* verb = app.add_subcommand("prove", "Close the reachable recurrent states: a verdict for all lengths");
  auto o = std::make_shared<Options>();
  verb->add_option("checkpoint", o->checkpoint, "one-layer RWKV-7 checkpoint (safetensors)")->required();
  verb->add_option("language", o->language, "task id, or a dfa.json")->required();
  verb->add_option("--dtype", o->dtype, "fp32, or bf16 (weights and activations; the WKV state stays fp32)")
      ->capture_default_str();
  verb->add_option("--max-states", o->max_states, "give up (UNDECIDED) beyond so many states")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100000000}))
      ->capture_default_str();
  verb->add_option("--search-length", o->search_length, "letters of the directed search that follows")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_flag("--json", o->json, "one JSON object");
  verb->footer("Example: anser prove m.safetensors 's5[tokens=swaps+id]' --dtype bf16 --json");
  verb->callback([o, &exit_code] { exit_code = prove(*o); });
}

}  // namespace anser::cli
