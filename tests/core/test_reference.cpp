// Whole models against the reference data: logits, states, gradients, digits.
#include <c10/core/GradMode.h>

#include <algorithm>
#include <map>

#include "core/nn/model.h"
#include "core/ops/ops.h"
#include "tests/core/tensors.h"
#include "tests/support/catch.h"
#include "tests/support/reference_data.h"

namespace {

using namespace anser;
using at::Tensor;
using nn::Precision;
using tests::max_difference;
using tests::tensor_of;

TensorFile reference(const std::string& relative) {
  return read_safetensors(tests::reference_dir() / relative);
}

std::unique_ptr<nn::Model> reference_model(const std::string& folder, Precision precision) {
  auto model = nn::load_model(reference(folder + "/model.safetensors"), folder);
  model->set_precision(precision);
  return model;
}

struct ForwardCase {
  const char* file;
  Precision precision;
  double tolerance;
};

TEST_CASE("the tiny model's logits are the reference's", "[core][nn][reference][quick]") {
  ANSER_NEEDS_REFERENCE("tiny-rwkv-7v0-834K/model.safetensors");
  const auto c = GENERATE(ForwardCase{"forward-3", Precision::fp32, 2e-6},
                          ForwardCase{"forward-text", Precision::fp32, 2e-6},
                          ForwardCase{"forward-text", Precision::fp64, 3e-7});
  const auto model = reference_model("tiny-rwkv-7v0-834K", c.precision);
  REQUIRE(nn::count_parameters(*model) == 829888);
  const TensorFile wanted = reference(std::string("tiny-rwkv-7v0-834K/") + c.file + ".safetensors");
  const Tensor logits = model->forward(tensor_of(wanted, "tokens").unsqueeze(0)).detach()[0];
  const double difference = max_difference(logits, tensor_of(wanted, "logits"));
  CAPTURE(c.file, difference);
  REQUIRE(difference < c.tolerance);
}

TEST_CASE("the stress model's logits and states are the reference's", "[core][nn][reference][quick]") {
  ANSER_NEEDS_REFERENCE("stress-L3-D128-H2/model.safetensors");
  const auto c =
      GENERATE(ForwardCase{"forward", Precision::fp32, 2e-5}, ForwardCase{"forward", Precision::fp64, 3e-7});
  const auto model = reference_model("stress-L3-D128-H2", c.precision);
  const TensorFile wanted = reference("stress-L3-D128-H2/forward.safetensors");
  nn::ModelState state;
  const Tensor logits = model->forward(tensor_of(wanted, "tokens").unsqueeze(0), &state).detach()[0];
  const double difference = max_difference(logits, tensor_of(wanted, "logits"));
  CAPTURE(difference);
  REQUIRE(difference < c.tolerance);
  const char* names[] = {"state_att_x", "state_wkv", "state_ffn_x"};
  for (std::size_t kind = 0; kind < 3; ++kind) {
    const Tensor all = tensor_of(wanted, names[kind]);
    const double largest = tensor_of(wanted, "state_wkv").abs().max().item<double>();
    for (std::int64_t layer = 0; layer < all.size(0); ++layer) {
      CAPTURE(names[kind], layer);
      REQUIRE(max_difference(state.tensors[3 * layer + kind][0], all[layer]) < 2e-6 * largest);
    }
  }
}

TEST_CASE("all 102 gradients of the stress model are the reference's", "[core][nn][reference][quick]") {
  ANSER_NEEDS_REFERENCE("stress-L3-D128-H2/grads.safetensors");
  const auto precision = GENERATE(Precision::fp32, Precision::fp64);
  const auto model = reference_model("stress-L3-D128-H2", precision);
  const TensorFile wanted = reference("stress-L3-D128-H2/grads.safetensors");
  const Tensor tokens = tensor_of(wanted, "tokens");
  const Tensor logits = model->forward(tokens.narrow(1, 0, 32).contiguous());
  const Tensor target = tokens.narrow(1, 1, 32).contiguous().view({-1});
  const Tensor loss = ops::cross_entropy(logits.view({-1, logits.size(2)}), target, 1e-4);
  REQUIRE(loss.item<double>() == Approx(std::stod(wanted.metadata.at("loss"))).epsilon(2e-6));
  loss.backward();
  const auto parameters = model->parameters();
  REQUIRE(parameters.size() == 102);
  double worst = 0;
  for (const nn::Parameter& parameter : parameters) {
    CAPTURE(parameter.name);
    REQUIRE(parameter.value.grad().defined());
    const double error =
        tests::relative_error(parameter.value.grad(), tensor_of(wanted, "grad." + parameter.name));
    worst = std::max(worst, error);
    REQUIRE(error < 1e-5);
  }
  UNSCOPED_INFO("largest relative error of a gradient: " << worst);
  CHECK(worst < 1e-5);
}

TEST_CASE("the initialisation's formulas are the reference's", "[core][nn][reference][quick]") {
  ANSER_NEEDS_REFERENCE("init/deterministic-L4-D128-N64.safetensors");
  const std::string sizes = GENERATE("L4-D128-N64", "L2-D32-N16");
  const TensorFile wanted = reference("init/deterministic-" + sizes + ".safetensors");
  const auto id = sizes == "L4-D128-N64" ? "rwkv7[L=4,D=128,N=64]" : "rwkv7[L=2,D=32,N=16]";
  const auto model = nn::make_model(id, 11, 7, Rng(1));
  std::map<std::string, Tensor> values;
  for (const nn::Parameter& parameter : model->parameters())
    values.emplace(parameter.name, parameter.value.detach());
  for (const auto& [name, data] : wanted.tensors) {
    if (name == "blocks.0.att.v0") continue;  // no formula reads it
    CAPTURE(name);
    REQUIRE(values.contains(name));
    REQUIRE(max_difference(values.at(name).flatten(), tensor_of(wanted, name).flatten()) < 1e-6);
  }
}

// The reversal model: "digits,reversed digits#".

constexpr std::int64_t kComma = 10, kEnd = 11;

TEST_CASE("the reversal model reproduces its golden run", "[core][nn][reference][quick]") {
  ANSER_NEEDS_REFERENCE("reverse-L2-D32/model.safetensors");
  const auto c = GENERATE(ForwardCase{"", Precision::fp32, 2e-3}, ForwardCase{"", Precision::fp64, 1e-5});
  const auto model = reference_model("reverse-L2-D32", c.precision);
  const TensorFile wanted = reference("reverse-L2-D32/forward.safetensors");
  const Tensor tokens = tensor_of(wanted, "tokens");
  const Tensor logits = model->forward(tokens.narrow(0, 0, 121).unsqueeze(0)).detach()[0];
  const double difference = max_difference(logits, tensor_of(wanted, "logits"));
  CAPTURE(difference);
  REQUIRE(difference < c.tolerance);
  REQUIRE(at::equal(logits.argmax(-1).narrow(0, 60, 61), tokens.narrow(0, 61, 61)));
}

/// `count` strings of `digits` random digits: tokens [count, 2 digits + 2].
Tensor reversal_strings(std::int64_t count, std::int64_t digits, Rng rng) {
  const Tensor number = tests::random_tokens(count, digits, 10, rng);
  return at::cat({number, at::full({count, 1}, kComma, at::kLong), number.flip({1}),
                  at::full({count, 1}, kEnd, at::kLong)},
                 1);
}

TEST_CASE("the reversal model reverses 1000 fresh strings, digit for digit as in double",
          "[core][nn][reference][slow]") {
  ANSER_NEEDS_REFERENCE("reverse-L2-D32/model.safetensors");
  const auto single = reference_model("reverse-L2-D32", Precision::fp32);
  const auto twice = reference_model("reverse-L2-D32", Precision::fp64);
  Rng lengths = Rng(2026).split("lengths");
  std::map<std::int64_t, std::int64_t> strings_of_length;
  for (int i = 0; i < 1000; ++i) ++strings_of_length[1 + lengths.below(60)];
  const c10::NoGradGuard no_gradients;
  std::int64_t digits_seen = 0, right = 0, unequal = 0;
  for (const auto& [digits, count] : strings_of_length) {
    const Tensor tokens =
        reversal_strings(count, digits, Rng(2026).split(static_cast<std::uint64_t>(digits)));
    const Tensor input = tokens.narrow(1, 0, 2 * digits + 1).contiguous();
    const auto answer = [&, n = digits](const nn::Model& model) {
      return model.forward(input).narrow(1, n, n).argmax(-1);
    };
    const Tensor got = answer(*single);
    digits_seen += got.numel();
    right += at::eq(got, tokens.narrow(1, digits + 1, digits)).sum().item<std::int64_t>();
    unequal += at::ne(got, answer(*twice)).sum().item<std::int64_t>();
  }
  CAPTURE(digits_seen, right, unequal);
  REQUIRE(unequal == 0);
  REQUIRE(static_cast<double>(right) >= 0.9998 * static_cast<double>(digits_seen));
}

}  // namespace
