// A model and a word source small enough that a whole run takes milliseconds: for tests of the trainer alone.
#pragma once

#include <ATen/ATen.h>

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/files.h"
#include "core/base/rng.h"
#include "core/train/run.h"

namespace anser::tests {

/// logits[t] = W tanh(sum of the embeddings up to t) + b.
class TinyModel : public nn::Model {
 public:
  TinyModel(std::int64_t vocabulary, std::int64_t labels, Rng init)
      : vocabulary_(vocabulary), labels_(labels) {
    constexpr std::int64_t kWidth = 10;
    const auto normal = [&](const char* name, std::vector<std::int64_t> shape) {
      at::Tensor value = at::empty(shape, at::kFloat);
      Rng rng = init.split(name);
      for (std::int64_t i = 0; i < value.numel(); ++i)
        value.mutable_data_ptr<float>()[i] = static_cast<float>(0.5 * rng.normal());
      return value;
    };
    parameters_ = {{"emb.weight", normal("emb.weight", {vocabulary, kWidth}), true, 1},
                   {"att.w0", normal("att.w0", {1, 1, kWidth}), false, 2},
                   {"head.weight", normal("head.weight", {labels, kWidth}), true, 1},
                   {"head.bias", at::zeros({labels}), false, 1}};
  }

  at::Tensor forward(const at::Tensor& tokens, nn::ModelState* /*state*/) const override {
    const at::Tensor sum = at::embedding(parameters_[0].value, tokens).cumsum(1) + parameters_[1].value;
    return at::linear(at::tanh(sum), parameters_[2].value, parameters_[3].value);
  }
  std::vector<nn::Parameter> parameters() const override { return parameters_; }
  void set_parameter(std::size_t index, at::Tensor value) override {
    parameters_[index].value = std::move(value);
  }
  std::string id() const override { return "tiny"; }
  std::int64_t vocabulary() const override { return vocabulary_; }
  std::int64_t labels() const override { return labels_; }
  void set_precision(nn::Precision /*precision*/) override {}

 private:
  std::int64_t vocabulary_, labels_;
  std::vector<nn::Parameter> parameters_;
};

/// Letters 0..2, label: their sum modulo 3 so far.
inline train::WordSource sum_words() {
  return {3, 3,
          [](bool sealed, std::uint64_t seed, std::uint64_t first, std::int64_t count, std::int64_t length,
             std::int64_t* input, std::int64_t* target) {
            for (std::int64_t i = 0; i < count; ++i) {
              Rng rng =
                  Rng(seed).split(sealed ? "test" : "train").split(first + static_cast<std::uint64_t>(i));
              std::int64_t sum = 0;
              for (std::int64_t t = 0; t < length; ++t) {
                *input++ = rng.below(3);
                sum = (sum + input[-1]) % 3;
                *target++ = sum;
              }
            }
          }};
}

inline train::RunConfig tiny_config() {
  train::RunConfig config;
  config.task = "sum";
  config.model = "tiny";
  config.steps = 40;
  config.batch = 4;
  config.length = 6;
  config.log_every = 3;
  config.checkpoint_every = 7;
  config.eval_lengths = {0, 5, 12};
  config.eval_strings = 20;
  return config;
}

inline train::RunSetup tiny_setup() {
  train::RunSetup setup;
  setup.make_model = [](const std::string&, std::int64_t vocabulary, std::int64_t labels, const Rng& init) {
    return std::make_unique<TinyModel>(vocabulary, labels, init);
  };
  return setup;
}

/// An empty folder that disappears with this object.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& name)
      : path(std::filesystem::temp_directory_path() / ("anser_" + name + "_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path path;
};

/// Everything a run leaves that may not depend on when it ran or how often it was killed.
inline std::string result_bits(const std::filesystem::path& folder) {
  std::string bits;
  for (const char* name :
       {"checkpoint.safetensors", "model.safetensors", "metrics.jsonl", "evaluation.json", "done"})
    bits += std::string(name) + ":" + short_hash(read_file(folder / name)) + "\n";
  return bits;
}

}  // namespace anser::tests
