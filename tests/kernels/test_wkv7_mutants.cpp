// Broken kernels that the case table must catch: a table that lets one of them pass proves nothing.
#include "tests/support/catch.h"
#include "tests/support/wkv7_compare.h"

namespace anser::tests {
namespace {

std::vector<Wkv7Case> small_cases() {
  std::vector<Wkv7Case> cases;
  for (const Wkv7Case& c : wkv7_cases())
    if (c.shape.size == 8 && c.shape.time <= 65) cases.push_back(c);
  return cases;
}

/// Runs the CPU kernels on a problem changed by `change`, then changes what they gave by `spoil`.
template <typename Change, typename Spoil>
std::vector<Wkv7Miss> misses_of(Change change, Spoil spoil) {
  return wkv7_misses(small_cases(), [&](const Wkv7Problem& p, Wkv7Outputs<float>& out) {
    Wkv7Problem changed = p;
    change(changed);
    run_wkv7_cpu(changed, out);
    spoil(out);
  });
}

constexpr auto kKeep = [](auto&) {};

TEST_CASE("the case table lets the unbroken kernel pass", "[kernels][wkv7][quick]") {
  CHECK(misses_of(kKeep, kKeep).empty());
}

TEST_CASE("the case table catches a wrong sign", "[kernels][wkv7][quick]") {
  const auto negate = [](std::vector<float>& x) {
    for (float& e : x) e = -e;
  };
  CHECK_FALSE(misses_of([&](Wkv7Problem& p) { negate(p.b); }, kKeep).empty());
  CHECK_FALSE(misses_of(kKeep, [&](Wkv7Outputs<float>& out) { negate(out.da); }).empty());
  CHECK_FALSE(misses_of(kKeep, [&](Wkv7Outputs<float>& out) { negate(out.dw); }).empty());
}

TEST_CASE("the case table catches a dropped state gradient", "[kernels][wkv7][quick]") {
  const auto drop = [](Wkv7Outputs<float>& out) { out.ds0.assign(out.ds0.size(), 0.0f); };
  CHECK_FALSE(misses_of(kKeep, drop).empty());
  CHECK_FALSE(misses_of([](Wkv7Problem& p) { p.dsT.clear(); }, kKeep).empty());
  CHECK_FALSE(misses_of([](Wkv7Problem& p) { p.s0.clear(); }, kKeep).empty());
}

/// Token 16, 32, ... is given the row of the token before it.
TEST_CASE("the case table catches an off-by-one at the chunk edge", "[kernels][wkv7][quick]") {
  const auto repeat_row = [](std::vector<float> Wkv7Problem::*array) {
    return [array](Wkv7Problem& p) {
      const std::int64_t row = p.shape.heads * p.shape.size;
      for (std::int64_t b = 0; b < p.shape.batch; ++b)
        for (std::int64_t t = 16; t < p.shape.time; t += 16) {
          const auto at = (p.*array).begin() + (b * p.shape.time + t) * row;
          std::copy(at - row, at, at);
        }
    };
  };
  for (const auto array : {&Wkv7Problem::w, &Wkv7Problem::a, &Wkv7Problem::r, &Wkv7Problem::dy})
    CHECK_FALSE(misses_of(repeat_row(array), kKeep).empty());
}

TEST_CASE("the case table catches a backward pass that starts from the next chunk's state",
          "[kernels][wkv7][quick]") {
  const auto misses = wkv7_misses(small_cases(), [](const Wkv7Problem& p, Wkv7Outputs<float>& out) {
    std::vector<float> checkpoints(kernels::wkv7_checkpoint_size(p.shape));
    std::vector<float> workspace(kernels::wkv7_workspace_size(p.shape, 1));
    expect_ok(kernels::cpu::wkv7_forward(p.shape, p.decay, wkv7_inputs(p), out.y.data(), out.sT.data(),
                                         checkpoints.data()));
    const std::size_t state = p.shape.size * p.shape.size;
    if (checkpoints.size() > state)
      std::rotate(checkpoints.begin(), checkpoints.begin() + state, checkpoints.end());
    expect_ok(kernels::cpu::wkv7_backward(p.shape, p.decay, wkv7_inputs(p), checkpoints.data(), p.dy.data(),
                                          data_or_null(p.dsT), out.gradients(), workspace.data()));
  });
  CHECK_FALSE(misses.empty());
}

TEST_CASE("the case table catches a decay rounded before it is applied", "[kernels][wkv7][quick]") {
  const auto misses = wkv7_misses({{&wkv7_regimes()[3], {1, 1000, 1, 8}, true}},
                                  [](const Wkv7Problem& p, Wkv7Outputs<float>& out) {
                                    Wkv7Problem rounded = p;
                                    rounded.decay = kernels::Decay::log;
                                    for (float& w : rounded.w) {
                                      const double shrink = kernels::decay_factors<double>(p.decay, w).shrink;
                                      w = static_cast<float>(std::log(static_cast<float>(1 + shrink)));
                                    }
                                    run_wkv7_cpu(rounded, out);
                                  });
  CHECK(std::any_of(misses.begin(), misses.end(), [](const Wkv7Miss& m) { return m.tensor == "sT"; }));
}

}  // namespace
}  // namespace anser::tests
