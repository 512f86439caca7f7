// What kernels/wkv7.h promises beside accuracy: bits, bounds, empty calls, answers to mistakes.
#include <string>

#include "tests/support/catch.h"
#include "tests/support/threads.h"
#include "tests/support/wkv7_compare.h"

namespace anser::tests {
namespace {

Wkv7Problem random_problem(kernels::Wkv7Shape shape, bool states = true) {
  return make_wkv7_problem({&wkv7_regimes()[0], shape, states});
}

/// The sequence and head (b, h) of a problem as a problem of its own.
Wkv7Problem one_head(const Wkv7Problem& p, std::int64_t b, std::int64_t h) {
  const auto [B, T, H, N] = p.shape;
  Wkv7Problem one{.shape = {1, T, 1, N}, .decay = p.decay};
  const auto tokens = [&, T = T, H = H, N = N](const std::vector<float>& from) {
    std::vector<float> out;
    for (std::int64_t t = 0; t < T; ++t) {
      const auto at = from.begin() + ((b * T + t) * H + h) * N;
      out.insert(out.end(), at, at + N);
    }
    return out;
  };
  const auto state = [&, H = H, N = N](const std::vector<float>& from) {
    const auto at = from.begin() + (b * H + h) * N * N;
    return std::vector<float>(at, at + N * N);
  };
  one.r = tokens(p.r), one.w = tokens(p.w), one.k = tokens(p.k), one.v = tokens(p.v);
  one.a = tokens(p.a), one.b = tokens(p.b), one.dy = tokens(p.dy);
  one.s0 = state(p.s0), one.dsT = state(p.dsT);
  return one;
}

/// The outputs (b, h) of a call as one_head's outputs.
Wkv7Outputs<float> one_head(const Wkv7Problem& p, const Wkv7Outputs<float>& out, std::int64_t b,
                            std::int64_t h) {
  Wkv7Problem carrier{.shape = p.shape, .decay = p.decay};
  Wkv7Outputs<float> one(one_head(p, b, h));
  carrier.r = out.y, carrier.w = out.dw, carrier.k = out.dk, carrier.v = out.dv, carrier.a = out.da;
  carrier.b = out.db, carrier.dy = out.dr, carrier.s0 = out.sT, carrier.dsT = out.ds0;
  carrier = one_head(carrier, b, h);
  one.y = carrier.r, one.dw = carrier.w, one.dk = carrier.k, one.dv = carrier.v, one.da = carrier.a;
  one.db = carrier.b, one.dr = carrier.dy, one.sT = carrier.s0, one.ds0 = carrier.dsT;
  return one;
}

TEST_CASE("the bits do not depend on the number of threads", "[kernels][wkv7][quick]") {
  for (const std::int64_t size : {8, 32, 64}) {
    const Wkv7Problem p = random_problem({3, 35, 2, size});
    Wkv7Outputs<float> serial(p);
    run_wkv7_cpu(p, serial);
    for (const int count : {1, 2, 8}) {
      Threads threads{count};
      Wkv7Outputs<float> parallel(p);
      run_wkv7_cpu(p, parallel, threads.executor(), count);
      CAPTURE(size, count);
      CHECK(parallel == serial);
    }
  }
}

TEST_CASE("the bits of a head do not depend on its place in the batch or on its company",
          "[kernels][wkv7][quick]") {
  for (const std::int64_t size : {8, 24, 64}) {
    const Wkv7Problem p = random_problem({3, 20, 2, size});
    Wkv7Outputs<float> together(p);
    run_wkv7_cpu(p, together);
    for (std::int64_t b = 0; b < 3; ++b)
      for (std::int64_t h = 0; h < 2; ++h) {
        const Wkv7Problem alone = one_head(p, b, h);
        Wkv7Outputs<float> out(alone);
        run_wkv7_cpu(alone, out);
        CAPTURE(size, b, h);
        CHECK(out == one_head(p, together, b, h));
      }
  }
}

TEST_CASE("token by token gives the bits of the whole sequence", "[kernels][wkv7][quick]") {
  for (const std::int64_t size : {16, 40, 64}) {
    const Wkv7Problem p = random_problem({1, 37, 1, size});
    Wkv7Outputs<float> whole(p);
    run_wkv7_cpu(p, whole);
    std::vector<float> state = p.s0, y(p.tokens());
    for (std::int64_t t = 0; t < 37; ++t) {
      const std::int64_t at = t * size;
      std::vector<float> after(state.size());
      expect_ok(kernels::cpu::wkv7_forward({1, 1, 1, size}, p.decay,
                                           {p.r.data() + at, p.w.data() + at, p.k.data() + at,
                                            p.v.data() + at, p.a.data() + at, p.b.data() + at, state.data()},
                                           y.data() + at, after.data(), nullptr));
      state = after;
    }
    CAPTURE(size);
    CHECK(y == whole.y);
    CHECK(state == whole.sT);
  }
}

TEST_CASE("no output keeps what stood there before the call", "[kernels][wkv7][quick]") {
  const Wkv7Problem p = random_problem({2, 33, 2, 24}, false);
  Wkv7Outputs<float> out(p);  // filled with NaN, as are checkpoints and workspace
  run_wkv7_cpu(p, out);
  for (const auto* x : {&out.y, &out.sT, &out.dr, &out.dw, &out.dk, &out.dv, &out.da, &out.db, &out.ds0})
    CHECK(std::all_of(x->begin(), x->end(), [](float e) { return std::isfinite(e); }));
}

TEST_CASE("an empty call leaves sT = s0 and ds0 = dsT", "[kernels][wkv7][quick]") {
  const Wkv7Problem p = random_problem({2, 0, 2, 8});
  Wkv7Outputs<float> out(p);
  run_wkv7_cpu(p, out);
  CHECK(out.sT == p.s0);
  CHECK(out.ds0 == p.dsT);
  CHECK(kernels::wkv7_checkpoint_size(p.shape) == 0);
  for (const kernels::Wkv7Shape shape : {kernels::Wkv7Shape{0, 5, 2, 8}, kernels::Wkv7Shape{2, 5, 0, 8}}) {
    CHECK(kernels::cpu::wkv7_forward(shape, kernels::Decay::logit, {}, nullptr, nullptr, nullptr).ok());
    CHECK(
        kernels::cpu::wkv7_backward(shape, kernels::Decay::logit, {}, nullptr, nullptr, nullptr, {}, nullptr)
            .ok());
  }
}

TEST_CASE("optional outputs may be absent without a change of the others", "[kernels][wkv7][quick]") {
  const Wkv7Problem p = random_problem({1, 20, 2, 16});
  Wkv7Outputs<float> out(p);
  run_wkv7_cpu(p, out);
  std::vector<float> y(p.tokens());
  expect_ok(kernels::cpu::wkv7_forward(p.shape, p.decay, wkv7_inputs(p), y.data(), nullptr, nullptr));
  CHECK(y == out.y);
}

TEST_CASE("a mistaken argument is named with its value and what is wanted", "[kernels][wkv7][quick]") {
  Wkv7Problem p = random_problem({1, 4, 1, 8});
  std::vector<float> y(p.tokens());
  const auto forward = [&](kernels::Wkv7Shape shape, kernels::Wkv7Inputs<float> in, float* out) {
    return kernels::cpu::wkv7_forward(shape, p.decay, in, out, nullptr, nullptr);
  };
  for (const std::int64_t size : {0, 4, 12, 136, -8}) {
    const auto status = forward({1, 4, 1, size}, wkv7_inputs(p), y.data());
    CHECK(status.code == kernels::StatusCode::bad_argument);
    CHECK(std::string(status.function) == "kernels::cpu::wkv7_forward");
    CHECK(std::string(status.argument) == "shape.size");
    CHECK(status.value == size);
    CHECK(std::string(status.wanted) == "a multiple of 8 in 8..128");
  }
  CHECK(std::string(forward({1, -1, 1, 8}, wkv7_inputs(p), y.data()).argument) == "shape.time");
  CHECK(std::string(forward(p.shape, wkv7_inputs(p), nullptr).argument) == "y");
  kernels::Wkv7Inputs<float> in = wkv7_inputs(p);
  in.k = nullptr;
  CHECK(std::string(forward(p.shape, in, y.data()).argument) == "k");
  const auto backward = kernels::cpu::wkv7_backward(p.shape, p.decay, wkv7_inputs(p), y.data(), p.dy.data(),
                                                    nullptr, {}, y.data());
  CHECK(std::string(backward.argument) == "dr");
}

}  // namespace
}  // namespace anser::tests
