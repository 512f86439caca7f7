// anser eval: accuracy of a checkpoint on a file of labelled words.

#include <fmt/format.h>

#include <memory>

#include "analysis/certify/word_scores.h"
#include "experiments/cli/commands.h"
#include "kernels/recurrence.h"

namespace anser::cli {
namespace {

struct Options {
  std::string checkpoint, data, dtype = "fp32", device = "cpu", kernel = "auto";
  bool json = false, check = false;
};

void evaluate(const Options& o) {
  if (o.check) kernels::set_recurrence_check(true);
  const TensorFile file = read_safetensors(o.checkpoint);
  const certify::WordScores scores = certify::score_file(
      file, o.checkpoint, o.data, {nn::parse_precision(o.dtype), o.check, o.device, o.kernel});
  if (o.json) {
    fmt::print("{}\n", certify::scores_json(scores).dump());
    return;
  }
  fmt::print("{} of {} answers right", scores.correct, scores.tokens);
  if (scores.tokens > 0) fmt::print(" ({:.4f} %)", 100 * scores.accuracy());
  fmt::print("\n");
}

}  // namespace

void add_eval_command(CLI::App& app, int&) {
  auto* verb = app.add_subcommand("eval", "Accuracy of a checkpoint on labelled words");
  auto o = std::make_shared<Options>();
  verb->add_option("checkpoint", o->checkpoint, "checkpoint (safetensors)")->required();
  verb->add_option("--data", o->data,
                   R"(a word a line: {"input":[ids],"target":[labels]} or {"word":[names],"accept":0|1})")
      ->required();
  verb->add_option("--dtype", o->dtype, "fp32, bf16 (weights and activations; states stay fp32) or fp64")
      ->capture_default_str();
  verb->add_option("--device", o->device, "cpu or cuda")->capture_default_str();
  verb->add_option(
          "--kernel", o->kernel,
          "of the recurrence on cuda: auto (the one that trained the checkpoint), sequential or chunked")
      ->capture_default_str();
  verb->add_flag("--check", o->check, "refuse weights, activations and logits that are not finite; slower");
  verb->add_flag("--json", o->json, "one JSON object");
  verb->footer("Example: anser eval m.safetensors --data words.jsonl --json");
  verb->callback([o] { evaluate(*o); });
}

}  // namespace anser::cli
