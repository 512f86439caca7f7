// Five optimiser steps of the reference model (reference data: stress-L3-D128-H2/train5.safetensors).

#include <ATen/ops/empty.h>

#include <cmath>
#include <cstring>

#include "core/base/json.h"
#include "core/base/safetensors.h"
#include "core/train/trainer.h"
#include "tests/support/catch.h"
#include "tests/support/reference_data.h"

namespace {

using namespace anser;
using namespace anser::train;

TrainerOptions options_of(const Json& hparams) {
  const double lr = hparams.at("lr_init");
  return {.schedule = {.lr = lr,
                       .final_lr = hparams.at("lr_final").get<double>() / lr,
                       .warmup = hparams.at("warmup"),
                       .steps = hparams.at("total")},
          .optimizer = {.beta1 = hparams.at("beta1"),
                        .beta2 = hparams.at("beta2"),
                        .epsilon = hparams.at("eps"),
                        .weight_decay = hparams.at("wd"),
                        .clip = hparams.at("clip")},
          .l2wrap = 1e-4};
}

struct Batch {
  at::Tensor input, target;
};

/// Words of step `step` of tokens [steps, B, T+1]: the first T letters, and the last T.
Batch batch_of(const TensorData& tokens, std::int64_t step) {
  const std::int64_t words = tokens.shape.at(1), length = tokens.shape.at(2);
  const at::Tensor all = at::empty({words, length}, at::kLong);
  const std::size_t bytes = static_cast<std::size_t>(words * length) * sizeof(std::int64_t);
  std::memcpy(all.data_ptr(), tokens.bytes.data() + step * static_cast<std::int64_t>(bytes), bytes);
  return {all.narrow(1, 0, length - 1).contiguous(), all.narrow(1, 1, length - 1).contiguous()};
}

double worst_difference(const nn::Model& model, const TensorFile& wanted) {
  double worst = 0;
  for (const nn::Parameter& parameter : model.parameters()) {
    const TensorData& data = wanted.tensors.at("param." + parameter.name);
    const at::Tensor value = parameter.value.detach().contiguous();
    REQUIRE(data.bytes.size() == static_cast<std::size_t>(value.numel()) * sizeof(float));
    const auto* got = value.const_data_ptr<float>();
    const auto* want = reinterpret_cast<const float*>(data.bytes.data());
    for (std::int64_t i = 0; i < value.numel(); ++i)
      worst = std::max(worst, std::abs(static_cast<double>(got[i]) - static_cast<double>(want[i])));
  }
  return worst;
}

TEST_CASE("five optimiser steps of the reference model end within 3e-6 of the double run",
          "[core][train][quick]") {
  ANSER_NEEDS_REFERENCE("stress-L3-D128-H2/train5.safetensors");
  const auto folder = tests::reference_dir() / "stress-L3-D128-H2";
  const TensorFile wanted = read_safetensors(folder / "train5.safetensors");
  const auto numbers = [&](const char* key) { return parse_json(wanted.metadata.at(key), key); };
  const auto model = read_safetensors(folder / "model.safetensors");
  Trainer trainer(nn::load_rwkv7(model, "model.safetensors"), options_of(numbers("hparams")));
  const Json losses = numbers("losses"), lrs = numbers("lrs"), norms = numbers("grad_norms");
  for (std::int64_t step = 0; step < std::ssize(losses); ++step) {
    CAPTURE(step);
    const Batch batch = batch_of(wanted.tensors.at("tokens"), step);
    const StepResult result = trainer.step(batch.input, batch.target);
    REQUIRE(result.lr == Approx(lrs[step].get<double>()).epsilon(1e-14));
    REQUIRE(result.loss == Approx(losses[step].get<double>()).epsilon(2e-6));
    REQUIRE(result.gradient_norm == Approx(norms[step].get<double>()).epsilon(1e-5));
  }
  const double worst = worst_difference(trainer.model(), wanted);
  UNSCOPED_INFO("largest difference of a parameter after five steps: " << worst);
  REQUIRE(worst < 3e-6);
}

}  // namespace
