// The case table of the WKV-7 recurrence: every backend runs it, every tolerance stands here
// (docs/math/wkv7.md 5).
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/wkv7.h"

namespace anser::tests {

/// How the inputs of a case are drawn. `removal` is the in-context learning rate times the transition
/// multiplier: b = removal * kappa_hat, so that a transition is diag(w) - removal kappa_hat^T kappa_hat.
struct Wkv7Regime {
  const char* name;
  kernels::Decay decay = kernels::Decay::logit;
  double w = -1;        // argument w of every channel is made from this decay; -1: drawn logits, N(0, 2)
  int keys = 0;         // number of different key directions; 0: a fresh one per token
  double removal = -1;  // -1: drawn per channel from (0, 1)
  double value_scale = 1;
};

inline const std::vector<Wkv7Regime>& wkv7_regimes() {
  using kernels::Decay;
  static const double kMinimal = std::exp(-std::exp(-0.5));
  static const std::vector<Wkv7Regime> kRegimes = {
      {.name = "random"},
      {.name = "minimal decay", .w = kMinimal},
      {.name = "minimal log decay", .decay = Decay::log, .w = kMinimal},
      {.name = "slow decay .999", .w = .999, .removal = 0},
      {.name = "slow decay 1-2^-12", .w = 1 - 0x1p-12, .removal = 0},
      {.name = "slow log decay .999, removal 1/2", .decay = Decay::log, .w = .999, .removal = .5},
      {.name = "w=1, removal 0", .decay = Decay::log, .w = 1, .removal = 0},
      {.name = "w=1, removal 1", .decay = Decay::log, .w = 1, .removal = 1},
      {.name = "equal keys, removal 1/2", .decay = Decay::log, .w = 1, .keys = 1, .removal = .5},
      {.name = "equal keys, removal 1", .decay = Decay::log, .w = 1, .keys = 1, .removal = 1},
      {.name = "one reflection", .decay = Decay::log, .w = 1, .keys = 1, .removal = 2},
      {.name = "4 reflections", .decay = Decay::log, .w = 1, .keys = 4, .removal = 2},
      {.name = "60 reflections", .decay = Decay::log, .w = 1, .keys = 60, .removal = 2},
      {.name = "|v|=1e3", .value_scale = 1e3},
  };
  return kRegimes;
}

inline constexpr std::array<std::int64_t, 14> kWkv7Times = {0,  1,  2,  15, 16, 17,  31,
                                                            32, 33, 63, 64, 65, 100, 1000};
inline constexpr std::array<std::int64_t, 5> kWkv7Sizes = {8, 16, 32, 64, 128};

/// Largest error in the norm of `Wkv7Errors`, as a part of the true tensor's norm.
struct Wkv7Tolerance {
  double outputs;    // y, sT
  double gradients;  // dr .. ds0
};

/// fp32 sequential code with an exact fma form reaches 1.2e-6 / 4e-6 over the table (T = 1000, N = 128). With
/// one reflected key the state is a single alternating direction: each step's rounding stays, none averages
/// out, and the same code reaches 1.2e-5.
inline Wkv7Tolerance wkv7_float_tolerance(const Wkv7Regime& regime) {
  if (regime.keys == 1 && regime.removal == 2) return {3e-5, 3e-5};
  return {2e-6, 6e-6};
}

struct Wkv7Case {
  const Wkv7Regime* regime;
  kernels::Wkv7Shape shape;
  bool states;  // with s0 and dsT
  std::string name() const {
    return std::string(regime->name) + ", B=" + std::to_string(shape.batch) +
           " T=" + std::to_string(shape.time) + " H=" + std::to_string(shape.heads) +
           " N=" + std::to_string(shape.size) + (states ? ", with s0 and dsT" : "");
  }
};

/// Batch and heads: several of both where that is cheap, so that strides and offsets are seen.
inline kernels::Wkv7Shape wkv7_case_shape(std::int64_t time, std::int64_t size) {
  if (time * size * size > 100 * 64 * 64) return {1, time, 1, size};
  return {2, time, size <= 32 ? 3 : 2, size};
}

/// Every regime, T and N; with and without states in turn, so that each pair of values occurs.
inline std::vector<Wkv7Case> wkv7_cases() {
  std::vector<Wkv7Case> cases;
  for (std::size_t g = 0; g < wkv7_regimes().size(); ++g)
    for (std::size_t t = 0; t < kWkv7Times.size(); ++t)
      for (std::size_t n = 0; n < kWkv7Sizes.size(); ++n)
        cases.push_back(
            {&wkv7_regimes()[g], wkv7_case_shape(kWkv7Times[t], kWkv7Sizes[n]), (g + t + n) % 2 == 0});
  return cases;
}

/// The full product, both values of `states`.
inline std::vector<Wkv7Case> wkv7_all_cases() {
  std::vector<Wkv7Case> cases = wkv7_cases();
  const std::size_t half = cases.size();
  for (std::size_t i = 0; i < half; ++i) {
    cases.push_back(cases[i]);
    cases.back().states = !cases[i].states;
  }
  return cases;
}

/// A part that costs little and still has every regime and the chunk edges, at two sizes.
inline std::vector<Wkv7Case> wkv7_short_cases() {
  std::vector<Wkv7Case> cases;
  for (const Wkv7Case& c : wkv7_cases()) {
    const bool small = c.shape.size == 8 && c.shape.time <= 65,
               wide = c.shape.size == 64 && c.shape.time <= 33;
    if (small || wide) cases.push_back(c);
  }
  return cases;
}

/// The inputs of a call and the gradients that flow into its backward pass.
struct Wkv7Problem {
  kernels::Wkv7Shape shape;
  kernels::Decay decay;
  std::vector<float> r{}, w{}, k{}, v{}, a{}, b{}, s0{}, dy{}, dsT{};  // s0, dsT: empty for null

  std::size_t tokens() const { return shape.batch * shape.time * shape.heads * shape.size; }
  std::size_t states() const { return shape.batch * shape.heads * shape.size * shape.size; }
};

/// The argument w that stands for the decay `w`.
inline double wkv7_decay_argument(kernels::Decay decay, double w) {
  if (decay == kernels::Decay::log) return std::log(w);
  const double sigma = -std::log(w) / std::exp(-0.5);
  return sigma > 1 - 1e-9 ? 40.0 : std::log(sigma / (1 - sigma));
}

class Wkv7Draw {
 public:
  explicit Wkv7Draw(std::uint64_t seed) : engine_(seed) {}
  double normal() { return normal_(engine_); }
  double uniform() { return uniform_(engine_); }
  std::size_t below(std::size_t n) { return engine_() % n; }
  std::vector<float> normals(std::size_t n, double scale = 1, double mean = 0) {
    std::vector<float> x(n);
    for (float& e : x) e = static_cast<float>((normal() + mean) * scale);
    return x;
  }
  std::vector<double> unit_vector(std::size_t n, double mean) {
    std::vector<double> x(n);
    double square = 0;
    for (double& e : x) e = normal() + mean, square += e * e;
    for (double& e : x) e /= std::sqrt(square);
    return x;
  }

 private:
  std::mt19937_64 engine_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
};

/// a = -kappa_hat, b = removal * kappa_hat, k = kappa_hat times a drawn scale, token by token.
inline void draw_wkv7_keys(const Wkv7Regime& regime, double mean, Wkv7Draw& draw, Wkv7Problem& p) {
  const std::size_t n = p.shape.size;
  std::vector<std::vector<double>> directions;
  for (int q = 0; q < regime.keys; ++q) directions.push_back(draw.unit_vector(n, mean));
  for (std::size_t at = 0; at < p.tokens(); at += n) {
    const auto kappa =
        regime.keys == 0 ? draw.unit_vector(n, mean) : directions[draw.below(directions.size())];
    const double scale = 0.5 + draw.uniform();
    for (std::size_t j = 0; j < n; ++j) {
      p.a[at + j] = static_cast<float>(-kappa[j]);
      p.b[at + j] = static_cast<float>((regime.removal < 0 ? draw.uniform() : regime.removal) * kappa[j]);
      p.k[at + j] = static_cast<float>(scale * kappa[j] + (regime.keys == 0 ? 0.3 * draw.normal() : 0.0));
    }
  }
}

inline Wkv7Problem make_wkv7_problem(const Wkv7Case& c, std::uint64_t seed = 1) {
  Wkv7Problem p{.shape = c.shape, .decay = c.regime->decay};
  Wkv7Draw draw(seed * 1000003 + c.shape.time * 1009 + c.shape.size);
  const std::size_t tokens = p.tokens();
  // A tensor of one or two tokens is a multiple of a single inner product, and as ill-conditioned as that:
  // there the vectors share a direction, so that none of the products vanishes by chance.
  const double mean = c.shape.time <= 2 ? 1 : 0;
  p.r = draw.normals(tokens, 1, mean);
  p.v = draw.normals(tokens, c.regime->value_scale, mean);
  p.dy = draw.normals(tokens, 1, mean);
  p.w = draw.normals(tokens, 2);
  p.a.resize(tokens), p.b.resize(tokens), p.k.resize(tokens);
  if (c.regime->w >= 0)
    p.w.assign(tokens, static_cast<float>(wkv7_decay_argument(c.regime->decay, c.regime->w)));
  draw_wkv7_keys(*c.regime, mean, draw, p);
  if (c.states) p.s0 = draw.normals(p.states(), c.regime->value_scale), p.dsT = draw.normals(p.states());
  return p;
}

}  // namespace anser::tests
