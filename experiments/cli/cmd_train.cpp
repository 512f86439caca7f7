// anser train: one run in one folder; kill it at any moment and start it again to go on bit for bit.

#include <fmt/format.h>

#include <memory>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/progress.h"
#include "core/nn/model.h"
#include "core/train/run.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/interrupt.h"
#include "experiments/runner/task_words.h"
#include "kernels/recurrence.h"
#include "tasks/task.h"

namespace anser::cli {
namespace {

struct Options {
  std::string config, out, task, model, device, kernel;
  std::vector<std::string> set;
  std::int64_t seed = -1;
  bool json = false, dry_run = false, check = false;
};

train::RunConfig resolve(const Options& o) {
  train::RunConfig config;
  if (!o.config.empty()) set_fields(config.fields(), read_toml(o.config), o.config);
  for (const std::string& assignment : o.set) set_field(config.fields(), assignment, "anser train --set");
  if (!o.task.empty()) config.task = o.task;
  if (!o.model.empty()) config.model = o.model;
  if (!o.device.empty()) config.device = o.device;
  if (!o.kernel.empty()) config.kernel = o.kernel;
  if (o.seed >= 0) config.seed = o.seed;
  return config;
}

Json score_json(const train::LengthScore& score) {
  return {{"length", score.length},
          {"strings", score.strings},
          {"accuracy", score.accuracy()},
          {"last8", score.last8()},
          {"whole", score.whole()}};
}

void print_result(const train::RunResult& result, const std::string& folder, bool json) {
  Json scores = Json::array();
  for (const train::LengthScore& score : result.scores) scores.push_back(score_json(score));
  if (json) {
    fmt::print("{}\n", Json{{"folder", folder},
                            {"parameters", result.parameters},
                            {"tokens_seen", result.tokens_seen},
                            {"loss", result.final_loss},
                            {"scores", scores}}
                           .dump());
    return;
  }
  fmt::print("{}: {} parameters, {} tokens seen, last loss {:.4g}\n", folder, result.parameters,
             result.tokens_seen, result.final_loss);
  fmt::print("  {:>7} {:>10} {:>10} {:>10}\n", "length", "accuracy", "last 8", "whole");
  for (const train::LengthScore& s : result.scores)
    fmt::print("  {:>7} {:>10.4f} {:>10.4f} {:>10.4f}\n", s.length, s.accuracy(), s.last8(), s.whole());
}

void train_once(const Options& o) {
  train::RunConfig config = resolve(o);
  const auto task = tasks::make_task(config.task);
  config.task = task->facts().id;
  const std::string folder =
      o.out.empty() ? fmt::format("runs/train/{}", fields_hash(config.fields())) : o.out;
  if (o.dry_run) {
    const auto model =
        nn::make_model(config.model, task->facts().num_tokens, task->facts().num_labels, Rng(0));
    Json plan = fields_to_json(config.fields());
    plan["folder"] = folder;
    plan["parameters"] = nn::count_parameters(*model);
    plan["tokens"] = config.steps * config.batch * config.length;
    fmt::print("{}\n", plan.dump(o.json ? -1 : 2));
    return;
  }
  if (o.check) kernels::set_recurrence_check(true);
  Progress progress("train " + config.model, config.steps, "steps");
  std::int64_t last = -1;
  const auto on_step = [&](std::int64_t step, double loss) {
    if (last < 0) progress.skip(step);
    if (last >= 0) progress.add(step - last, fmt::format("loss {:.4f}", loss));
    last = step;
  };
  const train::RunResult result = train::run(config, runner::task_words(*task), folder,
                                             train::RunSetup{.on_step = on_step,
                                                             .command = command_line(),
                                                             .stop = &interrupted(),
                                                             .check = o.check,
                                                             .make_model = {}});
  progress.finish();
  print_result(result, folder, o.json);
}

}  // namespace

void add_train_command(CLI::App& app, int&) {
  auto* verb = app.add_subcommand("train", "One training run; resumes bit for bit after a kill");
  auto o = std::make_shared<Options>();
  verb->add_option("--task", o->task, "task id");
  verb->add_option("--model", o->model, "model id, such as rwkv7[L=1,D=64,N=32,c=2,ranks=16]");
  verb->add_option("--seed", o->seed, "seed of initialisation and data")->check(CLI::NonNegativeNumber);
  verb->add_option("--device", o->device, "cpu or cuda");
  verb->add_option("--kernel", o->kernel, "of the recurrence on cuda: auto, sequential or chunked");
  verb->add_option("--config", o->config, "TOML file with the fields below")->check(CLI::ExistingFile);
  verb->add_option("--set", o->set, "key=value, may be repeated");
  verb->add_option("-o,--out", o->out, "folder of the run (runs/train/<config hash> when absent)");
  verb->add_flag("--dry-run", o->dry_run, "print the resolved config, parameter and token counts");
  verb->add_flag("--check", o->check, "end with the name of the first number that is not finite; slower");
  verb->add_flag("--json", o->json, "one JSON object");
  verb->footer("Fields:\n" + fields_help(train::RunConfig{}.fields()) +
               "Example: anser train --task parity --model 'rwkv7[D=32,N=32]' --set steps=300");
  verb->callback([o] { train_once(*o); });
}

}  // namespace anser::cli
