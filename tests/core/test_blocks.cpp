// The block-level operators against the composition of single operators that defines them.
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>

#include "core/nn/model.h"
#include "core/ops/block.h"
#include "core/ops/channel_mix_block.h"
#include "core/ops/norm_linear.h"
#include "core/ops/ops.h"
#include "core/ops/time_mix_block.h"
#include "tests/core/tensors.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

namespace {

using namespace anser;
using at::Tensor;
using tests::message_of;

constexpr std::int64_t kVocabulary = 11, kLabels = 7;
constexpr const char* kModels[] = {
    "rwkv7[L=1,D=32,N=16,c=2,ranks=8]",
    "rwkv7[L=1,D=64,N=32,c=1,ranks=16]",
    "rwkv7[L=3,D=24,N=8,c=1+w,ranks_w=3,ranks_a=4,ranks_v=5,ranks_g=6]",
    "rwkv7[L=2,D=40,N=40,ranks=4,hidden=33,ln0=0,head_bias=1,block_bias=1]",
};

/// A model whose every parameter was moved off its initial value.
std::unique_ptr<nn::Model> busy_model(std::string_view id) {
  auto model = nn::make_model(id, kVocabulary, kLabels, Rng(3));
  const c10::NoGradGuard no_gradients;
  for (const nn::Parameter& parameter : model->parameters())
    parameter.value.add_(tests::gaussian(parameter.value.sizes(), Rng(5).split(parameter.name)), 0.2);
  return model;
}

/// Logits and the gradients of a weighted sum of them, from a state (or from fresh words).
std::vector<Tensor> logits_and_gradients(const nn::Model& model, const Tensor& tokens,
                                         nn::ModelState* state = nullptr) {
  for (const nn::Parameter& parameter : model.parameters())
    at::Tensor(parameter.value).mutable_grad() = Tensor();
  const Tensor logits = model.forward(tokens, state);
  (logits * tests::gaussian(logits.sizes(), Rng(20), logits.scalar_type())).sum().backward();
  std::vector<Tensor> result{logits.detach()};
  for (const nn::Parameter& parameter : model.parameters()) result.push_back(parameter.value.grad().clone());
  return result;
}

/// fp32 on the CPU runs the blocks, fp64 the single operators. One operator is held to 5e-6 (test_ops.cpp);
/// up to eight stand behind one another here.
constexpr double kTolerance = 5e-5;

TEST_CASE("block operators give the logits and all gradients of the single operators in double",
          "[core][ops][quick]") {
  const std::string id = GENERATE(from_range(std::begin(kModels), std::end(kModels)));
  const auto [batch, time] = GENERATE(std::pair{3, 5}, std::pair{11, 37}, std::pair{1, 1}, std::pair{2, 150});
  CAPTURE(id, batch, time);
  const Tensor tokens = tests::random_tokens(batch, time, kVocabulary, Rng(21));
  const Tensor before = tests::random_tokens(batch, 3, kVocabulary, Rng(25));
  const auto model = busy_model(id);
  nn::ModelState blocks_state, state;
  const auto fresh = logits_and_gradients(*model, tokens);
  logits_and_gradients(*model, before, &blocks_state);
  const auto carried = logits_and_gradients(*model, tokens, &blocks_state);
  model->set_precision(nn::Precision::fp64);
  const auto fresh_wanted = logits_and_gradients(*model, tokens);
  logits_and_gradients(*model, before, &state);
  const auto carried_wanted = logits_and_gradients(*model, tokens, &state);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    CAPTURE(i == 0 ? "logits" : model->parameters()[i - 1].name);
    CHECK(tests::relative_error(fresh[i], fresh_wanted[i]) <= kTolerance);
    CHECK(tests::relative_error(carried[i], carried_wanted[i]) <= kTolerance);
  }
  for (std::size_t i = 0; i < state.tensors.size(); ++i)
    CHECK(tests::relative_error(blocks_state.tensors[i], state.tensors[i]) <= kTolerance);
}

TEST_CASE("a word's logits are the same bits alone, in a batch and with gradients", "[core][ops][quick]") {
  const std::string id = GENERATE(from_range(std::begin(kModels), std::end(kModels)));
  const auto model = busy_model(id);
  const Tensor tokens = tests::random_tokens(9, 40, kVocabulary, Rng(22));
  const Tensor recorded = model->forward(tokens);
  const c10::NoGradGuard no_gradients;
  REQUIRE(tests::same_bits(model->forward(tokens), recorded));
  for (std::int64_t word = 0; word < 9; ++word)
    REQUIRE(tests::same_bits(model->forward(tokens.narrow(0, word, 1).contiguous()),
                             recorded.narrow(0, word, 1)));
}

TEST_CASE("distinct pairs of neighbouring tokens, and no pairs where they save no work",
          "[core][ops][quick]") {
  const std::int64_t words[] = {1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1};
  const Tensor ids = at::from_blob(const_cast<std::int64_t*>(words), {2, 8}, at::kLong);
  const auto pairs = ops::distinct_pairs(ids, 2);
  REQUIRE(pairs.has_value());
  REQUIRE(pairs->batch == 2);
  REQUIRE(pairs->time == 8);
  REQUIRE(pairs->previous == std::vector<std::int64_t>{2, 1, 0, 2});
  REQUIRE(pairs->current == std::vector<std::int64_t>{1, 0, 1, 0});
  REQUIRE(pairs->place == std::vector<std::int64_t>{0, 1, 2, 1, 2, 1, 2, 1, 3, 2, 1, 2, 1, 2, 1, 2});
  REQUIRE_FALSE(ops::distinct_pairs(ids, 8).has_value());                  // 72 pairs may be, 16 are
  REQUIRE_FALSE(ops::distinct_pairs(ids.narrow(1, 0, 3), 2).has_value());  // 4 pairs of 6 tokens
  REQUIRE_FALSE(ops::distinct_pairs(at::zeros({0, 8}, at::kLong), 2).has_value());
}

TEST_CASE("the first layer has the same bits by distinct pairs and token by token", "[core][ops][quick]") {
  const std::string id = GENERATE(from_range(std::begin(kModels), std::end(kModels)));
  const auto model = busy_model(id);
  const Tensor tokens = tests::random_tokens(11, 37, kVocabulary, Rng(27));
  REQUIRE(ops::distinct_pairs(tokens, kVocabulary).has_value());
  nn::ModelState fresh;  // with a state no pairs are formed
  REQUIRE(tests::same_bits(model->forward(tokens), model->forward(tokens, &fresh)));
}

TEST_CASE("gradients are the same bits whatever the memory held before", "[core][ops][quick]") {
  const auto model = busy_model(kModels[2]);
  const Tensor tokens = tests::random_tokens(5, 40, kVocabulary, Rng(23));
  const auto first = logits_and_gradients(*model, tokens);
  logits_and_gradients(*model, tests::random_tokens(5, 40, kVocabulary, Rng(24)));
  const auto again = logits_and_gradients(*model, tokens);
  for (std::size_t i = 0; i < first.size(); ++i) REQUIRE(tests::same_bits(first[i], again[i]));
}

TEST_CASE("memory of a tensor that is gone is used again, of that size alone", "[core][ops][quick]") {
  const void* place = ops::reusable_empty({37, 41}).const_data_ptr();
  const Tensor other = ops::reusable_empty({37, 43});
  REQUIRE(other.const_data_ptr() != place);
  REQUIRE(ops::reusable_empty({41, 37}).const_data_ptr() == place);
  REQUIRE(ops::reusable_empty({0, 5}).numel() == 0);
}

TEST_CASE("from the second pass on the block operators allocate no buffer", "[core][ops][quick]") {
  const std::string id = GENERATE(from_range(std::begin(kModels), std::end(kModels)));
  const auto model = busy_model(id);
  const Tensor tokens = tests::random_tokens(7, 40, kVocabulary, Rng(26));
  logits_and_gradients(*model, tokens);
  const std::int64_t before = ops::buffers_allocated();
  logits_and_gradients(*model, tokens);
  REQUIRE(ops::buffers_allocated() == before);
}

TEST_CASE("a wrong argument of a block operator is one sentence", "[core][ops][quick]") {
  const Tensor x = at::zeros({2, 3, 16}), d = at::ones({16});
  const Tensor key = at::zeros({32, 16}), value = at::zeros({16, 32}), mix = at::zeros({1, 1, 16});
  REQUIRE(message_of([&] { ops::channel_mix_block(x, d, d, mix, key, key); }) ==
          "ops::channel_mix_block: value has shape [32, 16], wanted [16, 32]");
  REQUIRE(message_of([&] { ops::channel_mix_block(x, d, at::ones({8}), mix, key, value); }) ==
          "ops::channel_mix_block: norm_bias has shape [8], wanted [16]");
  REQUIRE(message_of([&] { ops::norm_linear(x.to(at::kDouble), d, d, key, Tensor()); }) ==
          "ops::norm_linear: x is double on cpu, wanted float on cpu");
  REQUIRE(message_of([&] {
            ops::embedding(key, at::full({1, 2}, 32, at::kLong));
          }) == "ops::embedding: id 0 is 32, wanted 0..31");
  ops::TimeMixParameters p;
  for (Tensor* mixture : {&p.x_r, &p.x_w, &p.x_k, &p.x_v, &p.x_a, &p.x_g, &p.w0, &p.a0, &p.k_k, &p.k_a})
    *mixture = mix;
  for (Tensor* inner : {&p.w1, &p.a1, &p.g1}) *inner = at::zeros({16, 4});
  for (Tensor* outer : {&p.w2, &p.a2, &p.g2}) *outer = at::zeros({4, 16});
  for (Tensor* matrix : {&p.receptance, &p.key, &p.value, &p.output}) *matrix = at::zeros({16, 16});
  p.r_k = at::zeros({2, 8});
  p.ln_x_weight = p.ln_x_bias = d;
  Tensor v_first;
  const auto refusal = [&] { return message_of([&] { ops::time_mix_block(x, d, d, p, v_first); }); };
  REQUIRE(refusal().empty());
  REQUIRE(v_first.sizes() == x.sizes());
  p.a2 = at::zeros({5, 16});
  REQUIRE(refusal() == "ops::time_mix_block: a2 has shape [5, 16], wanted [4, 16]");
  const ops::TokenPairs pairs{.batch = 1, .time = 1, .vocabulary = 3, .previous = {3}, .current = {0}};
  REQUIRE(message_of([&] { ops::time_mix_block(pairs, key, d, d, p, v_first); }) ==
          "ops::time_mix_block: table has shape [32, 16], wanted [3, 16]");
  p.a2 = Tensor();
  REQUIRE(refusal() == "ops::time_mix_block: a2 is undefined, wanted shape [4, 16]");
}

TEST_CASE("a second derivative of a block operator is refused", "[core][ops][quick]") {
  const Tensor x = tests::gaussian({1, 2, 8}, Rng(8)).requires_grad_(), d = at::ones({8});
  const Tensor out = ops::channel_mix_block(x, d, d, at::zeros({1, 1, 8}), at::eye(8), at::eye(8));
  REQUIRE(message_of([&] {
            at::Tensor(out.sum()).backward({}, /*retain_graph=*/true, /*create_graph=*/true);
          }) == "ops::channel_mix_block: a second derivative was asked for, wanted first derivatives alone");
}

}  // namespace
