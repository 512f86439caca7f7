// The operators of the recurrence on CUDA tensors, on a pretended device (tests/support/pretend_device.h):
// values and gradients against the CPU's, which kernel runs, on which stream and device, and what is refused.
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "core/nn/device.h"
#include "core/nn/rwkv7.h"
#include "core/ops/ops.h"
#include "core/ops/recurrence.h"
#include "core/ops/recurrence_call.h"
#include "tests/core/tensors.h"
#include "tests/support/catch.h"
#include "tests/support/pretend_device.h"
#include "tests/support/throws.h"

namespace {

using namespace anser;
using at::Tensor;
using ops::CudaKernel;
using ops::Decay;
using ops::Read;
using tests::gaussian;
using tests::message_of;
using tests::take_launches;
using Tensors = std::vector<Tensor>;
using Lead = std::vector<std::int64_t>;

constexpr std::int64_t B = 2, T = 19, H = 2;

/// A call: its options, and r, k, v, w, a, b, s0 in `tensors`, undefined where the case has none.
struct Call {
  ops::RecurrenceOptions options;
  Tensors tensors;
  std::optional<Tensor> cu_seqlens = {};

  ops::RecurrenceTensors in(const Tensors& x) const {
    const auto given = [](const Tensor& t) { return t.defined() ? std::optional(t) : std::nullopt; };
    return {x[0], given(x[3]), x[1], x[2], given(x[4]), given(x[5]), given(x[6]), cu_seqlens};
  }
};

struct Case {
  at::ScalarType type = at::kFloat;
  Decay decay = Decay::logit;
  Read read = Read::after;
  bool per_head = false, low_rank = true;
  std::int64_t keys = 8, values = 16;
  Lead lead = {B, T};
  std::int64_t sequences = B;
};

Call make_call(const Case& c) {
  const Rng rng(11);
  const auto drawn = [&](const char* name, std::int64_t last) {
    Lead shape = c.lead;
    shape.push_back(H);
    if (last > 0) shape.push_back(last);
    return gaussian(shape, rng.split(name), at::kDouble);
  };
  const Tensor key = drawn("a", c.keys), unit = key / key.norm(2, {-1}, true);
  Tensor w = drawn("w", c.per_head ? 0 : c.keys);
  if (c.decay == Decay::log) w = -0.3 * w.abs();
  if (c.decay == Decay::direct) w = at::tanh(w);
  Tensors x{drawn("r", c.keys), drawn("k", c.keys), drawn("v", c.values),
            c.decay == Decay::none ? Tensor() : w};
  x.push_back(c.low_rank ? -0.8 * unit : Tensor());
  x.push_back(c.low_rank ? unit * at::sigmoid(drawn("b", c.keys)) : Tensor());
  for (Tensor& t : x)
    if (t.defined()) t = t.to(c.type).contiguous();
  x.push_back(gaussian({c.sequences, H, c.values, c.keys}, rng.split("s0"),
                       c.type == at::kBFloat16 ? at::kFloat : c.type));
  return {{.decay = c.decay, .read = c.read}, x};
}

/// y, sT and the gradients of sum_i <weights_i, output_i>, on the CPU or the device.
Tensors run(const Call& call, bool on_device) {
  Tensors leaves;
  for (const Tensor& t : call.tensors)
    leaves.push_back(!t.defined() ? t : (on_device ? tests::to_device(t) : t.clone()).requires_grad_());
  const auto out = ops::recurrence(call.in(leaves), call.options);
  const auto weights = [&](const Tensor& of, std::uint64_t seed) {
    const Tensor host = gaussian(of.sizes(), Rng(seed), at::kDouble).to(of.scalar_type());
    return on_device ? tests::to_device(host) : host;
  };
  torch::autograd::backward({out.y, out.sT}, {weights(out.y, 900), weights(out.sT, 901)});
  Tensors results{out.y, out.sT};
  for (const Tensor& leaf : leaves)
    if (leaf.defined()) results.push_back(leaf.grad());
  for (Tensor& t : results) t = t.detach().cpu();
  return results;
}

/// Largest relative error of the device's results.
double error(const Call& call) {
  Call host = call;
  host.options.kernel = std::nullopt;
  const Tensors got = run(call, true), wanted = run(host, false);
  REQUIRE(got.size() == wanted.size());
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    worst = std::max(worst, tests::relative_error(got[i], wanted[i]));
  return worst;
}

std::string launched() {
  std::string names;
  for (const auto& launch : take_launches()) names += (names.empty() ? "" : ", ") + launch.kernel;
  return names;
}

TEST_CASE("on a CUDA device the recurrence has the CPU's values and gradients in every mode and type",
          "[core][ops][quick]") {
  const struct {
    at::ScalarType type;
    const char* name;
    double tolerance;  // bf16: outputs and gradients are rounded on both sides
  } types[] = {{at::kFloat, "float", 5e-6}, {at::kDouble, "double", 1e-12}, {at::kBFloat16, "bf16", 0x1p-8}};
  for (const auto& [type, name, tolerance] : types)
    for (const auto decay : {Decay::logit, Decay::log, Decay::direct, Decay::none})
      for (const bool other : {false, true}) {
        const Case c{.type = type,
                     .decay = decay,
                     .read = other ? Read::before : Read::after,
                     .per_head = other && decay != Decay::none,
                     .low_rank = other == (decay == Decay::log)};
        CAPTURE(name, static_cast<int>(decay), other);
        take_launches();
        CHECK(error(make_call(c)) < tolerance);
        const std::string exact = std::string("sequential ") + name;
        CHECK(launched() == exact + " forward, " + exact + " backward");
      }
}

TEST_CASE("offsets of a pack stay on the CPU and reach the kernel", "[core][ops][quick]") {
  const auto type = GENERATE(at::kFloat, at::kDouble, at::kBFloat16);
  Call call = make_call({.type = type, .lead = {23}, .sequences = 4});
  call.cu_seqlens = at::tensor(at::ArrayRef<std::int64_t>({0, 5, 5, 22, 23}), at::kLong);
  CHECK(error(call) < 0x1p-8);
  const Tensors on_device = [&] {
    Tensors x;
    for (const Tensor& t : call.tensors) x.push_back(tests::to_device(t));
    return x;
  }();
  call.cu_seqlens = at::tensor(at::ArrayRef<std::int64_t>({0, 7, 3, 3, 23}), at::kLong);
  CHECK(message_of([&] { ops::recurrence(call.in(on_device), {}); }) ==
        "ops::recurrence: cu_seqlens is 3, wanted offsets that start at 0, never fall and end at shape.time");
  call.cu_seqlens = tests::to_device(*call.cu_seqlens);
  CHECK(message_of([&] { ops::recurrence(call.in(on_device), {}); }) ==
        "ops::recurrence: cu_seqlens is on cuda:0, wanted cpu");
}

TEST_CASE("on a CUDA device snapshots are the CPU's, packed and not", "[core][ops][quick]") {
  const bool packed = GENERATE(false, true);
  Call call = packed ? make_call({.lead = {23}, .sequences = 3}) : make_call({});
  if (packed) call.cu_seqlens = at::tensor(at::ArrayRef<std::int64_t>({0, 7, 16, 23}), at::kLong);
  call.options.snapshot_interval = 4;
  Tensors on_device;
  for (const Tensor& t : call.tensors) on_device.push_back(tests::to_device(t));
  const auto got = ops::recurrence(call.in(on_device), call.options);
  const auto wanted = ops::recurrence(call.in(call.tensors), call.options);
  CHECK(got.snapshots.is_cuda());
  CHECK(tests::relative_error(got.snapshots.cpu(), wanted.snapshots) < 2e-6);
}

TEST_CASE("the chunked kernel runs bf16 tokens by the rule, the exact one where it is named",
          "[core][ops][quick]") {
  const Case sized{.type = at::kBFloat16, .keys = 16, .values = 16, .lead = {B, 70}};
  Call call = make_call(sized);
  take_launches();
  CHECK(error(call) < 8e-3);
  CHECK(launched() == "chunked forward, chunked backward");
  call.options.kernel = CudaKernel::sequential;
  CHECK(error(call) < 0x1p-8);
  CHECK(launched() == "sequential bf16 forward, sequential bf16 backward");
  Case shorter = sized;
  shorter.lead = {B, 15};
  error(make_call(shorter));
  CHECK(launched() == "sequential bf16 forward, sequential bf16 backward");
  Call bounded =
      make_call({.type = at::kBFloat16, .decay = Decay::log, .keys = 16, .values = 16, .lead = {B, 33}});
  bounded.options.kernel = CudaKernel::chunked;
  CHECK(error(bounded) < 8e-3);
  CHECK(launched() == "chunked forward, chunked backward");
  Call pack = make_call({.type = at::kBFloat16, .keys = 16, .values = 16, .lead = {70}, .sequences = 3});
  pack.cu_seqlens = at::tensor(at::ArrayRef<std::int64_t>({0, 3, 68, 70}), at::kLong);
  CHECK(error(pack) < 8e-3);
  CHECK(launched() == "chunked forward, chunked backward");
}

TEST_CASE("the rule asks for the shared memory of the tensors' device", "[core][ops][quick]") {
  const at::NoGradGuard no_gradients;
  Call call = make_call({.type = at::kBFloat16, .keys = 64, .values = 64, .lead = {1, 16}, .sequences = 1});
  for (Tensor& t : call.tensors) t = tests::to_device(t);
  const auto kernel = [&] {
    take_launches();
    ops::recurrence(call.in(call.tensors), call.options);
    return launched();
  };
  CHECK(kernel() == "chunked forward");
  const tests::BlockMemory small(64 * 1024);
  CHECK(kernel() == "sequential bf16 forward");
}

TEST_CASE("a kernel that cannot run a call, or none for the device, is one sentence", "[core][ops][quick]") {
  const auto says = [](const Case& c, CudaKernel kernel, bool on_device, const std::string& wanted,
                       std::int64_t interval = 0) {
    Call call = make_call(c);
    call.options.kernel = kernel;
    call.options.snapshot_interval = interval;
    if (on_device)
      for (Tensor& t : call.tensors) t = tests::to_device(t);
    CHECK(message_of([&] { ops::recurrence(call.in(call.tensors), call.options); }) ==
          "ops::recurrence: " + wanted);
  };
  constexpr auto kChunked = CudaKernel::chunked;
  says({}, kChunked, true, "kernel is 'chunked', wanted sequential: the chunked kernel takes bf16 tokens");
  says({.type = at::kBFloat16}, kChunked, true,
       "shape.keys is 8, wanted 16, 32, 64 or 128 for the chunked kernel");
  says({.type = at::kBFloat16, .decay = Decay::direct, .keys = 16}, kChunked, true,
       "kernel is 'chunked', wanted sequential: the chunked kernel takes decay logit, log or none");
  says({.type = at::kBFloat16, .keys = 16}, kChunked, true,
       "kernel is 'chunked', wanted sequential: the chunked kernel leaves no snapshots", 4);
  says({}, CudaKernel::sequential, false,
       "kernel is 'sequential', wanted auto on cpu: kernels of CUDA alone are named");
}

TEST_CASE("a launch is made on the tensors' device and on its current stream", "[core][ops][quick]") {
  Call call = make_call({});
  for (Tensor& t : call.tensors) t = tests::to_device(t, 1);
  const tests::CurrentStream other(0, 5), stream(1, 77);
  take_launches();
  const auto out = ops::recurrence(call.in(call.tensors), {});
  CHECK(out.y.device() == at::Device(at::kCUDA, 1));
  const auto launches = take_launches();
  REQUIRE(launches.size() == 1);
  CHECK(launches[0].device == 1);
  CHECK(launches[0].stream == 77);
  CHECK(tests::current_device() == 0);
}

TEST_CASE("decoding on a CUDA device moves the state on as the whole sequence does", "[core][ops][quick]") {
  const auto type = GENERATE(at::kFloat, at::kDouble, at::kBFloat16);
  Call call = make_call({.type = type, .decay = Decay::log, .lead = {B, 5}});
  for (Tensor& t : call.tensors) t = tests::to_device(t);
  const auto in = call.in(call.tensors);
  const auto whole = ops::recurrence(in, call.options);
  const Tensor state = in.s0->clone();
  for (std::int64_t t = 0; t < 5; ++t) {
    const auto token = [t](const Tensor& of) { return of.select(1, t).contiguous(); };
    const Tensor y = ops::recurrence_decode(
        {token(in.r), token(*in.w), token(in.k), token(in.v), token(*in.a), token(*in.b)}, state,
        call.options);
    CHECK(tests::same_bits(y.cpu(), whole.y.select(1, t).cpu()));
  }
  CHECK(tests::same_bits(state.cpu(), whole.sT.cpu()));
}

TEST_CASE("a checked call on a CUDA device names the number that the CPU's names", "[core][ops][quick]") {
  const auto message = [](const Call& call, bool on_device) {
    Tensors x;
    for (const Tensor& t : call.tensors) x.push_back(on_device && t.defined() ? tests::to_device(t) : t);
    return message_of([&] { ops::recurrence(call.in(x), call.options); });
  };
  Call call = make_call({.decay = Decay::log});
  call.options.check = true;
  CHECK(message(call, true).empty());
  call.tensors[3][0][3][1][0] = -INFINITY;  // a reset
  CHECK(message(call, true).empty());
  const std::pair<std::size_t, double> bad[] = {{3, INFINITY}, {1, NAN}, {6, -INFINITY}};
  for (const auto& [which, value] : bad) {
    Call spoilt = call;
    spoilt.tensors[which] = call.tensors[which].clone();
    spoilt.tensors[which].view({-1})[37] = value;
    CHECK(message(spoilt, true) == message(spoilt, false));
    CHECK(tests::contains(message(spoilt, true), "wanted finite numbers"));
  }
  call.tensors[1].fill_(9.0), call.tensors[2].fill_(3e38);
  CHECK(tests::contains(message(call, true), "ops::recurrence: y at [0, 0, 0, "));
  kernels::set_recurrence_check(true);
  call.options.check = false;
  CHECK(tests::contains(message(call, true), "ops::recurrence: y at [0, 0, 0, "));
  kernels::set_recurrence_check(false);
}

TEST_CASE("checkpoints of a traced call are those of the kernel it names", "[core][ops][quick]") {
  const auto type = GENERATE(at::kFloat, at::kDouble, at::kBFloat16);
  const auto size = [&](const Call& call, std::optional<CudaKernel> kernel) {
    ops::RecurrenceOptions options = call.options;
    options.kernel = kernel;
    Tensors x;
    for (const Tensor& t : call.tensors) x.push_back(t.to(at::kMeta));
    return ops::RecurrenceCall("test", call.in(x), options).empty_checkpoints(true).numel();
  };
  Call pack = make_call({.type = type, .keys = 16, .lead = {70}, .sequences = 3});
  pack.cu_seqlens = at::tensor(at::ArrayRef<std::int64_t>({0, 3, 68, 70}), at::kLong);
  const std::int64_t offsets[] = {0, 3, 68, 70};
  const kernels::RecurrenceShape shapes[] = {{B, 70, H, 16, 16}, {3, 70, H, 16, 16, offsets}};
  const Call calls[] = {make_call({.type = type, .keys = 16, .lead = {B, 70}}), pack};
  for (int i = 0; i < 2; ++i) {
    for (const auto kernel : {CudaKernel::sequential, CudaKernel::chunked}) {
      if (kernel == CudaKernel::chunked && type != at::kBFloat16) continue;
      CHECK(size(calls[i], kernel) == kernels::cuda::recurrence_checkpoint_size(shapes[i], kernel));
    }
    CHECK(size(calls[i], std::nullopt) ==
          (type == at::kDouble ? 0 : kernels::recurrence_checkpoint_size(shapes[i])));
  }
}

TEST_CASE("a model keeps to the kernel that was fixed for it, at every length", "[core][nn][quick]") {
  const at::NoGradGuard no_gradients;
  const auto model = nn::make_model("rwkv7[L=2,D=32,N=16,c=2,ranks=8]", 5, 3, Rng(1));
  const auto copy = nn::make_model("rwkv7[L=2,D=32,N=16,c=2,ranks=8]", 5, 3, Rng(1));
  const auto tokens = [](std::int64_t time) { return tests::random_tokens(2, time, 5, Rng(2)); };
  const auto distance = [&](std::int64_t time) {
    const Tensor got = model->forward(tests::to_device(tokens(time))).cpu();
    return tests::relative_error(got, copy->forward(tokens(time)));
  };
  nn::move_parameters(*model, at::Device(at::kCUDA, 0));
  take_launches();
  CHECK(nn::fix_kernel(*model, at::kCUDA, std::nullopt, 32) == CudaKernel::sequential);
  CHECK(distance(20) < 1e-5);
  CHECK(launched() == "sequential float forward, sequential float forward");
  CHECK(message_of([&] { nn::fix_kernel(*model, at::kCUDA, CudaKernel::chunked, 32); }) ==
        "nn::Rwkv7Model: kernel is 'chunked', wanted sequential: the chunked kernel takes bf16 tokens");

  for (nn::Model* m : {model.get(), copy.get()}) m->set_precision(nn::Precision::bf16);
  CHECK(nn::fix_kernel(*model, at::kCUDA, std::nullopt, 32) == CudaKernel::chunked);
  CHECK(distance(20) < 3e-2);
  CHECK(distance(5) < 3e-2);
  CHECK(launched() == "chunked forward, chunked forward, chunked forward, chunked forward");
  CHECK(nn::fix_kernel(*model, at::kCUDA, CudaKernel::sequential, 32) == CudaKernel::sequential);
  CHECK(distance(20) < 3e-2);
  CHECK(launched() == "sequential bf16 forward, sequential bf16 forward");
  CHECK(!nn::fix_kernel(*model, at::kCPU, std::nullopt, 32));
  const auto transformer = nn::make_model("transformer[L=1,D=16,H=2]", 5, 3, Rng(1));
  CHECK(!nn::fix_kernel(*transformer, at::kCUDA, std::nullopt, 32));
  CHECK(tests::contains(message_of([&] { nn::fix_kernel(*transformer, at::kCUDA, CudaKernel::chunked, 8); }),
                        "has no recurrence"));
}

}  // namespace
