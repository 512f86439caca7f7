// A training run: a config, the steps, its measurements. Resumes bit for bit after kill -9.
//
// Files in the run's folder: manifest.json (resolved config and its hash, commit, compiler, LibTorch,
// processor, kernel and its target, seeds, c), metrics.jsonl (a row per logged step), checkpoint.safetensors
// (parameters, optimiser moments, step; written by rename every `checkpoint_every` steps), evaluation.json,
// model.safetensors at the end, `done` last of all.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/fields.h"
#include "core/base/rng.h"
#include "core/nn/model.h"
#include "core/train/device_graph.h"

namespace anser::train {

/// Everything that determines a run's bits (with the machine type). Defaults are the `quick` recipe of the S5
/// claim.
struct RunConfig {
  std::string task = "s5[tokens=swaps+id]";
  std::string model = "rwkv7[L=1,D=64,N=32,c=2,ranks=16]";
  std::int64_t seed = 0;
  std::int64_t steps = 1500;
  std::int64_t batch = 64;   // B
  std::int64_t length = 32;  // T, training words have this length
  double lr = 4e-3;
  std::int64_t warmup = 10;  // steps from 1 % to 100 % of lr
  double final_lr = 0.05;    // fraction of lr at the end of the cosine
  double weight_decay = 0.01;
  double beta1 = 0.9;
  double beta2 = 0.99;
  double epsilon = 1e-18;
  double clip = 1.0;  // global gradient norm; 0: none
  double l2wrap = 0;  // RWKV-LM's logit regulariser (1e-4 there)
  std::int64_t log_every = 50;
  std::int64_t checkpoint_every = 250;
  std::vector<std::int64_t> eval_lengths = {8, 16, 32, 64, 128, 256, 512};
  std::int64_t eval_strings = 1000;
  std::string device = "cpu";
  std::string kernel = "auto";  // auto: the rule's for words of `length` letters, anser doctor shows it

  std::vector<Field> fields();
};

/// Source of training and evaluation words. The trainer sees tasks through this alone (core lies left of
/// tasks).
struct WordSource {
  std::int64_t vocabulary = 0;
  std::int64_t labels = 0;
  /// Fills input/target [count, length] with words first..first+count-1 of the stream "train" or "test"
  /// (sealed). A target of -1 is asked by neither loss nor score.
  std::function<void(bool sealed, std::uint64_t seed, std::uint64_t first, std::int64_t count,
                     std::int64_t length, std::int64_t* input, std::int64_t* target)>
      fill;
};

/// Accuracy at one length: per position, of the last 8 scored positions of each string, of whole strings,
/// with the counts behind them. Positions whose target is -1 are not scored.
struct LengthScore {
  std::int64_t length = 0;
  std::int64_t strings = 0;
  std::vector<std::int64_t> correct_by_position;  // [length]
  std::vector<std::int64_t> scored_by_position;   // [length]
  std::int64_t last8_correct = 0;
  std::int64_t last8_total = 0;
  std::int64_t whole_correct = 0;  // strings without an error
  double accuracy() const;
  double last8() const;
  double whole() const;
};

struct RunResult {
  std::int64_t parameters = 0;
  std::int64_t tokens_seen = 0;
  double final_loss = 0;     // of the last step; 0 where there was none
  double train_seconds = 0;  // of the part trained by this process
  std::vector<LengthScore> scores;
};

/// What a run tells while it works; called on the run's thread after each step. On a device `loss` is that of
/// the last step that was logged, written to a checkpoint, or the first.
using StepCallback = std::function<void(std::int64_t step, double loss)>;

/// Trains (or resumes, or just reads a finished run) in `folder` and evaluates on the sealed stream.
/// Uses one intra-op thread. InputError for a bad config, or a folder that holds a run of another config.
RunResult run(const RunConfig& config, const WordSource& words, const std::filesystem::path& folder,
              const StepCallback& on_step = {});

/// What a caller may hang into a run.
struct RunSetup {
  StepCallback on_step;
  std::string command;  // the command line, for the manifest
  const std::atomic<bool>* stop =
      nullptr;         // once true, the run ends after its step with a checkpoint and an InputError
  bool check = false;  // TrainerOptions::check; no part of the config, since it changes no bits
  /// Makes the graph that a step on a device is captured in; empty: make_cuda_graph.
  std::function<std::shared_ptr<DeviceGraph>()> make_graph;
  /// Makes the model of RunConfig::model; empty: nn::make_model.
  std::function<std::unique_ptr<nn::Model>(const std::string& id, std::int64_t vocabulary,
                                           std::int64_t labels, const Rng& init)>
      make_model;
};

RunResult run(const RunConfig& config, const WordSource& words, const std::filesystem::path& folder,
              const RunSetup& setup);

/// Sealed-stream scores of a model at one length, words 0..strings-1. `batch` only bounds memory.
LengthScore evaluate(const nn::Model& model, const WordSource& words, std::uint64_t seed, std::int64_t length,
                     std::int64_t strings, std::int64_t batch = 64);

}  // namespace anser::train
