// Laws of every model, and what the loaders refuse.
#include <c10/core/GradMode.h>

#include "core/nn/model.h"
#include "core/nn/orthogonal.h"
#include "core/ops/ops.h"
#include "tests/core/tensors.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

namespace {

using namespace anser;
using at::Tensor;
using nn::Precision;
using tests::contains;
using tests::max_difference;
using tests::message_of;
using tests::random_tokens;

constexpr std::int64_t kVocabulary = 11, kLabels = 7;
constexpr const char* kModels[] = {
    "rwkv7[L=1,D=32,N=16,c=2,ranks=8]",
    "rwkv7[L=2,D=24,N=8,c=1+w,ranks_w=3,ranks_a=4,ranks_v=5,ranks_g=6]",
    "rwkv7[L=1,D=128,N=128,c=1,ranks=4,era=world]",
    "rwkv7[L=2,D=32,N=16,ranks=4,hidden=40,ln0=0,head_bias=1,block_bias=1]",
    "transformer[L=2,D=24,H=3,positions=rope,mlp=gelu]",
    "transformer[L=1,D=24,H=2,positions=nope,mlp=swiglu,hidden=32]",
    "transformer[L=2,D=24,H=3,positions=alibi,mlp=gelu]",
};

/// A model whose every parameter was moved off its initial value, so that no branch is silent.
std::unique_ptr<nn::Model> busy_model(std::string_view id) {
  auto model = nn::make_model(id, kVocabulary, kLabels, Rng(3));
  const c10::NoGradGuard no_gradients;
  for (const nn::Parameter& parameter : model->parameters())
    parameter.value.add_(tests::gaussian(parameter.value.sizes(), Rng(5).split(parameter.name)), 0.3);
  return model;
}

TEST_CASE("step by step gives the whole sequence's logits and state", "[core][nn][quick]") {
  const std::string id = GENERATE(from_range(std::begin(kModels), std::end(kModels)));
  CAPTURE(id);
  const auto model = busy_model(id);
  model->set_precision(Precision::fp64);
  const c10::NoGradGuard no_gradients;
  const Tensor tokens = random_tokens(3, 19, kVocabulary, Rng(8));
  nn::ModelState whole, stepwise;
  const Tensor wanted = model->forward(tokens, &whole);
  REQUIRE(max_difference(wanted, model->forward(tokens)) < 1e-12);
  std::vector<Tensor> pieces;
  for (std::int64_t at = 0, step = 1; at < 19; at += step, step = std::min<std::int64_t>(step + 1, 19 - at))
    pieces.push_back(model->forward(tokens.narrow(1, at, step).contiguous(), &stepwise));
  REQUIRE(max_difference(at::cat(pieces, 1), wanted) < 1e-11);
  REQUIRE(whole.tensors.size() == stepwise.tensors.size());
  for (std::size_t i = 0; i < whole.tensors.size(); ++i)
    REQUIRE(max_difference(whole.tensors[i], stepwise.tensors[i]) < 1e-11);
}

TEST_CASE("fp32 differs from fp64 by rounding alone", "[core][nn][quick]") {
  const std::string id = GENERATE(from_range(std::begin(kModels), std::end(kModels)));
  CAPTURE(id);
  const auto model = busy_model(id);
  const c10::NoGradGuard no_gradients;
  const Tensor tokens = random_tokens(2, 40, kVocabulary, Rng(9));
  const Tensor single = model->forward(tokens);
  model->set_precision(Precision::fp64);
  const Tensor twice = model->forward(tokens);
  REQUIRE(twice.scalar_type() == at::kDouble);
  REQUIRE(tests::relative_error(single, twice) < 1e-4);
  REQUIRE(max_difference(single, twice) > 0);
}

TEST_CASE("under bf16 weights, logits and shifts are bf16 numbers and the WKV state is not",
          "[core][nn][quick]") {
  const auto model = busy_model(kModels[1]);
  model->set_precision(Precision::bf16);
  const auto is_bf16 = [](const Tensor& x) { return at::equal(x, x.to(at::kBFloat16).to(at::kFloat)); };
  for (const nn::Parameter& parameter : model->parameters()) REQUIRE(is_bf16(parameter.value));
  nn::ModelState state;
  REQUIRE(is_bf16(model->forward(random_tokens(2, 9, kVocabulary, Rng(10)), &state)));
  REQUIRE(is_bf16(state.tensors[0]));
  REQUIRE_FALSE(is_bf16(state.tensors[1]));
  REQUIRE(state.tensors[1].scalar_type() == at::kFloat);
}

TEST_CASE("every parameter has a gradient, and none is a copy", "[core][nn][quick]") {
  const std::string id = GENERATE(from_range(std::begin(kModels), std::end(kModels)));
  const auto model = busy_model(id);
  const auto parameters = model->parameters();
  // The parameters move into one buffer, as the trainer arranges it.
  const Tensor buffer = at::zeros({nn::count_parameters(*model)}), gradients = at::zeros_like(buffer);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& value = parameters[i].value;
    const auto view = [&](const Tensor& flat) {
      return flat.narrow(0, offset, value.numel()).view(value.sizes());
    };
    view(buffer).copy_(value.detach());
    Tensor leaf = view(buffer).detach().requires_grad_();
    leaf.mutable_grad() = view(gradients);
    model->set_parameter(i, leaf);
    offset += value.numel();
  }
  const Tensor tokens = random_tokens(4, 17, kVocabulary, Rng(11));
  const Tensor target = random_tokens(1, 4 * 17, kLabels, Rng(12)).view({-1});
  ops::cross_entropy(model->forward(tokens).view({-1, kLabels}), target).backward();
  for (const nn::Parameter& parameter : model->parameters()) {
    CAPTURE(id, parameter.name);
    REQUIRE(parameter.value.grad().storage().is_alias_of(gradients.storage()));
    REQUIRE(parameter.value.grad().abs().max().item<float>() > 0);
  }
  const Tensor before = model->forward(tokens).detach();
  buffer.mul_(1.5);
  REQUIRE(max_difference(model->forward(tokens), before) > 1e-3);
}

TEST_CASE("gradients of a whole model agree with central differences in double", "[core][nn][quick]") {
  const std::string id = GENERATE(from_range(std::begin(kModels), std::end(kModels)));
  const auto model = busy_model(id);
  model->set_precision(Precision::fp64);
  const Tensor tokens = random_tokens(2, 9, kVocabulary, Rng(13));
  const Tensor target = random_tokens(1, 18, kLabels, Rng(14)).view({-1});
  const auto loss = [&] { return ops::cross_entropy(model->forward(tokens).view({-1, kLabels}), target); };
  loss().backward();
  const c10::NoGradGuard no_gradients;
  for (const nn::Parameter& parameter : model->parameters()) {
    CAPTURE(id, parameter.name);
    const Tensor direction =
        tests::gaussian(parameter.value.sizes(), Rng(15).split(parameter.name), at::kDouble);
    const double step = 1e-6;
    parameter.value.add_(direction, step);
    const double above = loss().item<double>();
    parameter.value.add_(direction, -2 * step);
    const double below = loss().item<double>();
    parameter.value.add_(direction, step);
    const double slope = (parameter.value.grad() * direction).sum().item<double>();
    REQUIRE((above - below) / (2 * step) == Approx(slope).margin(2e-7).epsilon(1e-6));
  }
}

TEST_CASE("empty batches and empty words have answers of the right shape", "[core][nn][quick]") {
  const std::string id = GENERATE(from_range(std::begin(kModels), std::end(kModels)));
  CAPTURE(id);
  const auto model = busy_model(id);
  nn::ModelState state;
  REQUIRE(model->forward(random_tokens(2, 0, kVocabulary, Rng(1)), &state).sizes() ==
          at::IntArrayRef({2, 0, kLabels}));
  REQUIRE(model->forward(random_tokens(0, 3, kVocabulary, Rng(1))).sizes() ==
          at::IntArrayRef({0, 3, kLabels}));
  // Reading nothing first changes nothing.
  const Tensor tokens = random_tokens(2, 5, kVocabulary, Rng(2));
  REQUIRE(max_difference(model->forward(tokens, &state), model->forward(tokens)) < 1e-6);
}

TEST_CASE("a saved model loads bit for bit, in each type of number", "[core][nn][quick]") {
  const std::string id = GENERATE(from_range(std::begin(kModels), std::end(kModels)));
  const auto model = busy_model(id);
  TensorFile file = nn::save_model(*model, {{"task", "parity"}});
  REQUIRE(file.metadata.at("task") == "parity");
  const auto again = nn::load_model(file, "file");
  REQUIRE(again->id() == model->id());
  const Tensor tokens = random_tokens(2, 5, kVocabulary, Rng(2));
  REQUIRE(at::equal(again->forward(tokens), model->forward(tokens)));
  model->set_precision(Precision::bf16);
  const TensorFile rounded = nn::save_model(*model);
  TensorFile halves = rounded;
  for (auto& [name, data] : halves.tensors) {
    const Tensor value = tests::tensor_of(rounded, name).to(at::kBFloat16);
    data.type = TensorType::bf16;
    data.bytes.resize(value.nbytes());
    std::memcpy(data.bytes.data(), value.const_data_ptr(), value.nbytes());
  }
  REQUIRE(at::equal(nn::load_model(halves, "halves")->forward(tokens),
                    nn::load_model(rounded, "r")->forward(tokens)));
}

TEST_CASE("a checkpoint with an unknown, missing or misshapen tensor is refused by its name",
          "[core][nn][quick]") {
  const TensorFile file = nn::save_model(*busy_model(kModels[1]));
  const auto refusal = [&](auto change) {
    TensorFile broken = file;
    change(broken);
    return message_of([&] { nn::load_model(broken, "m.safetensors"); });
  };
  REQUIRE(refusal([](TensorFile&) {}).empty());
  REQUIRE(contains(refusal([](TensorFile& f) { f.tensors["blocks.0.qkv.qq"] = f.tensors.at("emb.weight"); }),
                   "m.safetensors: tensor blocks.0.qkv.qq is unknown"));
  REQUIRE(refusal([](TensorFile& f) { f.tensors.erase("blocks.1.att.k_a"); }) ==
          "m.safetensors: tensor blocks.1.att.k_a is missing");
  REQUIRE(refusal([](TensorFile& f) { f.tensors.erase("blocks.1.att.v0"); }) ==
          "m.safetensors: tensor blocks.1.att.v0 is missing");
  REQUIRE(refusal([](TensorFile& f) { f.tensors.erase("emb.weight"); }) ==
          "m.safetensors: tensor emb.weight is missing");
  REQUIRE(refusal([](TensorFile& f) { f.tensors["ln_out.bias"] = f.tensors.at("emb.weight"); }) ==
          "m.safetensors: tensor ln_out.bias has shape [11, 24], wanted [24]");
  REQUIRE(contains(refusal([](TensorFile& f) { f.tensors["emb.weight"].type = TensorType::i32; }),
                   "I32, wanted F64"));
  REQUIRE(contains(refusal([](TensorFile& f) { f.metadata["c"] = "3"; }), "c is '3', wanted 1, 2 or 1+w"));
  // Layer 0's value gate may be there; no formula reads it.
  REQUIRE(
      refusal([](TensorFile& f) { f.tensors["blocks.0.att.v0"] = f.tensors.at("blocks.1.att.v0"); }).empty());
}

TEST_CASE("a wrong id, token or state is one clear sentence", "[core][nn][quick]") {
  const auto refusal = [](const char* id) {
    return message_of([&] { nn::make_model(id, kVocabulary, kLabels, Rng(1)); });
  };
  REQUIRE(contains(refusal("rwkv6"), "did you mean \"rwkv7\""));
  REQUIRE(contains(refusal("rwkv7[rank=3]"), "ranks"));
  REQUIRE(contains(refusal("rwkv7[N=12]"), "N is 12, wanted a multiple of 8"));
  REQUIRE(contains(refusal("rwkv7[D=40,N=16]"), "D is 40, wanted a multiple of N = 16"));
  REQUIRE(contains(refusal("rwkv7[c=3]"), "c is '3'"));
  REQUIRE(contains(refusal("transformer[positions=rop]"), "rope"));
  REQUIRE(contains(refusal("transformer[D=10,H=4]"), "D is 10, wanted a multiple of H = 4"));
  const auto model = busy_model(kModels[0]);
  Tensor tokens = random_tokens(2, 5, kVocabulary, Rng(2));
  tokens[1][3] = 11;
  REQUIRE(contains(message_of([&] { model->forward(tokens); }),
                   "token id 11 (sequence 1, position 3) lies outside the vocabulary 0..10"));
  nn::ModelState state{{at::zeros({1})}};
  tokens[1][3] = 0;
  REQUIRE(
      contains(message_of([&] { model->forward(tokens, &state); }), "the state holds 1 tensors, wanted 3"));
}

TEST_CASE("parameter groups are RWKV-LM's", "[core][nn][quick]") {
  for (const nn::Parameter& p : busy_model(kModels[1])->parameters()) {
    CAPTURE(p.name);
    REQUIRE((p.lr_scale == 2) == p.name.ends_with("att.w0"));
    const bool matrix = p.value.dim() == 2 && p.name.ends_with(".weight");
    REQUIRE(p.decay == matrix);
  }
}

TEST_CASE("initial matrices are orthogonal with their gain, and each has a stream of its own",
          "[core][nn][quick]") {
  for (const auto& [rows, cols] : {std::pair{5, 5}, std::pair{40, 9}, std::pair{7, 31}}) {
    const auto values = nn::orthogonal(rows, cols, 0.5, Rng(4));
    const Tensor m = at::tensor(values).view({rows, cols}).to(at::kDouble);
    const Tensor gram = rows > cols ? m.t().mm(m) : m.mm(m.t());
    REQUIRE(max_difference(gram, 0.25 * at::eye(gram.size(0), at::kDouble)) < 1e-7);
  }
  const auto small = nn::make_model("rwkv7[L=1,D=32,N=16,ranks=8]", kVocabulary, kLabels, Rng(3));
  const auto wide = nn::make_model("rwkv7[L=1,D=32,N=16,ranks=4]", kVocabulary, kLabels, Rng(3));
  const auto other = nn::make_model("rwkv7[L=1,D=32,N=16,ranks=8]", kVocabulary, kLabels, Rng(4));
  const auto head = [](const nn::Model& m) { return m.parameters().back().value; };
  REQUIRE(at::equal(head(*small), head(*wide)));
  REQUIRE_FALSE(at::equal(head(*small), head(*other)));
  REQUIRE(small->parameters()[0].value.abs().max().item<float>() <= 1e-4F);
}

}  // namespace
