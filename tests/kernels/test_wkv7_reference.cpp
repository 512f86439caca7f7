// The definition itself: against differences of its own outputs and against stored vectors of another
// implementation.
#include "tests/support/catch.h"
#include "tests/support/read_tensors.h"
#include "tests/support/reference_data.h"
#include "tests/support/wkv7_compare.h"

namespace anser::tests {
namespace {

using Vector = std::vector<double>;

/// The seven inputs in double and the loss <y, dy> + <sT, dsT>, whose gradient the backward pass gives.
struct DoubleProblem {
  kernels::Wkv7Shape shape;
  kernels::Decay decay;
  std::array<Vector, 7> inputs;  // r w k v a b s0
  Vector dy, dsT;

  explicit DoubleProblem(const Wkv7Problem& p) : shape(p.shape), decay(p.decay) {
    const std::vector<float>* from[] = {&p.r, &p.w, &p.k, &p.v, &p.a, &p.b, &p.s0};
    for (std::size_t q = 0; q < 7; ++q) inputs[q].assign(from[q]->begin(), from[q]->end());
    dy.assign(p.dy.begin(), p.dy.end());
    dsT.assign(p.dsT.begin(), p.dsT.end());
  }

  double loss() const {
    const auto& [r, w, k, v, a, b, s0] = inputs;
    Vector y(r.size()), sT(s0.size());
    expect_ok(kernels::reference::wkv7_forward<double>(
        shape, decay, {r.data(), w.data(), k.data(), v.data(), a.data(), b.data(), s0.data()}, y.data(),
        sT.data()));
    double sum = 0;
    for (std::size_t e = 0; e < y.size(); ++e) sum += y[e] * dy[e];
    for (std::size_t e = 0; e < sT.size(); ++e) sum += sT[e] * dsT[e];
    return sum;
  }

  /// (loss(x + h) - loss(x - h)) / 2h along `direction` of input q.
  double difference(std::size_t q, const Vector& direction, double h) const {
    DoubleProblem up = *this, down = *this;
    for (std::size_t e = 0; e < direction.size(); ++e) {
      up.inputs[q][e] += h * direction[e];
      down.inputs[q][e] -= h * direction[e];
    }
    return (up.loss() - down.loss()) / (2 * h);
  }
};

std::array<const Vector*, 7> gradients_of(const Wkv7Outputs<double>& out) {
  return {&out.dr, &out.dw, &out.dk, &out.dv, &out.da, &out.db, &out.ds0};
}

double norm(const Vector& x) {
  double square = 0;
  for (const double e : x) square += e * e;
  return std::sqrt(square);
}

constexpr const char* kNames[] = {"dr", "dw", "dk", "dv", "da", "db", "ds0"};

TEST_CASE("every partial derivative of the definition is a central difference", "[kernels][wkv7][quick]") {
  for (const std::size_t g : {0u, 5u, 11u}) {  // logit, log decay, four reflections
    const Wkv7Problem p = make_wkv7_problem({&wkv7_regimes()[g], {1, 5, 2, 8}, true});
    const DoubleProblem wide(p);
    const auto truth = run_wkv7_reference<double>(p);
    for (std::size_t q = 0; q < 7; ++q) {
      Vector difference(wide.inputs[q].size());
      for (std::size_t e = 0; e < difference.size(); ++e) {
        Vector direction(difference.size());
        direction[e] = 1;
        difference[e] = wide.difference(q, direction, 1e-5) - (*gradients_of(truth)[q])[e];
      }
      CAPTURE(wkv7_regimes()[g].name, kNames[q]);
      CHECK(norm(difference) <= 1e-7 * norm(*gradients_of(truth)[q]));
    }
  }
}

TEST_CASE("directional derivatives of long sequences are central differences", "[kernels][wkv7][quick]") {
  for (std::size_t g = 0; g < wkv7_regimes().size(); ++g) {
    const Wkv7Problem p = make_wkv7_problem({&wkv7_regimes()[g], {1, 40, 1, 32}, true});
    const DoubleProblem wide(p);
    const auto truth = run_wkv7_reference<double>(p);
    Wkv7Draw draw(g);
    for (std::size_t q = 0; q < 7; ++q) {
      const Vector& gradient = *gradients_of(truth)[q];
      // Where every logit is saturated, dw is below what a difference of the loss can show.
      const bool saturated =
          kNames[q] == std::string("dw") && wkv7_regimes()[g].name == std::string("minimal decay");
      if (norm(gradient) == 0 || saturated) continue;
      // Half along the gradient, so that the derivative does not vanish by chance, half at random.
      Vector direction = draw.unit_vector(gradient.size(), 0);
      double wanted = 0;
      for (std::size_t e = 0; e < direction.size(); ++e) {
        direction[e] += gradient[e] / norm(gradient);
        wanted += direction[e] * gradient[e];
      }
      CAPTURE(wkv7_regimes()[g].name, kNames[q]);
      CHECK(std::abs(wide.difference(q, direction, 1e-4) - wanted) <= 1e-7 * std::abs(wanted));
    }
  }
}

TEST_CASE("`states` receives the state after every token", "[kernels][wkv7][quick]") {
  const Wkv7Problem p = make_wkv7_problem({&wkv7_regimes()[0], {2, 5, 3, 8}, true});
  Wkv7Outputs<float> out(p);
  std::vector<float> states(p.states() * p.shape.time);
  expect_ok(kernels::reference::wkv7_forward(p.shape, p.decay, wkv7_inputs(p), out.y.data(), out.sT.data(),
                                             states.data()));
  const std::size_t sequence = 3 * 64;  // H states
  for (std::size_t b = 0; b < 2; ++b)
    CHECK(std::equal(out.sT.begin() + b * sequence, out.sT.begin() + (b + 1) * sequence,
                     states.begin() + (b * 5 + 4) * sequence));
}

/// A stored operator vector: the problem and its true outputs.
std::pair<Wkv7Problem, Wkv7Outputs<double>> stored_problem(const std::string& file) {
  const auto tensors = read_tensors(reference_dir() / file);
  const auto& shape = tensors.at("r").shape;
  Wkv7Problem p{.shape = {shape[0], shape[1], shape[2], shape[3]}, .decay = kernels::Decay::logit};
  const auto take = [&](const char* name) { return tensors.at(name).values; };
  p.r = take("r"), p.w = take("w"), p.k = take("k"), p.v = take("v"), p.a = take("a"), p.b = take("b");
  p.s0 = take("s0"), p.dy = take("dy"), p.dsT = take("dsT");
  Wkv7Outputs<double> truth(p);
  const std::pair<const char*, Vector*> outputs[] = {
      {"y", &truth.y},   {"sT", &truth.sT}, {"dr", &truth.dr}, {"dw", &truth.dw},  {"dk", &truth.dk},
      {"dv", &truth.dv}, {"da", &truth.da}, {"db", &truth.db}, {"ds0", &truth.ds0}};
  for (const auto& [name, into] : outputs) {
    const auto values = take(name);
    into->assign(values.begin(), values.end());
  }
  return {std::move(p), std::move(truth)};
}

constexpr const char* kStored[] = {"n16_t37_free_state", "n16_t64_mid_state", "n32_t20_mid",
                                   "n64_t1_state",       "n64_t32_fast",      "n64_t32_mid",
                                   "n64_t32_slow_state", "n64_t48_mid_state"};

TEST_CASE("the double reference reproduces the stored operator vectors", "[kernels][wkv7][quick]") {
  ANSER_NEEDS_REFERENCE("wkv7");
  for (const char* name : kStored) {
    const auto [p, truth] = stored_problem("wkv7/" + std::string(name) + ".safetensors");
    const auto ours = run_wkv7_reference<double>(p);
    Wkv7Outputs<float> rounded(p);  // the files hold float64 results rounded to float32
    const auto narrow = [](const Vector& x) { return std::vector<float>(x.begin(), x.end()); };
    rounded.y = narrow(ours.y), rounded.sT = narrow(ours.sT), rounded.dr = narrow(ours.dr);
    rounded.dw = narrow(ours.dw), rounded.dk = narrow(ours.dk), rounded.dv = narrow(ours.dv);
    rounded.da = narrow(ours.da), rounded.db = narrow(ours.db), rounded.ds0 = narrow(ours.ds0);
    for (const Wkv7Error& e : wkv7_errors(p, rounded, truth)) {
      CAPTURE(name, e.tensor);
      CHECK(e.value <= 1e-7);
    }
  }
}

TEST_CASE("the CPU kernels reproduce the stored operator vectors", "[kernels][wkv7][quick]") {
  ANSER_NEEDS_REFERENCE("wkv7");
  for (const char* name : kStored) {
    const auto [p, truth] = stored_problem("wkv7/" + std::string(name) + ".safetensors");
    Wkv7Outputs<float> ours(p);
    run_wkv7_cpu(p, ours);
    for (const Wkv7Error& e : wkv7_errors(p, ours, truth)) {
      CAPTURE(name, e.tensor);
      CHECK(e.value <= (e.gradient ? 6e-6 : 2e-6));
    }
  }
}

}  // namespace
}  // namespace anser::tests
