// The operators against their compositions of ATen operators, and what they refuse.
#include <functional>

#include "core/ops/composed.h"
#include "core/ops/ops.h"
#include "tests/core/tensors.h"
#include "tests/support/catch.h"
#include "tests/support/reference_data.h"
#include "tests/support/throws.h"

namespace {

using namespace anser;
using at::Tensor;
using tests::gaussian;
using tests::message_of;
using Tensors = std::vector<Tensor>;
using Function = std::function<Tensors(const Tensors&)>;

constexpr std::int64_t B = 2, T = 5, H = 3, N = 16, D = H * N;

/// Outputs followed by the gradients of sum_i <weights_i, output_i> for every input; an input that the
/// function does not depend on has gradient zero.
Tensors values_and_gradients(const Function& f, const Tensors& inputs) {
  Tensors leaves;
  for (const Tensor& x : inputs) leaves.push_back(x.detach().clone().requires_grad_());
  Tensors results = f(leaves);
  Tensor total = at::zeros({}, inputs[0].options());
  for (std::size_t i = 0; i < results.size(); ++i)
    total = total + (results[i] * gaussian(results[i].sizes(), Rng(900 + i), results[i].scalar_type())).sum();
  total.backward();
  for (const Tensor& leaf : leaves)
    results.push_back(leaf.grad().defined() ? leaf.grad() : at::zeros_like(leaf));
  return results;
}

/// With the kernel of the CPU.
constexpr auto wkv7_op = [](const auto&... arguments) { return ops::wkv7(arguments...); };

/// Compares operator and composition; the tolerances are relative norms, by dtype.
void require_agreement(const Function& op, const Function& composed, const Tensors& inputs) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    Tensors typed, wide;
    for (const Tensor& x : inputs) {
      typed.push_back(x.to(type));
      wide.push_back(x.to(type).to(at::kDouble));
    }
    const Tensors got = values_and_gradients(op, typed), wanted = values_and_gradients(composed, wide);
    REQUIRE(got.size() == wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      CAPTURE(i, at::toString(type));
      REQUIRE(tests::relative_error(got[i].detach(), wanted[i].detach()) <
              (type == at::kFloat ? 5e-6 : 1e-12));
    }
  }
}

TEST_CASE("the recurrence equals a loop over tokens in values and in all seven gradients",
          "[core][ops][quick]") {
  const auto decay = GENERATE(ops::Decay::logit, ops::Decay::log);
  const auto length = GENERATE(0, 1, 5, 16, 17, 40);
  Rng rng(1);
  Tensors inputs;
  for (const char* name : {"r", "w", "k", "v"})
    inputs.push_back(gaussian({B, length, H, N}, rng.split(name)));
  if (decay == ops::Decay::log) inputs[1] = -inputs[1].abs() * 0.3;
  const Tensor key = gaussian({B, length, H, N}, rng.split("a"));
  const Tensor unit = key / key.norm(2, {-1}, true).clamp_min(1e-12);
  inputs.push_back(-unit);
  inputs.push_back(unit * at::sigmoid(gaussian({B, length, H, N}, rng.split("b"))));
  inputs.push_back(gaussian({B, H, N, N}, rng.split("s0")));
  const auto with = [decay](auto wkv7) {
    return [decay, wkv7](const Tensors& x) {
      const auto [y, sT] = wkv7(x[0], x[1], x[2], x[3], x[4], x[5], x[6], decay);
      return Tensors{y, sT};
    };
  };
  require_agreement(with(wkv7_op), with(ops::composed::wkv7), inputs);
}

TEST_CASE("the recurrence has gradients when only y, only sT, or no first state takes part",
          "[core][ops][quick]") {
  Rng rng(2);
  Tensors inputs;
  for (const char* name : {"r", "w", "k", "v", "a", "b"})
    inputs.push_back(0.3 * gaussian({B, T, H, N}, rng.split(name)));
  const auto which = GENERATE(0, 1);
  const auto with = [which](auto wkv7) {
    return [which, wkv7](const Tensors& x) {
      const auto [y, sT] = wkv7(x[0], x[1], x[2], x[3], x[4], x[5], std::nullopt, ops::Decay::logit);
      return Tensors{which == 0 ? y : sT};
    };
  };
  require_agreement(with(wkv7_op), with(ops::composed::wkv7), inputs);
}

TEST_CASE("token shift equals its composition", "[core][ops][quick]") {
  const auto mixtures = GENERATE(1, 6);
  const Rng rng(3);
  const Tensors inputs{gaussian({B, T, D}, rng.split("x")), gaussian({mixtures, D}, rng.split("mu"))};
  const Tensor previous = gaussian({B, D}, rng.split("previous"));
  const bool first = GENERATE(true, false);
  const auto with = [&](auto shift) {
    return [&, shift](const Tensors& x) {
      const auto before = first ? std::nullopt : std::optional(previous.to(x[0].scalar_type()));
      return Tensors{shift(x[0], before, x[1])};
    };
  };
  require_agreement(with(ops::token_shift), with(ops::composed::token_shift), inputs);
}

TEST_CASE("key preparation equals its composition for each multiplier", "[core][ops][quick]") {
  const auto c = GENERATE(ops::Multiplier::one, ops::Multiplier::two, ops::Multiplier::one_plus_decay);
  const Rng rng(4);
  Tensors inputs;
  for (const char* name : {"k", "icl", "decay"}) inputs.push_back(gaussian({B, T, H, N}, rng.split(name)));
  for (const char* name : {"k_k", "k_a"}) inputs.push_back(gaussian({H, N}, rng.split(name)));
  const auto with = [c](auto prepare) {
    return [c, prepare](const Tensors& x) {
      const auto [k_tilde, a, b] = prepare(x[0], x[1], x[2], x[3], x[4], c);
      return Tensors{k_tilde, a, b};
    };
  };
  require_agreement(with(ops::key_preparation), with(ops::composed::key_preparation), inputs);
}

TEST_CASE("read-out, layer norm and squared ReLU equal their compositions", "[core][ops][quick]") {
  const Rng rng(5);
  Tensors inputs;
  for (const char* name : {"y", "r", "k", "v", "gate"})
    inputs.push_back(gaussian({B, T, H, N}, rng.split(name)));
  for (const char* name : {"r_k", "weight", "bias"}) inputs.push_back(gaussian({H, N}, rng.split(name)));
  const auto read = [](auto f) {
    return [f](const Tensors& x) { return Tensors{f(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7])}; };
  };
  require_agreement(read(ops::read_out), read(ops::composed::read_out), inputs);

  const Tensors rows{gaussian({B * T, D}, rng.split("x")), gaussian({D}, rng.split("w")),
                     gaussian({D}, rng.split("b"))};
  const auto norm = [](auto f) { return [f](const Tensors& x) { return Tensors{f(x[0], x[1], x[2])}; }; };
  require_agreement(norm(ops::layer_norm), norm(ops::composed::layer_norm), rows);
  const auto relu = [](auto f) { return [f](const Tensors& x) { return Tensors{f(x[0])}; }; };
  require_agreement(relu(ops::squared_relu), relu(ops::composed::squared_relu), {rows[0]});
}

TEST_CASE("cross entropy equals its composition, rows that are not scored and the regulariser included",
          "[core][ops][quick]") {
  const double l2wrap = GENERATE(0.0, 1e-4);
  const Tensor target = tests::random_tokens(1, 40, 8, Rng(6)).view({40}) - 1;  // -1 .. 6
  const auto with = [&](auto f) {
    return [&, f](const Tensors& x) { return Tensors{f(x[0], target, l2wrap)}; };
  };
  require_agreement(with(ops::cross_entropy), with(ops::composed::cross_entropy),
                    {gaussian({40, 7}, Rng(7))});
}

TEST_CASE("a wrong argument of an operator is one sentence with operator, argument, value and wish",
          "[core][ops][quick]") {
  const Tensor x = at::zeros({B, T, H, N}), state = at::zeros({B, H, N, N});
  const auto wkv7 = [&](const Tensor& k, const Tensor& s0) { ops::wkv7(x, x, k, x, x, x, s0); };
  REQUIRE(message_of([&] {
            wkv7(at::zeros({B, T, H, 8}), state);
          }) == "ops::wkv7: k has shape [2, 5, 3, 8], wanted [2, 5, 3, 16]");
  REQUIRE(message_of([&] { wkv7(x.to(at::kDouble), state); }) == "ops::wkv7: k is double, wanted float");
  REQUIRE(message_of([&] { wkv7(x.transpose(1, 2).contiguous().transpose(1, 2), state); }) ==
          "ops::wkv7: k is not contiguous, wanted a contiguous tensor [2, 5, 3, 16]");
  REQUIRE(message_of([&] {
            wkv7(x, at::zeros({B, H, N}));
          }) == "ops::wkv7: s0 has shape [2, 3, 16], wanted [2, 3, 16, 16]");
  REQUIRE(message_of([&] { wkv7(x.to(at::kMeta), state); }) == "ops::wkv7: k is on meta, wanted cpu");
  const Tensor odd = at::zeros({B, T, H, 12});
  REQUIRE(tests::contains(message_of([&] { ops::wkv7(odd, odd, odd, odd, odd, odd); }), "multiple of 8"));
  REQUIRE(message_of([] {
            ops::squared_relu(at::zeros({2, 2}, at::kInt));
          }) == "ops::squared_relu: x is int, wanted float or double");
  REQUIRE(message_of([] {
            ops::cross_entropy(at::zeros({1, 3}), at::full({1}, 3, at::kLong));
          }) == "ops::cross_entropy: target 0 is 3, wanted -1 or 0..2");
}

TEST_CASE("on the meta device the operators give shapes without numbers", "[core][ops][quick]") {
  const Tensor x = at::zeros({B, T, H, N}, at::TensorOptions(at::kMeta));
  const auto [y, sT] = ops::wkv7(x, x, x, x, x, x);
  REQUIRE(y.is_meta());
  REQUIRE(y.sizes() == x.sizes());
  REQUIRE(sT.sizes() == at::IntArrayRef({B, H, N, N}));
  const Tensor shifted = ops::token_shift(x.view({B, T, D}), std::nullopt, at::zeros({6, D}, x.options()));
  REQUIRE(shifted.sizes() == at::IntArrayRef({6, B, T, D}));
}

TEST_CASE("a second derivative of the recurrence is refused", "[core][ops][quick]") {
  const Tensor x = gaussian({1, 2, 1, 8}, Rng(8)).requires_grad_();
  const auto [y, sT] = ops::wkv7(x, x, x, x, x, x);
  REQUIRE(message_of([&] {
            at::Tensor(y.sum()).backward({}, /*retain_graph=*/true, /*create_graph=*/true);
          }) == "ops::recurrence: a second derivative was asked for, wanted first derivatives alone");
}

/// kernels.md 0.1: largest ||got - wanted|| / ||wanted|| of a sequence and head; axes are [B, T, H, N] or [B,
/// H, N, N].
double head_error(const Tensor& got, const Tensor& wanted, bool is_state) {
  double worst = 0;
  for (std::int64_t b = 0; b < got.size(0); ++b)
    for (std::int64_t h = 0; h < got.size(is_state ? 1 : 2); ++h) {
      const auto head = [&](const Tensor& x) { return x.select(0, b).select(is_state ? 0 : 1, h); };
      worst = std::max(worst, tests::relative_error(head(got), head(wanted)));
    }
  return worst;
}

TEST_CASE("the operator reproduces the wkv7 reference files with all gradients",
          "[core][ops][reference][quick]") {
  ANSER_NEEDS_REFERENCE("wkv7/n64_t32_mid.safetensors");
  const std::string name = GENERATE("n64_t32_mid", "n64_t48_mid_state", "n64_t32_fast", "n64_t32_slow_state",
                                    "n64_t1_state", "n16_t64_mid_state", "n16_t37_free_state", "n32_t20_mid");
  CAPTURE(name);
  const TensorFile file = read_safetensors(tests::reference_dir() / "wkv7" / (name + ".safetensors"));
  const auto get = [&](const std::string& key) { return tests::tensor_of(file, key); };
  Tensors in;
  for (const char* key : {"r", "w", "k", "v", "a", "b", "s0"}) in.push_back(get(key).requires_grad_());
  const auto [y, sT] = ops::wkv7(in[0], in[1], in[2], in[3], in[4], in[5], in[6]);
  REQUIRE(head_error(y.detach(), get("y"), false) < 2e-6);
  REQUIRE(head_error(sT.detach(), get("sT"), true) < 2e-6);
  ((y * get("dy")).sum() + (sT * get("dsT")).sum()).backward();
  const char* grads[] = {"dr", "dw", "dk", "dv", "da", "db", "ds0"};
  for (std::size_t i = 0; i < in.size(); ++i) {
    CAPTURE(grads[i]);
    REQUIRE(head_error(in[i].grad(), get(grads[i]), i == 6) < 6e-6);
  }
}

}  // namespace
