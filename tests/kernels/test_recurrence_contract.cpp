// What kernels/recurrence.h promises beside accuracy: bits, packs, snapshots, decode, answers to mistakes.
#include <string>

#include "kernels/wkv7.h"
#include "tests/support/catch.h"
#include "tests/support/recurrence_compare.h"
#include "tests/support/threads.h"

namespace anser::tests {
namespace {

using kernels::Decay;
using kernels::Read;
using kernels::StatusCode;
using Lengths = std::vector<std::int64_t>;

/// A problem with random inputs in each of the modes 0..7, decays of every kind in turn.
RecurrenceProblem problem(int mode, const Lengths& lengths, std::pair<std::int64_t, std::int64_t> size) {
  const std::size_t regimes[] = {0, 1, 10, 14};  // logit, log, direct, none
  return make_recurrence_problem({&recurrence_regimes()[regimes[mode % 4]], size, &lengths,
                                  mode & 1 ? Read::before : Read::after, (mode & 2) == 0, (mode & 4) != 0});
}

constexpr std::pair<std::int64_t, std::int64_t> kSizes[] = {{8, 8}, {32, 32}, {24, 64}, {64, 40}};

TEST_CASE("the bits of the recurrence do not depend on the number of threads",
          "[kernels][recurrence][quick]") {
  for (int mode = 0; mode < 8; ++mode)
    for (const auto& size : kSizes) {
      const RecurrenceProblem p = problem(mode, {35, 0, 7, 16, 1}, size);
      const auto serial = run_recurrence_cpu(p);
      for (const int count : {1, 2, 8}) {
        Threads threads{count};
        CAPTURE(mode, size.first, size.second, count);
        CHECK(run_recurrence_cpu(p, threads.executor(), count) == serial);
      }
    }
}

/// Sequence s and head h of a problem as a problem of its own.
RecurrenceProblem one_head(const RecurrenceProblem& p, std::int64_t s, std::int64_t h) {
  const auto [first, time] = p.span(s);
  RecurrenceProblem one{.sequences = 1, .time = time, .heads = 1, .keys = p.keys, .values = p.values};
  one.mode = p.mode;
  const auto rows = [&, first = first, time = time](const std::vector<float>& from, std::int64_t width) {
    std::vector<float> out;
    if (from.empty()) return out;
    for (std::int64_t t = first; t < first + time; ++t)
      out.insert(out.end(), from.begin() + (t * p.heads + h) * width,
                 from.begin() + (t * p.heads + h + 1) * width);
    return out;
  };
  const auto state = [&](const std::vector<float>& from) {
    const auto at = from.begin() + (s * p.heads + h) * p.values * p.keys;
    return std::vector<float>(at, at + p.values * p.keys);
  };
  one.r = rows(p.r, p.keys), one.k = rows(p.k, p.keys), one.v = rows(p.v, p.values);
  one.a = rows(p.a, p.keys), one.b = rows(p.b, p.keys), one.w = rows(p.w, p.decays());
  one.dy = rows(p.dy, p.values), one.s0 = state(p.s0), one.dsT = state(p.dsT);
  return one;
}

/// The outputs (s, h) of a call as one_head's outputs.
RecurrenceResults<float> one_head(const RecurrenceProblem& p, const RecurrenceResults<float>& out,
                                  std::int64_t s, std::int64_t h) {
  RecurrenceProblem carrier = p;
  carrier.r = out.dr, carrier.w = out.dw, carrier.k = out.dk, carrier.v = out.dv, carrier.a = out.da;
  carrier.b = out.db, carrier.dy = out.y, carrier.s0 = out.sT, carrier.dsT = out.ds0;
  carrier = one_head(carrier, s, h);
  RecurrenceResults<float> one(carrier);
  one.dr = carrier.r, one.dw = carrier.w, one.dk = carrier.k, one.dv = carrier.v, one.da = carrier.a;
  one.db = carrier.b, one.y = carrier.dy, one.sT = carrier.s0, one.ds0 = carrier.dsT;
  return one;
}

TEST_CASE("a pack gives the bits of its sequences and heads alone", "[kernels][recurrence][quick]") {
  for (int mode = 0; mode < 8; ++mode)
    for (const auto& size : kSizes) {
      const RecurrenceProblem p = problem(mode, {20, 0, 33, 1}, size);
      const auto together = run_recurrence_cpu(p);
      for (std::int64_t s = 0; s < p.sequences; ++s)
        for (std::int64_t h = 0; h < p.heads; ++h) {
          CAPTURE(mode, size.first, size.second, s, h);
          CHECK(run_recurrence_cpu(one_head(p, s, h)) == one_head(p, together, s, h));
        }
    }
}

TEST_CASE("equal sequences packed give the bits of the batch", "[kernels][recurrence][quick]") {
  for (int mode = 0; mode < 8; ++mode) {
    RecurrenceProblem p = problem(mode, {19}, {24, 16});
    const auto batch = run_recurrence_cpu(p);
    p.cu_seqlens = {0, 19, 38};
    p.time = 38;
    CAPTURE(mode);
    CHECK(run_recurrence_cpu(p) == batch);
  }
}

TEST_CASE("decode token by token gives the bits of the whole sequence", "[kernels][recurrence][quick]") {
  for (int mode = 0; mode < 8; ++mode)
    for (const auto& size : kSizes) {
      const RecurrenceProblem p = problem(mode, {21}, size);
      const auto whole = run_recurrence_cpu(p);
      std::vector<float> state = p.s0, y(p.sequences * p.heads * p.values);
      Threads threads{2};
      for (std::int64_t t = 0; t < 21; ++t) {
        const auto token = [&](const std::vector<float>& x, std::int64_t width) {
          std::vector<float> out;
          const std::int64_t row = p.heads * width;
          for (std::int64_t s = 0; s < p.sequences && !x.empty(); ++s)
            out.insert(out.end(), x.begin() + (s * 21 + t) * row, x.begin() + (s * 21 + t + 1) * row);
          return out;
        };
        const auto r = token(p.r, p.keys), w = token(p.w, p.decays()), k = token(p.k, p.keys);
        const auto v = token(p.v, p.values), a = token(p.a, p.keys), b = token(p.b, p.keys);
        expect_ok(kernels::cpu::recurrence_decode<float>(
            {p.sequences, 1, p.heads, p.keys, p.values}, p.mode,
            {r.data(), w.data(), k.data(), v.data(), a.data(), b.data()}, state.data(), y.data(),
            threads.executor()));
        CAPTURE(mode, size.first, size.second, t);
        CHECK(y == token(whole.y, p.values));
      }
      CAPTURE(mode, size.first, size.second);
      CHECK(state == whole.sT);
    }
}

TEST_CASE("snapshots are the states after every Mth token and change nothing else",
          "[kernels][recurrence][quick]") {
  for (const std::int64_t interval : {1, 3, 16, 20, 100})
    for (const Lengths& lengths : {Lengths{37}, Lengths{20, 0, 45, 5}}) {
      const RecurrenceProblem p = problem(1, lengths, {16, 24});
      const auto whole = run_recurrence_cpu(p);
      const std::int64_t slot = p.heads * p.values * p.keys;
      const RecurrenceArrays<float> in(p, [](float x) { return x; });
      std::vector<float> y(whole.y.size()), sT(whole.sT.size());
      std::vector<float> checkpoints(kernels::recurrence_checkpoint_size(p.shape()));
      std::vector<float> plain_checkpoints = checkpoints;
      std::vector<float> snapshots(kernels::recurrence_snapshot_count(p.shape(), interval) * slot, 7.0f);
      expect_ok(kernels::cpu::recurrence_forward<float>(p.shape(), p.mode, in.inputs(),
                                                        {.y = y.data(),
                                                         .sT = sT.data(),
                                                         .checkpoints = checkpoints.data(),
                                                         .snapshots = snapshots.data(),
                                                         .snapshot_interval = interval}));
      expect_ok(kernels::cpu::recurrence_forward<float>(
          p.shape(), p.mode, in.inputs(), {.y = y.data(), .checkpoints = plain_checkpoints.data()}));
      CHECK(y == whole.y);
      CHECK(sT == whole.sT);
      CHECK(checkpoints == plain_checkpoints);
      std::int64_t written = 0;
      for (std::int64_t s = 0; s < p.sequences; ++s) {
        const auto [first, time] = p.span(s);
        const std::int64_t begin = p.cu_seqlens.empty() ? s * (p.time / interval) : first / interval;
        for (std::int64_t h = 0; h < p.heads; ++h)
          for (std::int64_t q = 0; q < time / interval; ++q, ++written) {
            RecurrenceProblem cut = one_head(p, s, h);
            cut.time = (q + 1) * interval;
            for (auto* x : {&cut.r, &cut.k, &cut.a, &cut.b}) x->resize(cut.time * p.keys);
            cut.v.resize(cut.time * p.values), cut.dy.resize(cut.time * p.values);
            if (!cut.w.empty()) cut.w.resize(cut.time * p.decays());
            const auto at = snapshots.begin() + (begin + q) * slot + h * p.values * p.keys;
            CAPTURE(interval, s, h, q);
            CHECK(std::equal(at, at + p.values * p.keys, run_recurrence_cpu(cut).sT.begin()));
          }
      }
      // The slots between two sequences' are left alone.
      CHECK(std::count(snapshots.begin(), snapshots.end(), 7.0f) ==
            static_cast<std::int64_t>(snapshots.size()) - written * p.values * p.keys);
    }
}

TEST_CASE("sT may be s0, and absent outputs change nothing", "[kernels][recurrence][quick]") {
  const RecurrenceProblem p = problem(0, {20}, {16, 24});
  const auto whole = run_recurrence_cpu(p);
  RecurrenceArrays<float> in(p, [](float x) { return x; });
  std::vector<float> y(whole.y.size());
  const auto inputs = in.inputs();
  expect_ok(kernels::cpu::recurrence_forward<float>(p.shape(), p.mode, inputs,
                                                    {.y = y.data(), .sT = in.s0.data()}));
  CHECK(y == whole.y);
  CHECK(in.s0 == whole.sT);
}

struct Call {
  RecurrenceProblem p = problem(0, {4}, {8, 16});
  RecurrenceArrays<float> in{p, [](float x) { return x; }};
  RecurrenceResults<float> out{p};
  std::vector<float> checkpoints = std::vector<float>(kernels::recurrence_checkpoint_size(p.shape()));
  kernels::RecurrenceShape shape = p.shape();
  kernels::RecurrenceInputs<float> inputs = in.inputs();

  kernels::Status forward() {
    return kernels::cpu::recurrence_forward<float>(
        shape, p.mode, inputs, {.y = out.y.data(), .sT = out.sT.data(), .checkpoints = checkpoints.data()});
  }
};

void check_refused(const kernels::Status& status, const char* argument, std::int64_t value,
                   const char* wanted) {
  CHECK(status.code == StatusCode::bad_argument);
  CHECK(std::string(status.argument) == argument);
  CHECK(status.value == value);
  CHECK(std::string(status.wanted) == wanted);
}

TEST_CASE("wrong sizes are named with what is supported", "[kernels][recurrence][quick]") {
  for (const std::int64_t size : {0, 4, 12, 136, -8}) {
    Call call;
    call.shape.keys = size;
    check_refused(call.forward(), "shape.keys", size, "a multiple of 8 in 8..128");
    call.shape = call.p.shape();
    call.shape.values = size;
    check_refused(call.forward(), "shape.values", size, "a multiple of 8 in 8..128");
  }
  Call call;
  call.shape.sequences = -1;
  check_refused(call.forward(), "shape.sequences", -1, "at least 0");
  call.shape = call.p.shape();
  call.shape.time = std::int64_t{1} << 60;
  check_refused(call.forward(), "shape.time", std::int64_t{1} << 60, "a shape whose arrays can be addressed");
  call.shape = {std::int64_t{1} << 40, 0, 1, 8, 16};
  check_refused(call.forward(), "shape.sequences", std::int64_t{1} << 40,
                "less than 2^31 sequences times heads");
}

TEST_CASE("offsets that do not rise are refused", "[kernels][recurrence][quick]") {
  constexpr const char* kWanted = "offsets that start at 0, never fall and end at shape.time";
  Call call;
  const auto refuse = [&](const Lengths& offsets, const char* argument, std::int64_t value) {
    call.shape = {static_cast<std::int64_t>(offsets.size()) - 1, 8, call.p.heads, 8, 16, offsets.data()};
    check_refused(call.forward(), argument, value, kWanted);
  };
  refuse({1, 4, 8}, "cu_seqlens[0]", 1);
  refuse({0, 9, 8}, "cu_seqlens", 8);
  refuse({0, 4, 7}, "cu_seqlens[sequences]", 7);
}

TEST_CASE("missing arrays are named, those that the mode does not read are not missed",
          "[kernels][recurrence][quick]") {
  Call call;
  call.inputs.b = nullptr;
  check_refused(call.forward(), "b", 0, "an array that is not null");
  call.p.mode.low_rank = false;
  call.inputs.a = nullptr;
  CHECK(call.forward().ok());
  call.inputs.w = nullptr;
  check_refused(call.forward(), "w", 0, "an array that is not null");
  call.p.mode.decay = Decay::none;
  CHECK(call.forward().ok());
  std::vector<float> workspace(kernels::recurrence_workspace_size(call.shape, 1));
  kernels::RecurrenceGradients<float> grads = call.out.gradients();
  grads.da = grads.db = grads.dw = nullptr;
  const auto backward = [&] {
    return kernels::cpu::recurrence_backward<float>(call.shape, call.p.mode, call.inputs,
                                                    call.checkpoints.data(), call.in.dy.data(), nullptr,
                                                    grads, workspace.data());
  };
  CHECK(backward().ok());
  grads.dk = nullptr;
  check_refused(backward(), "dk", 0, "an array that is not null");
}

TEST_CASE("decode wants one token for each sequence and a state", "[kernels][recurrence][quick]") {
  Call call;
  const auto decode = [&](float* state) {
    return kernels::cpu::recurrence_decode<float>(call.shape, call.p.mode, call.inputs, state,
                                                  call.out.y.data());
  };
  check_refused(decode(call.in.s0.data()), "shape.time", 4, "1");
  call.shape.time = 1;
  check_refused(decode(nullptr), "state", 0, "an array that is not null");
}

TEST_CASE("with `check` a number that is not finite is refused with its place",
          "[kernels][recurrence][quick]") {
  constexpr const char* kFinite = "finite numbers; `value` is the place of the first that is not";
  const float inf = std::numeric_limits<float>::infinity();
  Call call;
  call.p.mode.check = true;
  CHECK(call.forward().ok());
  call.in.k[5] = NAN;
  check_refused(call.forward(), "k", 5, kFinite);
  call.p.mode.check = false;
  CHECK(call.forward().ok());
  call.p.mode.check = true;
  call.in.k[5] = 1;
  call.in.s0[3] = inf;
  check_refused(call.forward(), "s0", 3, kFinite);
  call.in.s0[3] = 0;
  call.in.w[2] = -inf;
  check_refused(call.forward(), "w", 2, kFinite);
  call.p.mode.decay = Decay::log;
  for (float& x : call.in.w) x = -1;
  call.in.w[2] = -inf;  // a reset
  CHECK(call.forward().ok());
  call.in.w[2] = inf;
  check_refused(call.forward(), "w", 2, kFinite);
  call.in.w[2] = 0;
  for (float& x : call.in.v) x = 3e38f;
  for (float& x : call.in.r) x = 1e10f;
  const auto status = call.forward();
  CHECK(std::string(status.argument) == "y");
}

TEST_CASE("the check of every call reaches the case of RWKV-7 and its backward pass",
          "[kernels][recurrence][quick]") {
  const kernels::Wkv7Shape shape{.batch = 1, .time = 2, .heads = 1, .size = 8};
  std::vector<float> x(16, 0.5f), bad = x, out(16), states(kernels::wkv7_checkpoint_size(shape));
  std::vector<float> workspace(kernels::wkv7_workspace_size(shape, 1));
  bad[9] = NAN;
  const auto inputs = [&](const std::vector<float>& v) {
    return kernels::Wkv7Inputs<float>{x.data(), x.data(), x.data(), v.data(), x.data(), x.data()};
  };
  const auto forward = [&](const std::vector<float>& v) {
    return kernels::cpu::wkv7_forward(shape, Decay::logit, inputs(v), out.data(), nullptr, states.data());
  };
  const auto backward = [&](const std::vector<float>& dy) {
    std::vector<float> d[6] = {out, out, out, out, out, out};
    return kernels::cpu::wkv7_backward(
        shape, Decay::logit, inputs(x), states.data(), dy.data(), nullptr,
        {d[0].data(), d[1].data(), d[2].data(), d[3].data(), d[4].data(), d[5].data()}, workspace.data());
  };
  CHECK(forward(bad).ok());
  kernels::set_recurrence_check(true);
  const kernels::Status refused_forward = forward(bad), good_forward = forward(x);
  const kernels::Status refused_backward = backward(bad), good_backward = backward(x);
  kernels::set_recurrence_check(false);
  CHECK(std::string(refused_forward.argument) == "v");
  CHECK(refused_forward.value == 9);
  CHECK(std::string(refused_backward.argument) == "dy");
  CHECK(good_forward.ok());
  CHECK(good_backward.ok());
}

}  // namespace
}  // namespace anser::tests
