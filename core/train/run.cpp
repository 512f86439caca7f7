#include "core/train/run.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <chrono>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/nn/device.h"
#include "core/train/manifest.h"
#include "core/train/metrics_log.h"
#include "core/train/run_checkpoint.h"
#include "core/train/score_json.h"
#include "core/train/trainer.h"

namespace anser::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Reads the config through its own fields: every range is checked there.
void check_config(RunConfig config) {
  const Json values = fields_to_json(config.fields());
  set_fields(config.fields(), values, "train::RunConfig");
}

/// The CUDA kernel of the recurrence, one for the whole run with its evaluation: named by the config, or that
/// with which the run in `folder` began, or the rule's.
std::optional<ops::CudaKernel> fix_kernel(const RunConfig& config, at::Device device,
                                          const std::filesystem::path& folder, nn::Model& model) {
  auto named = nn::parse_kernel_on("train::run", device, config.kernel);
  if (!named && device.is_cuda()) named = recorded_kernel(folder);
  return nn::fix_kernel(model, device, named, config.length);
}

std::shared_ptr<DeviceGraph> make_graph(at::Device device, const RunSetup& setup) {
  if (!device.is_cuda() || setup.check) return nullptr;
  return setup.make_graph ? setup.make_graph() : make_cuda_graph();
}

TrainerOptions trainer_options(const RunConfig& config, at::Device device, const RunSetup& setup) {
  return {.schedule = {config.lr, config.final_lr, config.warmup, config.steps},
          .optimizer = {config.beta1, config.beta2, config.epsilon, config.weight_decay, config.clip},
          .l2wrap = config.l2wrap,
          .device = device,
          .check = setup.check,
          .graph = make_graph(device, setup)};
}

std::unique_ptr<nn::Model> make_model(const RunConfig& config, const WordSource& words,
                                      const RunSetup& setup) {
  const Rng init = Rng(static_cast<std::uint64_t>(config.seed)).split("init");
  if (setup.make_model) return setup.make_model(config.model, words.vocabulary, words.labels, init);
  return nn::make_model(config.model, words.vocabulary, words.labels, init);
}

/// One run in its folder, between its checkpoints.
class Run {
 public:
  Run(const RunConfig& config, const WordSource& words, const std::filesystem::path& folder,
      const RunSetup& setup, std::unique_ptr<nn::Model> model, at::Device device,
      std::optional<ops::CudaKernel> kernel)
      : config_(config),
        hash_(fields_hash(RunConfig(config).fields())),
        words_(words),
        folder_(folder),
        setup_(setup),
        kernel_(kernel),
        trainer_(std::move(model), trainer_options(config, device, setup)),
        mark_(load_checkpoint(checkpoint_path(), hash_, trainer_).value_or(CheckpointMark{hash_})),
        metrics_(folder, logged_rows(mark_.step)) {
    require(mark_.step <= config.steps, "train::run",
            "{} is at step {}, the run has {}; delete it to train anew", checkpoint_path().string(),
            mark_.step, config.steps);
  }

  RunResult finish() {
    const auto start = Clock::now();
    write_manifest(folder_, config_, trainer_.model(), kernel_, mark_.step, setup_.command);
    while (mark_.step < config_.steps) step();
    const double seconds = seconds_since(start);
    RunResult result = evaluate_all();
    std::map<std::string, std::string> metadata{{"task", config_.task},
                                                {"config_hash", hash_},
                                                {"seed", fmt::format("{}", config_.seed)},
                                                {"steps", fmt::format("{}", config_.steps)}};
    if (kernel_) metadata["kernel"] = ops::name_of(kernel_);
    write_safetensors(folder_ / "model.safetensors", nn::save_model(trainer_.model(), metadata));
    write_file(folder_ / "evaluation.json", result_to_json(result).dump(1) + "\n");
    finish_manifest(folder_, seconds);
    write_file(folder_ / "done", hash_ + "\n");
    result.train_seconds = seconds;
    return result;
  }

 private:
  std::filesystem::path checkpoint_path() const { return folder_ / "checkpoint.safetensors"; }

  bool is_logged(std::int64_t step) const { return step % config_.log_every == 0 || step == config_.steps; }

  /// Rows of metrics.jsonl after `step` steps.
  std::int64_t logged_rows(std::int64_t step) const {
    const bool odd_last = step == config_.steps && step % config_.log_every != 0;
    return step / config_.log_every + (odd_last ? 1 : 0);
  }

  void step() {
    const at::Tensor input = at::empty({config_.batch, config_.length}, at::kLong),
                     target = at::empty_like(input);
    words_.fill(false, static_cast<std::uint64_t>(config_.seed),
                static_cast<std::uint64_t>(mark_.step * config_.batch), config_.batch, config_.length,
                input.mutable_data_ptr<std::int64_t>(), target.mutable_data_ptr<std::int64_t>());
    trainer_.advance(input, target);
    ++mark_.step;
    const bool due = mark_.step % config_.checkpoint_every == 0 || mark_.step == config_.steps;
    const bool stop = setup_.stop != nullptr && setup_.stop->load();
    if (config_.device == "cpu" || mark_.step == 1 || is_logged(mark_.step) || due || stop) read_back();
    if (due || stop) save();
    if (setup_.on_step) setup_.on_step(mark_.step, mark_.loss);
    require(!stop, "train::run", "stopped after step {} of {}; the same command goes on from there",
            mark_.step, config_.steps);
  }

  /// Waits for a device.
  void read_back() {
    const StepResult done = trainer_.last();
    mark_.loss = done.loss;
    if (is_logged(mark_.step))
      metrics_.append(
          {mark_.step, mark_.step * config_.batch * config_.length, done.loss, done.lr, done.gradient_norm});
  }

  void save() {
    metrics_.sync();
    save_checkpoint(checkpoint_path(), mark_, trainer_);
  }

  RunResult evaluate_all() const {
    RunResult result;
    result.parameters = nn::count_parameters(trainer_.model());
    result.tokens_seen = config_.steps * config_.batch * config_.length;
    result.final_loss = mark_.loss;
    for (const std::int64_t length : config_.eval_lengths)
      result.scores.push_back(evaluate(trainer_.model(), words_, static_cast<std::uint64_t>(config_.seed),
                                       length, config_.eval_strings));
    return result;
  }

  const RunConfig& config_;
  const std::string hash_;
  const WordSource& words_;
  const std::filesystem::path folder_;
  const RunSetup& setup_;
  const std::optional<ops::CudaKernel> kernel_;
  Trainer trainer_;
  CheckpointMark mark_;
  MetricsLog metrics_;
};

}  // namespace

RunResult run(const RunConfig& config, const WordSource& words, const std::filesystem::path& folder,
              const RunSetup& setup) {
  check_config(config);
  const at::Device device = nn::parse_device("train::run", config.device);
  at::set_num_threads(1);
  std::unique_ptr<nn::Model> model = make_model(config, words, setup);
  const auto kernel = fix_kernel(config, device, folder, *model);
  make_folder(folder);
  const FolderLock lock(folder);
  require_same_config(folder, config);
  const auto evaluation = folder / "evaluation.json";
  if (std::filesystem::exists(folder / "done"))
    return result_from_json(read_json(evaluation), evaluation.string());
  return Run(config, words, folder, setup, std::move(model), device, kernel).finish();
}

RunResult run(const RunConfig& config, const WordSource& words, const std::filesystem::path& folder,
              const StepCallback& on_step) {
  RunSetup setup;
  setup.on_step = on_step;
  return run(config, words, folder, setup);
}

}  // namespace anser::train
