// The case table of the generalised recurrence: regimes, sizes, layouts and modes, their tolerances, and the
// part of the full product that holds every pair of values (docs/math/recurrence.md section 5).
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "kernels/recurrence.h"
#include "tests/support/wkv7_cases.h"

namespace anser::tests {

/// How the inputs of a case are drawn; see Wkv7Regime. Direct decays and resets take a = -w kappa_hat, so
/// that a transition is diag(w) (1 - removal kappa_hat^T kappa_hat), which does not grow.
struct RecurrenceRegime {
  const char* name;
  kernels::Decay decay = kernels::Decay::logit;
  double w = 0;         // decay of every channel
  double low = 0;       // w == 0: decays are drawn in (low, 1), logits from N(0, 2)
  double resets = 0;    // part of the decays that are 0
  int keys = 0;         // number of different key directions; 0: a fresh one per token
  double removal = -1;  // -1: drawn per channel from (0, 1)
  double value_scale = 1;
};

inline const std::vector<RecurrenceRegime>& recurrence_regimes() {
  using kernels::Decay;
  static const double kMinimal = std::exp(-std::exp(-0.5));
  static const std::vector<RecurrenceRegime> kRegimes = {
      {.name = "random logits"},
      {.name = "random log decays", .decay = Decay::log, .low = .01},
      {.name = "random resets", .decay = Decay::log, .low = .3, .resets = .1},
      {.name = "minimal decay", .w = kMinimal},
      {.name = "slow decay .999", .w = .999, .removal = 0},
      {.name = "slow decay 1-2^-12", .w = 1 - 0x1p-12, .removal = 0},
      {.name = "slow log decay .999, removal 1/2", .decay = Decay::log, .w = .999, .removal = .5},
      {.name = "slow log decay 1-2^-12", .decay = Decay::log, .w = 1 - 0x1p-12, .removal = 0},
      {.name = "slow direct decay .999", .decay = Decay::direct, .w = .999, .removal = .5},
      {.name = "slow direct decay 1-2^-12", .decay = Decay::direct, .w = 1 - 0x1p-12, .removal = 0},
      {.name = "decays in (-1, 1)", .decay = Decay::direct, .low = -1, .removal = .5},
      {.name = "decay -.9", .decay = Decay::direct, .w = -.9, .removal = 0},
      {.name = "decay -1", .decay = Decay::direct, .w = -1, .removal = 0},
      {.name = "no decay, removal 0", .decay = Decay::none, .removal = 0},
      {.name = "no decay, removal 1", .decay = Decay::none, .removal = 1},
      {.name = "equal keys, removal 1/2", .decay = Decay::none, .keys = 1, .removal = .5},
      {.name = "equal keys, removal 1", .decay = Decay::log, .w = 1, .keys = 1, .removal = 1},
      {.name = "one reflection", .decay = Decay::none, .keys = 1, .removal = 2},
      {.name = "4 reflections", .decay = Decay::none, .keys = 4, .removal = 2},
      {.name = "60 reflections", .decay = Decay::log, .w = 1, .keys = 60, .removal = 2},
      {.name = "|v|=1e3", .value_scale = 1e3},
  };
  return kRegimes;
}

inline constexpr std::array<std::pair<std::int64_t, std::int64_t>, 10> kRecurrenceSizes = {
    {{8, 8}, {16, 16}, {32, 32}, {64, 64}, {128, 128}, {8, 64}, {64, 16}, {24, 40}, {128, 32}, {40, 128}}};

/// Sequence lengths; one length stands for equal sequences [B, T], several for a pack.
inline const std::vector<std::vector<std::int64_t>>& recurrence_layouts() {
  static const std::vector<std::vector<std::int64_t>> kLayouts = {
      {0},  {1},  {2},  {15},  {16},   {17},      {31},          {32},        {33},
      {63}, {64}, {65}, {100}, {1000}, {0, 0, 0}, {5, 0, 17, 1}, {16, 33, 2}, {1, 1, 0, 100}};
  return kLayouts;
}

struct RecurrenceCase {
  const RecurrenceRegime* regime;
  std::pair<std::int64_t, std::int64_t> size;  // K, V
  const std::vector<std::int64_t>* layout;
  kernels::Read read = kernels::Read::after;
  bool low_rank = true, decay_per_head = false;
  bool states = true;  // with s0 and dsT

  std::string name() const {
    std::string text = std::string(regime->name) + ", K=" + std::to_string(size.first) +
                       " V=" + std::to_string(size.second) + (layout->size() == 1 ? " T=" : " packed T=");
    for (const std::int64_t t : *layout) text += std::to_string(t) + ",";
    text += read == kernels::Read::after ? " read after" : " read before";
    if (low_rank) text += ", low rank";
    if (decay_per_head) text += ", decay per head";
    return text + (states ? ", with s0 and dsT" : "");
  }
};

/// Largest error of fp32 code in the norm of recurrence_errors; the reasons stand at wkv7_float_tolerance.
inline Wkv7Tolerance recurrence_tolerance(const RecurrenceCase& c) {
  if (c.low_rank && c.regime->keys == 1 && c.regime->removal == 2) return {3e-5, 3e-5};
  return {2e-6, 6e-6};
}

/// Number of values of each factor of the table, and the case that a choice of values is.
inline std::array<std::size_t, 7> recurrence_factors() {
  return {recurrence_regimes().size(), kRecurrenceSizes.size(), recurrence_layouts().size(), 2, 2, 2, 2};
}
using RecurrenceChoice = std::array<std::size_t, 7>;

inline RecurrenceCase recurrence_case(const RecurrenceChoice& x) {
  return {&recurrence_regimes()[x[0]],
          kRecurrenceSizes[x[1]],
          &recurrence_layouts()[x[2]],
          x[3] == 0 ? kernels::Read::after : kernels::Read::before,
          x[4] == 0,
          x[5] == 1,
          x[6] == 0};
}

/// Which pairs of values of two factors a set of choices holds.
class PairCover {
 public:
  explicit PairCover(const std::array<std::size_t, 7>& factors) : factors_(factors) {
    for (std::size_t p = 0; p < 7; ++p)
      for (std::size_t q = 0; q < 7; ++q) seen_[p][q].assign(factors[p] * factors[q], false);
  }
  bool has(std::size_t p, std::size_t x, std::size_t q, std::size_t y) const {
    return seen_[p][q][x * factors_[q] + y];
  }
  void add(const RecurrenceChoice& c) {
    for (std::size_t p = 0; p < 7; ++p)
      for (std::size_t q = 0; q < 7; ++q) seen_[p][q][c[p] * factors_[q] + c[q]] = true;
  }

 private:
  std::array<std::size_t, 7> factors_;
  std::array<std::array<std::vector<bool>, 7>, 7> seen_;
};

/// A choice that holds the values x, y of the factors p, q and, greedily, as many new pairs as may be.
inline RecurrenceChoice fill_choice(const PairCover& cover, std::size_t p, std::size_t x, std::size_t q,
                                    std::size_t y, std::size_t turn) {
  const auto factors = recurrence_factors();
  RecurrenceChoice c{};
  std::array<bool, 7> fixed{};
  c[p] = x, c[q] = y, fixed[p] = fixed[q] = true;
  for (std::size_t f = 0; f < 7; ++f) {
    if (fixed[f]) continue;
    std::size_t best = 0;
    int most = -1;
    for (std::size_t step = 0; step < factors[f]; ++step) {
      const std::size_t value = (step + turn) % factors[f];
      int gain = 0;
      for (std::size_t g = 0; g < 7; ++g) gain += fixed[g] && !cover.has(f, value, g, c[g]);
      if (gain > most) most = gain, best = value;
    }
    c[f] = best, fixed[f] = true;
  }
  return c;
}

/// Every pair of values of two factors occurs in one of these.
inline std::vector<RecurrenceCase> recurrence_pairwise_cases() {
  const auto factors = recurrence_factors();
  PairCover cover(factors);
  std::vector<RecurrenceCase> cases;
  for (std::size_t p = 0; p < 7; ++p)
    for (std::size_t q = p + 1; q < 7; ++q)
      for (std::size_t x = 0; x < factors[p]; ++x)
        for (std::size_t y = 0; y < factors[q]; ++y) {
          if (cover.has(p, x, q, y)) continue;
          const RecurrenceChoice c = fill_choice(cover, p, x, q, y, cases.size());
          cover.add(c);
          cases.push_back(recurrence_case(c));
        }
  return cases;
}

/// The full product.
inline std::vector<RecurrenceCase> recurrence_all_cases() {
  std::vector<RecurrenceCase> cases;
  const auto factors = recurrence_factors();
  RecurrenceChoice c{};
  for (;;) {
    cases.push_back(recurrence_case(c));
    std::size_t f = 0;
    while (f < 7 && ++c[f] == factors[f]) c[f++] = 0;
    if (f == 7) return cases;
  }
}

/// The inputs of a call and the gradients that flow into its backward pass.
struct RecurrenceProblem {
  std::vector<std::int64_t> cu_seqlens{};  // empty for equal sequences
  std::int64_t sequences = 0, time = 0, heads = 0, keys = 0, values = 0;
  kernels::RecurrenceMode mode{};
  std::vector<float> r{}, w{}, k{}, v{}, a{}, b{}, s0{}, dy{}, dsT{};  // s0, dsT: empty for null

  kernels::RecurrenceShape shape() const {
    return {sequences, time, heads, keys, values, cu_seqlens.empty() ? nullptr : cu_seqlens.data()};
  }
  std::int64_t tokens() const { return cu_seqlens.empty() ? sequences * time : time; }
  std::int64_t decays() const { return mode.decay_per_head ? 1 : keys; }  // per token and head
  std::int64_t state_size() const { return sequences * heads * values * keys; }
  /// First token and number of tokens of a sequence.
  std::pair<std::int64_t, std::int64_t> span(std::int64_t s) const {
    if (cu_seqlens.empty()) return {s * time, time};
    return {cu_seqlens[s], cu_seqlens[s + 1] - cu_seqlens[s]};
  }
};

/// The argument w that stands for the decay `w`.
inline double recurrence_decay_argument(kernels::Decay decay, double w) {
  return decay == kernels::Decay::direct ? w : wkv7_decay_argument(decay, w);
}

inline void draw_recurrence_decays(const RecurrenceRegime& regime, Wkv7Draw& draw, RecurrenceProblem& p) {
  p.w.resize(p.tokens() * p.heads * p.decays());
  for (float& x : p.w) {
    double w = regime.w;
    if (w == 0 && regime.decay == kernels::Decay::logit) {
      x = static_cast<float>(draw.normal() * 2);
      continue;
    }
    if (w == 0) w = regime.low + (1 - regime.low) * draw.uniform();
    if (draw.uniform() < regime.resets) w = 0;
    x = static_cast<float>(recurrence_decay_argument(regime.decay, w));
  }
}

inline void draw_recurrence_keys(const RecurrenceRegime& regime, double mean, Wkv7Draw& draw,
                                 RecurrenceProblem& p) {
  const std::int64_t rows = p.tokens() * p.heads, n = p.keys;
  const bool scaled = regime.decay == kernels::Decay::direct || regime.resets > 0;
  std::vector<std::vector<double>> directions;
  for (int q = 0; q < regime.keys; ++q) directions.push_back(draw.unit_vector(n, mean));
  for (auto* x : {&p.k, &p.a, &p.b}) x->resize(rows * n);
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto kappa =
        regime.keys == 0 ? draw.unit_vector(n, mean) : directions[draw.below(directions.size())];
    const double scale = 0.5 + draw.uniform();
    for (std::int64_t j = 0; j < n; ++j) {
      double w = 1;
      if (scaled) w = p.w[row * p.decays() + (p.mode.decay_per_head ? 0 : j)];
      if (scaled && regime.decay == kernels::Decay::log) w = std::exp(w);
      p.a[row * n + j] = static_cast<float>(-w * kappa[j]);
      p.b[row * n + j] =
          static_cast<float>((regime.removal < 0 ? draw.uniform() : regime.removal) * kappa[j]);
      p.k[row * n + j] =
          static_cast<float>(scale * kappa[j] + (regime.keys == 0 ? 0.3 * (draw.normal() + mean) : 0.0));
    }
  }
}

inline RecurrenceProblem make_recurrence_problem(const RecurrenceCase& c, std::uint64_t seed = 1) {
  RecurrenceProblem p;
  const auto [keys, values] = c.size;
  p.keys = keys, p.values = values;
  std::int64_t total = 0;
  bool is_short = false;  // has a sequence of one or two tokens
  for (const std::int64_t t : *c.layout) total += t, is_short |= t == 1 || t == 2;
  const bool dear = total * keys * values > 100 * 64 * 64;
  p.heads = dear ? 1 : keys * values <= 32 * 32 ? 3 : 2;
  if (c.layout->size() == 1) {
    p.sequences = dear ? 1 : 2, p.time = total;
  } else {
    p.sequences = static_cast<std::int64_t>(c.layout->size()), p.time = total;
    p.cu_seqlens = {0};
    for (const std::int64_t t : *c.layout) p.cu_seqlens.push_back(p.cu_seqlens.back() + t);
  }
  p.mode = {
      .decay = c.regime->decay, .decay_per_head = c.decay_per_head, .low_rank = c.low_rank, .read = c.read};
  Wkv7Draw draw(seed * 1000003 + total * 1009 + keys * 31 + values);
  // A tensor of one or two tokens is a product of inner products, and as ill-conditioned as they are: there
  // all vectors share a direction strongly enough that none of them vanishes by chance.
  const double mean = is_short ? 2 : 0;
  const std::int64_t rows = p.tokens() * p.heads;
  p.r = draw.normals(rows * keys, 1, mean);
  p.v = draw.normals(rows * values, c.regime->value_scale, mean);
  p.dy = draw.normals(rows * values, 1, mean);
  if (c.regime->decay != kernels::Decay::none) draw_recurrence_decays(*c.regime, draw, p);
  draw_recurrence_keys(*c.regime, mean, draw, p);
  if (c.states)
    p.s0 = draw.normals(p.state_size(), c.regime->value_scale, mean),
    p.dsT = draw.normals(p.state_size(), 1, mean);
  return p;
}

}  // namespace anser::tests
