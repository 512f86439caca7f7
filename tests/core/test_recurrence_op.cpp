// The generalised recurrence as an operator: values and gradients against a loop in ATen and against finite
// differences, packs, snapshots, decode, shapes without numbers, and what it refuses.
#include <array>
#include <cmath>

#include "core/ops/ops.h"
#include "core/ops/recurrence.h"
#include "tests/core/tensors.h"
#include "tests/support/catch.h"
#include "tests/support/throws.h"

namespace {

using namespace anser;
using at::Tensor;
using ops::Decay;
using ops::Read;
using tests::gaussian;
using tests::message_of;
using Tensors = std::vector<Tensor>;

constexpr std::int64_t B = 2, T = 19, H = 2, K = 8, V = 16;

/// Which case of the recurrence, and its inputs as a list: r, k, v, then w, a, b, s0 where the case has them.
struct Case {
  Decay decay = Decay::logit;
  Read read = Read::after;
  bool per_head = false, low_rank = true, first_state = true;
  std::optional<Tensor> cu_seqlens = {};

  ops::RecurrenceTensors tensors(const Tensors& x) const {
    std::size_t next = 3;
    const auto take = [&](bool there) { return there ? std::optional(x[next++]) : std::nullopt; };
    ops::RecurrenceTensors in{.r = x[0], .k = x[1], .v = x[2]};
    in.w = take(decay != Decay::none);
    in.a = take(low_rank), in.b = take(low_rank), in.s0 = take(first_state);
    in.cu_seqlens = cu_seqlens;
    return in;
  }
  ops::RecurrenceOptions options() const { return {.decay = decay, .read = read}; }
  Tensors run(const Tensors& x) const {
    const auto out = ops::recurrence(tensors(x), options());
    return {out.y, out.sT};
  }
};

/// Tokens of the given leading axes, [B, T] or [tokens]; states of `sequences`.
Tensors inputs(const Case& c, std::vector<std::int64_t> lead, std::int64_t sequences) {
  const Rng rng(11);
  lead.push_back(H);
  const auto with = [&](std::int64_t last) {
    auto shape = lead;
    shape.push_back(last);
    return shape;
  };
  const auto drawn = [&](const char* name, at::IntArrayRef shape) {
    return gaussian(shape, rng.split(name), at::kDouble);
  };
  const Tensor key = drawn("a", with(K)), unit = key / key.norm(2, {-1}, true);
  Tensors x{drawn("r", with(K)), drawn("k", with(K)), drawn("v", with(V))};
  if (c.decay != Decay::none) {
    Tensor w = drawn("w", c.per_head ? lead : with(K));
    if (c.decay == Decay::log) w = -0.3 * w.abs();
    if (c.decay == Decay::direct) w = at::tanh(w);
    x.push_back(w);
  }
  if (c.low_rank) x.push_back(-0.8 * unit);
  if (c.low_rank) x.push_back(unit * at::sigmoid(drawn("b", with(K))));
  if (c.first_state) x.push_back(drawn("s0", {sequences, H, V, K}));
  return x;
}

Tensors typed(const Tensors& x, at::ScalarType type, bool states_float = false) {
  Tensors out;
  for (const Tensor& t : x) out.push_back(t.to(type).contiguous());
  if (states_float) out.back() = x.back().to(at::kFloat);
  return out;
}

/// The definition in ATen operators, one token after the other.
Tensors loop(const Case& c, const Tensors& x) {
  const auto in = c.tensors(x);
  const auto column = [](const Tensor& t) { return t.unsqueeze(-1); };
  Tensor S = in.s0 ? *in.s0 : at::zeros({B, H, V, K}, x[0].options());
  Tensors y;
  for (std::int64_t t = 0; t < in.r.size(1); ++t) {
    const auto token = [t](const Tensor& of) { return of.select(1, t); };
    const Tensor before = S;
    if (in.w) {
      const Tensor w = c.per_head ? column(token(*in.w)) : token(*in.w);
      S = S * (c.decay == Decay::direct ? w
               : c.decay == Decay::log  ? at::exp(w)
                                        : at::exp(-std::exp(-0.5) * at::sigmoid(w)))
                  .unsqueeze(-2);
    }
    if (in.a) S = S + at::matmul(before, column(token(*in.a))) * token(*in.b).unsqueeze(-2);
    S = S + column(token(in.v)) * token(in.k).unsqueeze(-2);
    y.push_back(at::matmul(c.read == Read::after ? S : before, column(token(in.r))).squeeze(-1));
  }
  return {at::stack(y, 1), S};
}

/// Outputs, then the gradients of sum_i <weights_i, output_i>.
template <typename Function>
Tensors values_and_gradients(const Function& f, const Tensors& x) {
  Tensors leaves;
  for (const Tensor& t : x) leaves.push_back(t.detach().clone().requires_grad_());
  Tensors results = f(leaves);
  Tensor total = at::zeros({}, at::kDouble);
  for (std::size_t i = 0; i < results.size(); ++i)
    total =
        total + (results[i].to(at::kDouble) * gaussian(results[i].sizes(), Rng(900 + i), at::kDouble)).sum();
  total.backward();
  for (const Tensor& leaf : leaves) results.push_back(leaf.grad());
  return results;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto decay : {Decay::logit, Decay::log, Decay::direct, Decay::none})
    for (const auto read : {Read::after, Read::before})
      for (const bool per_head : {false, true})
        for (const bool low_rank : {true, false})
          if (decay != Decay::none || !per_head) cases.push_back({decay, read, per_head, low_rank, true, {}});
  return cases;
}

TEST_CASE("the recurrence in every mode equals a loop over tokens in values and in all gradients",
          "[core][ops][quick]") {
  for (const Case& c : all_cases()) {
    CAPTURE(static_cast<int>(c.decay), static_cast<int>(c.read), c.per_head, c.low_rank);
    const Tensors x = inputs(c, {B, T}, B);
    const auto op = [&](const Tensors& leaves) { return c.run(leaves); };
    const auto reference = [&](const Tensors& leaves) { return loop(c, leaves); };
    const struct {
      at::ScalarType type;
      double tolerance;  // relative norm; bf16: rounding of inputs is shared, of y and gradients 2^-9 each
    } types[] = {{at::kDouble, 1e-12}, {at::kFloat, 5e-6}, {at::kBFloat16, 0x1p-8}};
    for (const auto& [type, tolerance] : types) {
      const Tensors rounded = typed(x, type, type == at::kBFloat16);
      const Tensors got = values_and_gradients(op, rounded);
      const Tensors wanted = values_and_gradients(reference, typed(rounded, at::kDouble));
      REQUIRE(got.size() == wanted.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        CAPTURE(i, at::toString(type));
        REQUIRE(tests::relative_error(got[i].detach(), wanted[i].detach()) < tolerance);
      }
    }
  }
}

TEST_CASE("gradients of the recurrence in double are its finite differences", "[core][ops][quick]") {
  constexpr double kStep = 1e-5;
  for (const Case& c : all_cases()) {
    CAPTURE(static_cast<int>(c.decay), static_cast<int>(c.read), c.per_head, c.low_rank);
    const Tensors x = inputs(c, {B, T}, B);
    const auto op = [&](const Tensors& at_point) { return c.run(at_point); };
    const Tensors result = values_and_gradients(op, x);
    const auto value = [&](const Tensors& at_point) {
      double sum = 0;
      const Tensors out = op(at_point);
      for (std::size_t i = 0; i < out.size(); ++i)
        sum += (out[i] * gaussian(out[i].sizes(), Rng(900 + i), at::kDouble)).sum().item<double>();
      return sum;
    };
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Tensor direction = gaussian(x[i].sizes(), Rng(50 + i), at::kDouble);
      Tensors plus = x, minus = x;
      plus[i] = x[i] + kStep * direction, minus[i] = x[i] - kStep * direction;
      const double difference = (value(plus) - value(minus)) / (2 * kStep);
      const double slope = (result[2 + i] * direction).sum().item<double>();
      CAPTURE(i, difference, slope);
      REQUIRE(std::abs(difference - slope) < 1e-7 * std::max(1.0, std::abs(slope)));
    }
  }
}

TEST_CASE("the operator of RWKV-7 gives the bits of its kernel, forward and backward", "[core][ops][quick]") {
  Tensors x;
  for (const char* name : {"r", "w", "k", "v", "a", "b"})
    x.push_back((0.3 * gaussian({B, T, H, V}, Rng(3).split(name), at::kFloat)).requires_grad_());
  const auto [y, sT] = ops::wkv7(x[0], x[1], x[2], x[3], x[4], x[5]);
  const Tensor dy = gaussian(y.sizes(), Rng(4)), dsT = gaussian(sT.sizes(), Rng(5));
  ((y * dy).sum() + (sT * dsT).sum()).backward();

  const kernels::Wkv7Shape shape{B, T, H, V};
  const auto numbers = [](const Tensor& t) { return t.const_data_ptr<float>(); };
  const kernels::Wkv7Inputs<float> in{numbers(x[0]), numbers(x[1]), numbers(x[2]), numbers(x[3]),
                                      numbers(x[4]), numbers(x[5]), nullptr};
  const Tensor wanted_y = at::empty_like(y), wanted_sT = at::empty_like(sT);
  std::vector<float> checkpoints(kernels::wkv7_checkpoint_size(shape));
  std::vector<float> workspace(kernels::wkv7_workspace_size(shape, 1));
  Tensors grads;
  for (int i = 0; i < 6; ++i) grads.push_back(at::empty({B, T, H, V}));
  const auto into = [](const Tensor& t) { return t.mutable_data_ptr<float>(); };
  const kernels::Wkv7Gradients<float> out{into(grads[0]), into(grads[1]), into(grads[2]), into(grads[3]),
                                          into(grads[4]), into(grads[5]), nullptr};
  REQUIRE(
      kernels::cpu::wkv7_forward(shape, Decay::logit, in, into(wanted_y), into(wanted_sT), checkpoints.data())
          .ok());
  REQUIRE(kernels::cpu::wkv7_backward(shape, Decay::logit, in, checkpoints.data(), numbers(dy), numbers(dsT),
                                      out, workspace.data())
              .ok());
  REQUIRE(tests::same_bits(y, wanted_y));
  REQUIRE(tests::same_bits(sT, wanted_sT));
  for (int i = 0; i < 6; ++i) REQUIRE(tests::same_bits(x[i].grad(), grads[i]));
}

TEST_CASE("a pack gives the bits of its sequences run one by one, empty ones included",
          "[core][ops][quick]") {
  const auto type = GENERATE(at::kFloat, at::kBFloat16, at::kDouble);
  const std::vector<std::int64_t> offsets{0, 5, 5, 22, 23};
  Case packed{.decay = Decay::log, .cu_seqlens = at::tensor(at::ArrayRef<std::int64_t>(offsets), at::kLong)};
  const Tensors x = typed(inputs(packed, {23}, 4), type, type == at::kBFloat16);
  const auto run_packed = [&](const Tensors& leaves) { return packed.run(leaves); };
  const auto run_apart = [&](const Tensors& leaves) {
    Tensors y, sT;
    for (std::int64_t s = 0; s < 4; ++s) {
      Tensors one;
      for (std::size_t i = 0; i + 1 < leaves.size(); ++i)
        one.push_back(leaves[i].slice(0, offsets[s], offsets[s + 1]).unsqueeze(0));
      one.push_back(leaves.back().slice(0, s, s + 1));
      const Tensors out = Case{.decay = Decay::log}.run(one);
      y.push_back(out[0].squeeze(0)), sT.push_back(out[1]);
    }
    return Tensors{at::cat(y), at::cat(sT)};
  };
  const Tensors got = values_and_gradients(run_packed, x), wanted = values_and_gradients(run_apart, x);
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i, at::toString(type));
    REQUIRE(tests::same_bits(got[i], wanted[i]));
  }
}

TEST_CASE("gradients reach only what asked for one, from y alone and from sT alone", "[core][ops][quick]") {
  const Case c{.decay = Decay::log, .first_state = false};
  const Tensors x = typed(inputs(c, {B, T}, B), at::kFloat);
  const auto which = GENERATE(0, 1);
  const auto all = values_and_gradients([&](const Tensors& l) { return Tensors{c.run(l)[which]}; }, x);
  Tensors some;
  for (const Tensor& t : x) some.push_back(t.clone());
  some[3].requires_grad_();  // w
  const Tensor out = c.run(some)[which];
  (out.to(at::kDouble) * gaussian(out.sizes(), Rng(900), at::kDouble)).sum().backward();
  REQUIRE(tests::same_bits(some[3].grad(), all[1 + 3]));
  REQUIRE(!some[0].grad().defined());
}

TEST_CASE("snapshots are the states that a call of that length ends in, and carry no gradient",
          "[core][ops][quick]") {
  const Case c{.read = Read::before};
  Tensors x = typed(inputs(c, {B, T}, B), at::kFloat);
  x[1].requires_grad_();
  const auto out = ops::recurrence(c.tensors(x), {.read = c.read, .snapshot_interval = 6});
  REQUIRE(out.snapshots.sizes() == at::IntArrayRef({B, T / 6, H, V, K}));
  REQUIRE(!out.snapshots.requires_grad());
  for (std::int64_t slot = 0; slot < T / 6; ++slot) {
    Tensors part;
    for (std::size_t i = 0; i + 1 < x.size(); ++i)
      part.push_back(x[i].slice(1, 0, 6 * (slot + 1)).contiguous());
    part.push_back(x.back());
    REQUIRE(tests::same_bits(out.snapshots.select(1, slot), c.run(part)[1]));
  }
  const Tensor starts = at::tensor(at::ArrayRef<std::int64_t>({0, 7, 13}), at::kLong);
  const Case pack{.cu_seqlens = starts};
  const auto in = pack.tensors(typed(inputs(pack, {13}, 2), at::kDouble));
  const auto packed = ops::recurrence(in, {.snapshot_interval = 4});
  REQUIRE(packed.snapshots.sizes() == at::IntArrayRef({3, H, V, K}));
  const auto largest = [&](std::int64_t slot) {
    return packed.snapshots.select(0, slot).abs().max().item<double>();
  };
  REQUIRE(largest(0) > 0);   // the first sequence after 4 of 7 tokens
  REQUIRE(largest(1) > 0);   // the second one, from slot 7 / 4 on
  REQUIRE(largest(2) == 0);  // nobody's
}

TEST_CASE("decoding token by token gives the bits of the whole sequence, in place", "[core][ops][quick]") {
  const auto type = GENERATE(at::kFloat, at::kBFloat16, at::kDouble);
  const bool per_head = GENERATE(false, true);
  const Case c{.decay = Decay::log, .read = GENERATE(Read::after, Read::before), .per_head = per_head};
  const Tensors x = typed(inputs(c, {B, T}, B), type, type == at::kBFloat16);
  const Tensors whole = c.run(x);
  const auto in = c.tensors(x);
  const Tensor state = in.s0->clone();
  const auto version = state._version();
  for (std::int64_t t = 0; t < T; ++t) {
    const auto token = [t](const Tensor& of) { return of.select(1, t).contiguous(); };
    const Tensor y = ops::recurrence_decode({.r = token(in.r),
                                             .w = token(*in.w),
                                             .k = token(in.k),
                                             .v = token(in.v),
                                             .a = token(*in.a),
                                             .b = token(*in.b)},
                                            state, c.options());
    REQUIRE(tests::same_bits(y, whole[0].select(1, t)));
  }
  REQUIRE(tests::same_bits(state, whole[1]));
  REQUIRE(state._version() == version + T);
}

TEST_CASE("on the meta device the recurrence gives shapes without numbers", "[core][ops][quick]") {
  const auto meta = [](at::IntArrayRef shape) {
    return at::zeros(shape, at::TensorOptions(at::kMeta).dtype(at::kBFloat16));
  };
  const Tensor key = meta({B, T, H, K}), value = meta({B, T, H, V});
  const auto out = ops::recurrence({.r = key, .w = meta({B, T, H}), .k = key, .v = value},
                                   {.decay = Decay::log, .snapshot_interval = 4});
  REQUIRE(out.y.is_meta());
  REQUIRE(out.y.sizes() == value.sizes());
  REQUIRE(out.sT.sizes() == at::IntArrayRef({B, H, V, K}));
  REQUIRE(out.sT.scalar_type() == at::kFloat);
  REQUIRE(out.snapshots.sizes() == at::IntArrayRef({B, T / 4, H, V, K}));
  const Tensor starts = at::zeros({6}, at::kLong);
  const Tensor tokens = meta({T, H, K});
  const auto packed =
      ops::recurrence({.r = tokens, .k = tokens, .v = tokens, .cu_seqlens = starts}, {.decay = Decay::none});
  REQUIRE(packed.sT.sizes() == at::IntArrayRef({5, H, K, K}));
}

/// A call that is right, for tests to spoil.
struct Call {
  explicit Call(const Case& c = {}) : in(c.tensors(typed(inputs(c, {B, T}, B), at::kFloat))) {}

  ops::RecurrenceTensors in;
  ops::RecurrenceOptions options;

  std::string message() const {
    return message_of([&] { ops::recurrence(in, options); });
  }
};

TEST_CASE("a wrong argument of the recurrence is one sentence with argument, value and wish",
          "[core][ops][quick]") {
  const auto says = [](const std::function<void(Call&)>& spoil, const std::string& wanted) {
    Call call;
    spoil(call);
    CHECK(call.message() == "ops::recurrence: " + wanted);
  };
  says([](Call& c) { c.in.r = at::zeros({2, 3}); }, "r has shape [2, 3], wanted [B, T, H, K]");
  says([](Call& c) { c.in.r = c.in.r.to(at::kHalf); }, "r is Half, wanted float, bfloat16 or double");
  says(
      [](Call& c) {
        c.in.k = at::zeros({B, T, H, 16});
      },
      "k has shape [2, 19, 2, 16], wanted [2, 19, 2, 8]");
  says([](Call& c) { c.in.v = c.in.v.to(at::kDouble); }, "v is double, wanted float");
  says([](Call& c) { c.in.v = at::zeros({B, T, V}); }, "v has 3 axes, wanted 4 as r has");
  says([](Call& c) { c.in.b = c.in.b->to(at::kMeta); }, "b is on meta, wanted cpu");
  says([](Call& c) { c.in.a = c.in.a->transpose(1, 2).contiguous().transpose(1, 2); },
       "a is not contiguous, wanted a contiguous tensor [2, 19, 2, 8]");
  says([](Call& c) { c.in.b = std::nullopt; }, "b is missing, wanted both a and b or neither");
  says([](Call& c) { c.in.w = std::nullopt; }, "w is missing, wanted one with decay logit");
  says([](Call& c) { c.options.decay = Decay::none; }, "w is given with decay none, wanted no w");
  says([](Call& c) { c.in.w = at::zeros({B, T}); }, "w has shape [2, 19], wanted [2, 19, 2, 8]");
  says([](Call& c) { c.in.w = at::zeros({B, T, 5}); }, "w has shape [2, 19, 5], wanted [2, 19, 2]");
  says(
      [](Call& c) {
        c.in.s0 = at::zeros({B, H, K, V});
      },
      "s0 has shape [2, 2, 8, 16], wanted [2, 2, 16, 8]");
  says([](Call& c) { c.options.snapshot_interval = -1; }, "snapshot_interval is -1, wanted 0 (none) or more");
  says(
      [](Call& c) {
        c.in.v = at::zeros({B, T, H, 136});
      },
      "V, the last axis of v, is 136, wanted a multiple of 8 in 8..128");
  says(
      [](Call& c) {
        c.in.r = at::zeros({B, T, H, 12});
      },
      "K, the last axis of r, is 12, wanted a multiple of 8 in 8..128");
}

TEST_CASE("offsets of a pack that are no offsets are refused", "[core][ops][quick]") {
  const auto message = [](const Tensor& starts, at::ScalarType type = at::kFloat) {
    const Case c{.first_state = false, .cu_seqlens = starts};
    const auto in = c.tensors(typed(inputs(c, {10}, 0), type));
    return message_of([&] { ops::recurrence(in); });
  };
  const auto offsets = [](std::initializer_list<std::int64_t> x) {
    return at::tensor(at::ArrayRef<std::int64_t>(x), at::kLong);
  };
  const std::string wanted = ", wanted offsets that start at 0, never fall and end at shape.time";
  for (const auto type : {at::kFloat, at::kDouble}) {
    CHECK(message(offsets({0, 7, 3, 10}), type) == "ops::recurrence: cu_seqlens is 3" + wanted);
    CHECK(message(offsets({1, 10}), type) == "ops::recurrence: cu_seqlens[0] is 1" + wanted);
    CHECK(message(offsets({0, 11}), type) == "ops::recurrence: cu_seqlens[sequences] is 11" + wanted);
  }
  CHECK(message(offsets({})) == "ops::recurrence: cu_seqlens has shape [0], wanted [sequences + 1]");
  CHECK(message(offsets({0, 10}).to(at::kInt)) == "ops::recurrence: cu_seqlens is Int, wanted int64");
  CHECK(message(at::zeros({4}, at::kLong).slice(0, 0, 4, 2)) ==
        "ops::recurrence: cu_seqlens is not contiguous, wanted a contiguous tensor");
  CHECK(message(offsets({0, 10})).empty());
}

TEST_CASE("sizes that cannot be addressed are refused before anything of them is allocated",
          "[core][ops][quick]") {
  const Tensor r = at::empty({1, std::int64_t{1} << 55, 1, 8}, at::kMeta);
  CHECK(message_of([&] { ops::recurrence({.r = r, .k = r, .v = r}, {.decay = Decay::none}); }) ==
        "ops::recurrence: shape.time is 36028797018963968, wanted a shape whose arrays can be addressed");
  const Tensor empty = at::empty({std::int64_t{1} << 33, 0, std::int64_t{1} << 20, 8});
  CHECK(message_of([&] { ops::recurrence({.r = empty, .k = empty, .v = empty}, {.decay = Decay::none}); }) ==
        "ops::recurrence: shape.sequences is 8589934592, wanted less than 2^31 sequences times heads");
}

TEST_CASE("with check a number that is not finite is named with its place", "[core][ops][quick]") {
  Call call;
  call.options.check = true;
  REQUIRE(call.message().empty());
  call.in.k = call.in.k.clone();
  call.in.k[1][2][0][5] = std::nan("");
  CHECK(call.message() == "ops::recurrence: k at [1, 2, 0, 5] is nan, wanted finite numbers");
  Call decay(Case{.decay = Decay::log});
  decay.options = {.decay = Decay::log, .check = true};
  (*decay.in.w)[0][3][1][0] = -INFINITY;
  CHECK(decay.message().empty());  // a reset
  (*decay.in.w)[0][4][1][0] = INFINITY;
  CHECK(decay.message() ==
        "ops::recurrence: w at [0, 4, 1, 0] is inf, wanted finite numbers (with decay log "
        "also -inf, a reset)");
  Tensor state = at::zeros({B, H, V, K});
  state[1][0][2][3] = -INFINITY;
  const auto token = [](const Tensor& of) { return of.select(1, 0).contiguous(); };
  const ops::RecurrenceTensors in{.r = token(decay.in.r), .k = token(decay.in.k), .v = token(decay.in.v)};
  CHECK(message_of([&] { ops::recurrence_decode(in, state, {.decay = Decay::none, .check = true}); }) ==
        "ops::recurrence_decode: state at [1, 0, 2, 3] is -inf, wanted finite numbers");
  Call large;
  large.options.check = true;
  large.in.v = at::full_like(large.in.v, 3e38), large.in.k = at::full_like(large.in.k, 9.0);
  CHECK(tests::contains(large.message(), "ops::recurrence: y at [0, 0, 0, "));
}

TEST_CASE("what the recurrence has no derivative for is refused", "[core][ops][quick]") {
  const Tensor x = gaussian({1, 2, 1, 8}, Rng(8)).requires_grad_();
  const auto out = ops::recurrence({.r = x, .k = x, .v = x}, {.decay = Decay::none});
  CHECK(message_of([&] {
          at::Tensor(out.y.sum()).backward({}, /*retain_graph=*/true, /*create_graph=*/true);
        }) == "ops::recurrence: a second derivative was asked for, wanted first derivatives alone");
  const Tensor token = x.select(1, 0).contiguous();
  CHECK(message_of([&] {
          ops::recurrence_decode({.r = token, .k = token, .v = token}, at::zeros({1, 1, 8, 8}),
                                 {.decay = Decay::none});
        }) ==
        "ops::recurrence_decode: a gradient was asked for, wanted recurrence for that, or torch.no_grad() "
        "around the call");
}

}  // namespace
