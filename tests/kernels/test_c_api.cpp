// The C interface gives the bits of the C++ calls and answers every mistake in the words of C.
#include <cstring>
#include <string>
#include <vector>

#include "kernels/c_api/anser.h"
#include "kernels/wkv7.h"
#include "tests/support/catch.h"
#include "tests/support/recurrence_compare.h"
#include "tests/support/threads.h"

extern "C" std::size_t anser_c99_sizes(void);

namespace anser::tests {
namespace {

using kernels::Bf16;

template <typename Real>
constexpr std::int32_t kDtype = ANSER_F32;
template <>
constexpr std::int32_t kDtype<Bf16> = ANSER_BF16;
template <>
constexpr std::int32_t kDtype<double> = ANSER_F64;

template <typename Real>
Real convert(float x) {
  if constexpr (std::is_same_v<Real, Bf16>)
    return kernels::to_bf16(x);
  else
    return x;
}

/// A problem of every mode in turn, as the arrays of a C caller.
template <typename Real>
struct CCall {
  RecurrenceProblem p;
  RecurrenceArrays<Real> arrays{p, convert<Real>};
  RecurrenceResults<Real> out{p, convert<Real>(7), 7};
  std::vector<float> checkpoints{};
  std::vector<char> workspace{};
  anser_recurrence_shape shape{};
  anser_recurrence_mode mode{};
  anser_recurrence_inputs in{};
  anser_recurrence_outputs outputs{};
  anser_recurrence_gradients gradients{};
  std::int32_t threads = 1;
  const anser_executor* executor = nullptr;

  explicit CCall(RecurrenceProblem problem) : p(std::move(problem)) {
    shape = {sizeof shape, p.sequences, p.time, p.heads, p.keys, p.values, p.shape().cu_seqlens};
    mode = {sizeof mode,           kDtype<Real>,     static_cast<std::int32_t>(p.mode.decay),
            p.mode.decay_per_head, !p.mode.low_rank, p.mode.read == kernels::Read::before,
            p.mode.check};
    const auto x = arrays.inputs();
    in = {sizeof in, x.r, x.w, x.k, x.v, x.a, x.b, x.s0};
    const auto g = out.gradients();
    gradients = {sizeof gradients, g.dr, g.dw, g.dk, g.dv, g.da, g.db, g.ds0};
    outputs = {sizeof outputs, out.y.data(), out.sT.data(), nullptr, nullptr, 0};
  }

  std::int64_t bytes(anser_status status, const std::int64_t& count) {
    REQUIRE(status.code == ANSER_OK);
    return count;
  }
  anser_status forward() {
    std::int64_t count = 0;
    checkpoints.assign(bytes(anser_recurrence_checkpoint_bytes(&shape, &mode, &count), count) / 4, NAN);
    outputs.checkpoints = checkpoints.data();
    return anser_recurrence_forward(&shape, &mode, &in, &outputs, executor);
  }
  anser_status backward() {
    std::int64_t count = 0;
    workspace.assign(bytes(anser_recurrence_workspace_bytes(&shape, &mode, threads, &count), count), 0x7f);
    return anser_recurrence_backward(&shape, &mode, &in, checkpoints.data(), arrays.dy.data(),
                                     arrays.or_null(arrays.dsT), &gradients, workspace.data(), threads,
                                     executor);
  }
};

std::vector<RecurrenceProblem> problems() {
  const std::size_t regimes[] = {0, 1, 10, 14};  // logit, log, direct, none
  static const std::vector<std::int64_t> kLengths[] = {{35}, {20, 0, 17}};
  std::vector<RecurrenceProblem> all;
  for (int n = 0; n < 16; ++n)
    all.push_back(make_recurrence_problem(
        {&recurrence_regimes()[regimes[n % 4]], kRecurrenceSizes[n % 4 == 1 ? 7 : n % 3], &kLengths[n / 8],
         n & 1 ? kernels::Read::before : kernels::Read::after, (n & 2) == 0, (n & 4) != 0}));
  return all;
}

template <typename T>
bool same_bits(const std::vector<T>& x, const std::vector<T>& y) {
  return x.size() == y.size() && (x.empty() || std::memcmp(x.data(), y.data(), x.size() * sizeof(T)) == 0);
}

template <typename Real>
bool same_bits(const RecurrenceResults<Real>& x, const RecurrenceResults<Real>& y) {
  return same_bits(x.y, y.y) && same_bits(x.sT, y.sT) && same_bits(x.dr, y.dr) && same_bits(x.dw, y.dw) &&
         same_bits(x.dk, y.dk) && same_bits(x.dv, y.dv) && same_bits(x.da, y.da) && same_bits(x.db, y.db) &&
         same_bits(x.ds0, y.ds0);
}

template <typename Real>
RecurrenceResults<Real> run_in_cpp(const CCall<Real>& call) {
  RecurrenceResults<Real> out(call.p, convert<Real>(7), 7);
  run_recurrence_cpu(call.p, call.arrays, out);
  return out;
}
RecurrenceResults<double> run_in_cpp(const CCall<double>& call) {
  return run_recurrence_reference(call.p);
}

TEMPLATE_TEST_CASE("the C interface gives the bits of the C++ calls", "[kernels][c_api][quick]", float, Bf16,
                   double) {
  Threads threads{2};
  const anser_executor executor{sizeof executor, &threads, &Threads::run};
  for (const RecurrenceProblem& p : problems())
    for (const std::int32_t count : {1, 2}) {
      CCall<TestType> call(p);
      call.threads = count;
      if (count > 1) call.executor = &executor;
      CAPTURE(p.keys, p.values, p.sequences, count);
      REQUIRE(call.forward().code == ANSER_OK);
      REQUIRE(call.backward().code == ANSER_OK);
      CHECK(same_bits(call.out, run_in_cpp(call)));
    }
}

TEMPLATE_TEST_CASE("decode token by token gives the bits of the whole sequence", "[kernels][c_api][quick]",
                   float, Bf16, double) {
  static const std::vector<std::int64_t> kOne = {1};
  CCall<TestType> call(make_recurrence_problem({&recurrence_regimes()[0], {16, 24}, &kOne}));
  REQUIRE(call.forward().code == ANSER_OK);
  auto state = call.arrays.s0;
  auto y = call.out.y;
  std::fill(y.begin(), y.end(), convert<TestType>(7));
  REQUIRE(anser_recurrence_decode(&call.shape, &call.mode, &call.in, state.data(), y.data(), nullptr).code ==
          ANSER_OK);
  CHECK(same_bits(state, call.out.sT));
  CHECK(same_bits(y, call.out.y));
}

TEST_CASE("snapshots have the size that was asked for and the C++ call's bits", "[kernels][c_api][quick]") {
  for (const RecurrenceProblem& p : problems()) {
    CCall<float> call(p);
    std::int64_t bytes = 0;
    REQUIRE(anser_recurrence_snapshot_bytes(&call.shape, &call.mode, 5, &bytes).code == ANSER_OK);
    std::vector<float> from_c(bytes / 4, 7.0f), from_cpp = from_c;
    REQUIRE(bytes / 4 == kernels::recurrence_snapshot_count(p.shape(), 5) * p.heads * p.keys * p.values);
    call.outputs.snapshots = from_c.data(), call.outputs.snapshot_interval = 5;
    REQUIRE(call.forward().code == ANSER_OK);
    expect_ok(kernels::cpu::recurrence_forward<float>(
        p.shape(), p.mode, call.arrays.inputs(),
        {.y = call.out.y.data(), .snapshots = from_cpp.data(), .snapshot_interval = 5}));
    CHECK(same_bits(from_c, from_cpp));
  }
}

TEST_CASE("C and C++ agree about every struct, and the library names itself", "[kernels][c_api][quick]") {
  CHECK(anser_c99_sizes() == sizeof(anser_recurrence_shape) + sizeof(anser_recurrence_mode) +
                                 sizeof(anser_recurrence_inputs) + sizeof(anser_recurrence_outputs) +
                                 sizeof(anser_recurrence_gradients) + sizeof(anser_executor) +
                                 sizeof(anser_status));
  CHECK(std::string(anser_version()).find('.') != std::string::npos);
  CHECK(std::string(anser_target()) == kernels::cpu::wkv7_target());
}

std::string sentence(anser_status status) {
  char text[300];
  const std::size_t length = anser_status_message(status, text, sizeof text);
  REQUIRE(length == std::strlen(text));
  return text;
}

CCall<float> good_call() {
  CCall<float> call(problems()[0]);
  REQUIRE(call.forward().code == ANSER_OK);
  return call;
}

/// The sentence of a forward call after `break_it`.
template <typename Break>
std::string mistake(Break break_it) {
  CCall<float> call = good_call();
  break_it(call);
  const anser_status status =
      anser_recurrence_forward(&call.shape, &call.mode, &call.in, &call.outputs, call.executor);
  REQUIRE(status.code == ANSER_BAD_ARGUMENT);
  return sentence(status);
}

TEST_CASE("every mistake is one sentence with the function, the value and what is wanted",
          "[kernels][c_api][quick]") {
  const std::string f = "anser_recurrence_forward: ";
  CHECK(mistake([](auto& c) { c.shape.keys = 12; }) ==
        f + "shape.keys is 12, wanted a multiple of 8 in 8..128");
  CHECK(mistake([](auto& c) { c.shape.time = -1; }) == f + "shape.time is -1, wanted at least 0");
  CHECK(mistake([](auto& c) { c.mode.dtype = 3; }) ==
        f + "mode.dtype is 3, wanted ANSER_F32, ANSER_BF16 or ANSER_F64");
  CHECK(mistake([](auto& c) { c.mode.decay = 256; }) ==
        f + "mode.decay is 256, wanted 0 to 3: one of ANSER_DECAY_...");
  CHECK(mistake([](auto& c) { c.mode.read = -1; }) ==
        f + "mode.read is -1, wanted ANSER_READ_AFTER or ANSER_READ_BEFORE");
  CHECK(mistake([](auto& c) { c.mode.diagonal = 2; }) == f + "mode.diagonal is 2, wanted 0 or 1");
  CHECK(mistake([](auto& c) { c.in.k = nullptr; }) == f + "k is 0, wanted an array that is not null");
  CHECK(mistake([](auto& c) { c.outputs.y = nullptr; }) == f + "y is 0, wanted an array that is not null");
  CHECK(mistake([](auto& c) { c.mode.check = 1, c.arrays.v[3] = NAN; }) ==
        f + "v is 3, wanted finite numbers; `value` is the place of the first that is not");
}

TEST_CASE("a struct of an older caller is completed with zeros, a newer or unset one is refused",
          "[kernels][c_api][quick]") {
  const std::string f = "anser_recurrence_forward: ";
  CHECK(mistake([](auto& c) { c.shape.struct_size = 0; }) ==
        f + "shape.struct_size is 0, wanted the sizeof of the struct");
  CHECK(mistake([](auto& c) { c.in.struct_size = 1 << 20; }) ==
        f + "in.struct_size is 1048576, wanted the sizeof of the struct");

  CCall<float> call = good_call();
  struct {
    anser_recurrence_mode known;
    std::int64_t later;
  } newer{call.mode, 0};
  newer.known.struct_size = sizeof newer;
  const auto forward = [&](const anser_recurrence_mode* mode, const anser_recurrence_shape* shape) {
    return anser_recurrence_forward(shape, mode, &call.in, &call.outputs, nullptr);
  };
  CHECK(forward(&newer.known, &call.shape).code == ANSER_OK);
  newer.later = 1;
  CHECK(sentence(forward(&newer.known, &call.shape)) ==
        f + "mode.struct_size is " + std::to_string(sizeof newer) +
            ", wanted a struct no newer than this library where it is not 0");
  call.shape.struct_size = offsetof(anser_recurrence_shape, cu_seqlens);  // as if it had been added later
  CHECK(forward(&call.mode, &call.shape).code == ANSER_OK);
  CHECK(sentence(forward(nullptr, &call.shape)) == f + "mode is 0, wanted a struct that is not null");
}

TEST_CASE("backward, decode and the sizes answer under their own names", "[kernels][c_api][quick]") {
  CCall<float> call = good_call();
  call.gradients.dk = nullptr;
  CHECK(sentence(call.backward()) == "anser_recurrence_backward: dk is 0, wanted an array that is not null");
  CHECK(sentence(anser_recurrence_decode(&call.shape, &call.mode, &call.in, nullptr, nullptr, nullptr)) ==
        "anser_recurrence_decode: shape.time is 35, wanted 1");
  call.mode.dtype = ANSER_F64;
  CHECK(sentence(anser_recurrence_decode(&call.shape, &call.mode, &call.in, nullptr, nullptr, nullptr)) ==
        "anser_recurrence_decode: shape.time is 35, wanted 1");
  std::int64_t bytes = 1;
  CHECK(sentence(anser_recurrence_workspace_bytes(&call.shape, &call.mode, 0, &bytes)) ==
        "anser_recurrence_workspace_bytes: threads is 0, wanted at least 1");
  CHECK(bytes == 0);
  CHECK(sentence(anser_recurrence_snapshot_bytes(&call.shape, &call.mode, 0, &bytes)) ==
        "anser_recurrence_snapshot_bytes: interval is 0, wanted at least 1");
  CHECK(sentence(anser_recurrence_checkpoint_bytes(&call.shape, &call.mode, nullptr)) ==
        "anser_recurrence_checkpoint_bytes: bytes is 0, wanted a number to write to");
  call.shape.sequences = 1, call.shape.heads = 1, call.shape.time = std::int64_t{1} << 54;
  const std::string huge = "shape.time is 18014398509481984, wanted a shape whose arrays can be addressed";
  CHECK(sentence(anser_recurrence_workspace_bytes(&call.shape, &call.mode, 1, &bytes)) ==
        "anser_recurrence_workspace_bytes: " + huge);
  CHECK(sentence(anser_recurrence_snapshot_bytes(&call.shape, &call.mode, 1, &bytes)) ==
        "anser_recurrence_snapshot_bytes: " + huge);
}

TEST_CASE("a sentence that does not fit is cut, and its length told", "[kernels][c_api][quick]") {
  const anser_status bad{ANSER_BAD_ARGUMENT, "f", "x", -5, "more"};
  const std::string whole = "f: x is -5, wanted more";
  CHECK(anser_status_message(bad, nullptr, 0) == whole.size());
  char text[8];
  CHECK(anser_status_message(bad, text, sizeof text) == whole.size());
  CHECK(std::string(text) == whole.substr(0, 7));
  CHECK(sentence({ANSER_OK, "", "", 0, ""}) == "ok");
}

}  // namespace
}  // namespace anser::tests
