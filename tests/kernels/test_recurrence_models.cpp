// The models that are cases of the generalised recurrence, each against its own published recurrence written
// out in a few lines of double (docs/math/recurrence.md section 4).
#include <complex>
#include <functional>

#include "kernels/recurrence.h"
#include "tests/support/catch.h"
#include "tests/support/wkv7_compare.h"

namespace anser::tests {
namespace {

using kernels::Decay;
using kernels::Read;
using kernels::RecurrenceMode;
using Row = std::vector<double>;

constexpr std::int64_t kT = 9, kH = 4, kK = 24, kV = 16;
constexpr double kBound = 1e-12;

/// Rows of `width` numbers, one per (token, head); the default is zeros.
struct Rows {
  std::int64_t width;
  Row data;
  explicit Rows(std::int64_t width, std::int64_t tokens = kT) : width(width), data(tokens * kH * width) {}
  double* at(std::int64_t t, std::int64_t h) { return data.data() + (t * kH + h) * width; }
  const double* at(std::int64_t t, std::int64_t h) const { return data.data() + (t * kH + h) * width; }
};

Rows drawn(std::int64_t width, std::uint64_t seed, std::int64_t tokens = kT) {
  Wkv7Draw draw(seed);
  Rows rows(width, tokens);
  for (double& x : rows.data) x = draw.normal();
  return rows;
}

/// Numbers in (low, high).
Rows drawn_in(double low, double high, std::int64_t width, std::uint64_t seed, std::int64_t tokens = kT) {
  Wkv7Draw draw(seed);
  Rows rows(width, tokens);
  for (double& x : rows.data) x = low + (high - low) * draw.uniform();
  return rows;
}

Rows unit_rows(std::uint64_t seed, std::int64_t tokens = kT) {
  Wkv7Draw draw(seed);
  Rows rows(kK, tokens);
  for (std::int64_t t = 0; t < tokens; ++t)
    for (std::int64_t h = 0; h < kH; ++h) {
      const auto x = draw.unit_vector(kK, 0);
      std::copy(x.begin(), x.end(), rows.at(t, h));
    }
  return rows;
}

/// rows[t, h, j] = f(t, h, j)
Rows made(std::int64_t width, const std::function<double(std::int64_t, std::int64_t, std::int64_t)>& f,
          std::int64_t tokens = kT) {
  Rows rows(width, tokens);
  for (std::int64_t t = 0; t < tokens; ++t)
    for (std::int64_t h = 0; h < kH; ++h)
      for (std::int64_t j = 0; j < width; ++j) rows.at(t, h)[j] = f(t, h, j);
  return rows;
}

double dot(const double* x, const double* y, std::int64_t n) {
  double sum = 0;
  for (std::int64_t j = 0; j < n; ++j) sum += x[j] * y[j];
  return sum;
}

/// The generalised recurrence in double, one sequence.
Rows generalised(const RecurrenceMode& mode, const Rows& r, const Rows& w, const Rows& k, const Rows& v,
                 const Rows& a = Rows(kK), const Rows& b = Rows(kK)) {
  const auto tokens = static_cast<std::int64_t>(r.data.size()) / (kH * kK);
  Rows y(kV, tokens);
  expect_ok(kernels::reference::recurrence_forward<double>(
      {1, tokens, kH, kK, kV}, mode,
      {r.data.data(), w.data.data(), k.data.data(), v.data.data(), a.data.data(), b.data.data(), nullptr},
      {.y = y.data.data()}));
  return y;
}

double difference(const Rows& got, const Rows& wanted) {
  double worst = 0, size = 0;
  REQUIRE(got.data.size() == wanted.data.size());
  for (std::size_t e = 0; e < got.data.size(); ++e) {
    worst = std::max(worst, std::abs(got.data[e] - wanted.data[e]));
    size = std::max(size, std::abs(wanted.data[e]));
  }
  return worst / size;
}

/// A state [V][K] stepped token by token: `step(S, t, h)` changes it, `read(S, t, h, y)` gives the output.
using State = std::array<std::array<double, kK>, kV>;
Rows published(const std::function<void(State&, std::int64_t, std::int64_t, double*)>& token) {
  Rows y(kV);
  for (std::int64_t h = 0; h < kH; ++h) {
    State S{};
    for (std::int64_t t = 0; t < kT; ++t) token(S, t, h, y.at(t, h));
  }
  return y;
}

void read_out(const State& S, const double* q, double* y) {
  for (std::int64_t i = 0; i < kV; ++i) y[i] = dot(S[i].data(), q, kK);
}

/// S <- S - beta (S k - v) k^T, the delta rule.
void delta_rule(State& S, double beta, const double* k, const double* v) {
  for (std::int64_t i = 0; i < kV; ++i) {
    const double error = dot(S[i].data(), k, kK) - v[i];
    for (std::int64_t j = 0; j < kK; ++j) S[i][j] -= beta * error * k[j];
  }
}

void scale(State& S, const std::function<double(std::int64_t)>& by) {
  for (auto& row : S)
    for (std::int64_t j = 0; j < kK; ++j) row[j] *= by(j);
}

void add_outer(State& S, const double* v, const double* k) {
  for (std::int64_t i = 0; i < kV; ++i)
    for (std::int64_t j = 0; j < kK; ++j) S[i][j] += v[i] * k[j];
}

// arXiv 2404.05892: y_t = r_t (S_{t-1} + diag(u) k_t^T v_t), S_t = diag(exp(-exp d_t)) S_{t-1} + k_t^T v_t.
TEST_CASE("RWKV-6 is the recurrence read before the update, with its bonus outside",
          "[kernels][recurrence][quick]") {
  const Rows r = drawn(kK, 1), k = drawn(kK, 2), v = drawn(kV, 3), d = drawn(kK, 4), bonus = drawn(kK, 5, 1);
  const Rows wanted = published([&](State& S, std::int64_t t, std::int64_t h, double* y) {
    State now = S;
    for (std::int64_t i = 0; i < kV; ++i)
      for (std::int64_t j = 0; j < kK; ++j) now[i][j] += bonus.at(0, h)[j] * k.at(t, h)[j] * v.at(t, h)[i];
    read_out(now, r.at(t, h), y);
    scale(S, [&](std::int64_t j) { return std::exp(-std::exp(d.at(t, h)[j])); });
    add_outer(S, v.at(t, h), k.at(t, h));
  });
  const Rows w = made(kK, [&](auto t, auto h, auto j) { return -std::exp(d.at(t, h)[j]); });
  Rows y = generalised({.decay = Decay::log, .low_rank = false, .read = Read::before}, r, w, k, v);
  for (std::int64_t t = 0; t < kT; ++t)
    for (std::int64_t h = 0; h < kH; ++h) {
      double scale = 0;
      for (std::int64_t j = 0; j < kK; ++j) scale += r.at(t, h)[j] * bonus.at(0, h)[j] * k.at(t, h)[j];
      for (std::int64_t i = 0; i < kV; ++i) y.at(t, h)[i] += scale * v.at(t, h)[i];
    }
  CHECK(difference(y, wanted) <= kBound);
}

Rows times(const Rows& beta, const Rows& k, double sign = 1) {
  const auto tokens = static_cast<std::int64_t>(beta.data.size()) / kH;
  return made(
      k.width, [&](auto t, auto h, auto j) { return sign * *beta.at(t, h) * k.at(t, h)[j]; }, tokens);
}

// arXiv 2406.06484, with beta up to 2 (arXiv 2411.12537).
TEST_CASE("DeltaNet with beta in (0, 2) is the recurrence without decay", "[kernels][recurrence][quick]") {
  const Rows q = drawn(kK, 1), k = unit_rows(2), v = drawn(kV, 3), beta = drawn_in(0, 2, 1, 4);
  const Rows wanted = published([&](State& S, std::int64_t t, std::int64_t h, double* y) {
    delta_rule(S, *beta.at(t, h), k.at(t, h), v.at(t, h));
    read_out(S, q.at(t, h), y);
  });
  const Rows minus_k = made(kK, [&](auto t, auto h, auto j) { return -k.at(t, h)[j]; });
  const Rows bk = times(beta, k);
  CHECK(difference(generalised({.decay = Decay::none}, q, Rows(kK), bk, v, minus_k, bk), wanted) <= kBound);
}

// arXiv 2412.06464: S_t = S_{t-1} alpha_t (I - beta_t k_t k_t^T) + beta_t v_t k_t^T.
TEST_CASE("Gated DeltaNet is the recurrence with one decay per head", "[kernels][recurrence][quick]") {
  const Rows q = drawn(kK, 1), k = unit_rows(2), v = drawn(kV, 3), beta = drawn_in(0, 1, 1, 4);
  const Rows alpha = drawn_in(.2, 1, 1, 5);
  const Rows wanted = published([&](State& S, std::int64_t t, std::int64_t h, double* y) {
    scale(S, [&](std::int64_t) { return *alpha.at(t, h); });
    delta_rule(S, *beta.at(t, h), k.at(t, h), v.at(t, h));
    read_out(S, q.at(t, h), y);
  });
  const Rows log_alpha = made(1, [&](auto t, auto h, auto) { return std::log(*alpha.at(t, h)); });
  const Rows bk = times(beta, k), a = times(alpha, k, -1);
  CHECK(difference(generalised({.decay = Decay::log, .decay_per_head = true}, q, log_alpha, bk, v, a, bk),
                   wanted) <= kBound);
}

// arXiv 2510.26692: S_t = (I - beta_t k_t k_t^T) diag(alpha_t) S_{t-1} + beta_t k_t v_t^T (state [K, V]).
TEST_CASE("KDA is the recurrence with one decay per channel", "[kernels][recurrence][quick]") {
  const Rows q = drawn(kK, 1), k = unit_rows(2), v = drawn(kV, 3), beta = drawn_in(0, 1, 1, 4);
  const Rows alpha = drawn_in(.2, 1, kK, 5);
  const Rows wanted = published([&](State& S, std::int64_t t, std::int64_t h, double* y) {
    scale(S, [&](std::int64_t j) { return alpha.at(t, h)[j]; });
    delta_rule(S, *beta.at(t, h), k.at(t, h), v.at(t, h));
    read_out(S, q.at(t, h), y);
  });
  const Rows w = made(kK, [&](auto t, auto h, auto j) { return std::log(alpha.at(t, h)[j]); });
  const Rows a = made(kK, [&](auto t, auto h, auto j) { return -alpha.at(t, h)[j] * k.at(t, h)[j]; });
  const Rows bk = times(beta, k);
  CHECK(difference(generalised({.decay = Decay::log}, q, w, bk, v, a, bk), wanted) <= kBound);
}

/// Each token becomes n micro-tokens; the gate stands on the first, or (wrongly) on each.
Rows delta_product(std::int64_t n, bool gate_each, const Rows& q, const Rows& gate, const Rows& k,
                   const Rows& v, const Rows& beta) {
  const auto g = [&](std::int64_t m, std::int64_t h) {
    return gate_each || m % n == 0 ? *gate.at(m / n, h) : 1.0;
  };
  const std::int64_t micro = kT * n;
  const Rows r = made(
      kK, [&](auto m, auto h, auto j) { return m % n == n - 1 ? q.at(m / n, h)[j] : 0.0; }, micro);
  const Rows w = made(
      1, [&](auto m, auto h, auto) { return std::log(g(m, h)); }, micro);
  const Rows a = made(
      kK, [&](auto m, auto h, auto j) { return -g(m, h) * k.at(m, h)[j]; }, micro);
  const Rows bk = times(beta, k);
  const Rows all = generalised({.decay = Decay::log, .decay_per_head = true}, r, w, bk, v, a, bk);
  return made(kV, [&](auto t, auto h, auto i) { return all.at(t * n + n - 1, h)[i]; });
}

// arXiv 2502.10297: H_{t,0} = g_t H_{t-1}, H_{t,j} = (I - beta_j k_j k_j^T) H_{t,j-1} + beta_j k_j v_j^T.
TEST_CASE("DeltaProduct of 1 to 4 factors is the recurrence on micro-tokens, the gate on the first only",
          "[kernels][recurrence][quick]") {
  for (std::int64_t n = 1; n <= 4; ++n) {
    const Rows q = drawn(kK, 1), k = unit_rows(2, kT * n), v = drawn(kV, 3, kT * n);
    const Rows beta = drawn_in(0, 2, 1, 4, kT * n), gate = drawn_in(.3, 1, 1, 5), ones = drawn_in(1, 1, 1, 5);
    for (const Rows* g : {&ones, &gate}) {
      const Rows wanted = published([&](State& S, std::int64_t t, std::int64_t h, double* y) {
        scale(S, [&](std::int64_t) { return *g->at(t, h); });
        for (std::int64_t j = 0; j < n; ++j)
          delta_rule(S, *beta.at(t * n + j, h), k.at(t * n + j, h), v.at(t * n + j, h));
        read_out(S, q.at(t, h), y);
      });
      CAPTURE(n, g == &gate);
      CHECK(difference(delta_product(n, false, q, *g, k, v, beta), wanted) <= kBound);
      if (n > 1 && g == &gate) CHECK(difference(delta_product(n, true, q, *g, k, v, beta), wanted) > 0.05);
    }
  }
}

// arXiv 2312.06635: S_t = diag(alpha_t) S_{t-1} + k_t^T v_t, o_t = q_t S_t (state [K, V]).
TEST_CASE("gated linear attention is the recurrence without its low-rank part",
          "[kernels][recurrence][quick]") {
  const Rows q = drawn(kK, 1), k = drawn(kK, 2), v = drawn(kV, 3), alpha = drawn_in(.1, 1, kK, 4);
  const Rows wanted = published([&](State& S, std::int64_t t, std::int64_t h, double* y) {
    scale(S, [&](std::int64_t j) { return alpha.at(t, h)[j]; });
    add_outer(S, v.at(t, h), k.at(t, h));
    read_out(S, q.at(t, h), y);
  });
  const Rows w = made(kK, [&](auto t, auto h, auto j) { return std::log(alpha.at(t, h)[j]); });
  CHECK(difference(generalised({.decay = Decay::log, .low_rank = false}, q, w, k, v), wanted) <= kBound);
  CHECK(difference(generalised({.decay = Decay::direct, .low_rank = false}, q, alpha, k, v), wanted) <=
        kBound);
}

/// Turns the pair (j, j + 1) of a row at place t by t * theta_j.
double turned(const Rows& x, std::int64_t t, std::int64_t h, std::int64_t j, const Row& theta) {
  const std::int64_t even = j / 2 * 2;
  const std::complex<double> z(x.at(t, h)[even], x.at(t, h)[even + 1]);
  const std::complex<double> turned = z * std::polar(1.0, static_cast<double>(t) * theta[j / 2]);
  return j == even ? turned.real() : turned.imag();
}

// arXiv 2307.08621, the parallel form: (Q K^H . D) V with D[n, m] = gamma^{n-m} for n >= m, Q and K turned.
TEST_CASE("RetNet's parallel form with its rotation is the recurrence with a constant decay per head",
          "[kernels][recurrence][quick]") {
  const Rows q = drawn(kK, 1), k = drawn(kK, 2), v = drawn(kV, 3);
  Row theta(kK / 2), gamma(kH);
  for (std::int64_t j = 0; j < kK / 2; ++j)
    theta[j] = std::pow(10000, -static_cast<double>(j) / (kK / 2 - 1.0));
  for (std::int64_t h = 0; h < kH; ++h) gamma[h] = 1 - std::exp2(-1.0 - static_cast<double>(h));
  const Rows wanted = made(kV, [&](auto n, auto h, auto i) {
    double sum = 0;
    for (std::int64_t m = 0; m <= n; ++m) {
      std::complex<double> score = 0;
      for (std::int64_t j = 0; j < kK; j += 2)
        score += std::complex<double>(q.at(n, h)[j], q.at(n, h)[j + 1]) *
                 std::conj(std::complex<double>(k.at(m, h)[j], k.at(m, h)[j + 1])) *
                 std::polar(1.0, static_cast<double>(n - m) * theta[j / 2]);
      sum += std::pow(gamma[h], n - m) * score.real() * v.at(m, h)[i];
    }
    return sum;
  });
  const Rows r = made(kK, [&](auto t, auto h, auto j) { return turned(q, t, h, j, theta); });
  const Rows key = made(kK, [&](auto t, auto h, auto j) { return turned(k, t, h, j, theta); });
  const Rows w = made(1, [&](auto, auto h, auto) { return std::log(gamma[h]); });
  CHECK(
      difference(generalised({.decay = Decay::log, .decay_per_head = true, .low_rank = false}, r, w, key, v),
                 wanted) <= kBound);
}

// arXiv 2405.21060, the quadratic (SSD) form: y_t = sum over s <= t of C_t B_s exp(sum of dt A over (s, t])
// dt_s x_s, plus D x_t. Two groups of two heads share B and C.
TEST_CASE("Mamba-2 with groups is the recurrence with B and C repeated over the heads of a group",
          "[kernels][recurrence][quick]") {
  const Rows B = drawn(kK, 1), C = drawn(kK, 2), x = drawn(kV, 3), dt = drawn_in(.01, 1, 1, 4);
  const Rows A = drawn_in(-4, -.1, 1, 5, 1), D = drawn(1, 6, 1), dy = drawn(kV, 7);
  const auto group = [](std::int64_t h) { return h / 2; };  // its B and C stand in the rows of head `group`
  const auto weight = [&](std::int64_t t, std::int64_t s, std::int64_t h) {
    double sum = 0;
    for (std::int64_t q = s + 1; q <= t; ++q) sum += *dt.at(q, h) * *A.at(0, h);
    return std::exp(sum) * *dt.at(s, h);
  };
  const Rows wanted = made(kV, [&](auto t, auto h, auto i) {
    double sum = *D.at(0, h) * x.at(t, h)[i];
    for (std::int64_t s = 0; s <= t; ++s)
      sum += dot(C.at(t, group(h)), B.at(s, group(h)), kK) * weight(t, s, h) * x.at(s, h)[i];
    return sum;
  });
  const Rows r = made(kK, [&](auto t, auto h, auto j) { return C.at(t, group(h))[j]; });
  const Rows k = made(kK, [&](auto t, auto h, auto j) { return B.at(t, group(h))[j]; });
  const Rows v = times(dt, x), w = made(1, [&](auto t, auto h, auto) { return *dt.at(t, h) * *A.at(0, h); });
  const RecurrenceMode mode{.decay = Decay::log, .decay_per_head = true, .low_rank = false};
  Rows y = generalised(mode, r, w, k, v);
  for (std::int64_t t = 0; t < kT; ++t)
    for (std::int64_t h = 0; h < kH; ++h)
      for (std::int64_t i = 0; i < kV; ++i) y.at(t, h)[i] += *D.at(0, h) * x.at(t, h)[i];
  CHECK(difference(y, wanted) <= kBound);

  // The gradient of a group's B is the sum of its heads' dk, in head order.
  Rows dr(kK), dw(1), dk(kK), dv(kV);
  const kernels::RecurrenceShape shape{1, kT, kH, kK, kV};
  Row workspace(kernels::reference::recurrence_workspace_size(shape));
  expect_ok(kernels::reference::recurrence_backward<double>(
      shape, mode, {r.data.data(), w.data.data(), k.data.data(), v.data.data()}, dy.data.data(), nullptr,
      {dr.data.data(), dw.data.data(), dk.data.data(), dv.data.data()}, workspace.data()));
  const Rows got = made(
      kK, [&](auto s, auto g, auto j) { return g >= 2 ? 0.0 : dk.at(s, 2 * g)[j] + dk.at(s, 2 * g + 1)[j]; });
  const Rows dB = made(kK, [&](auto s, auto g, auto j) {
    double sum = 0;
    for (std::int64_t h = 2 * g; g < 2 && h < 2 * g + 2; ++h)
      for (std::int64_t t = s; t < kT; ++t)
        sum += dot(dy.at(t, h), x.at(s, h), kV) * weight(t, s, h) * C.at(t, g)[j];
    return sum;
  });
  CHECK(difference(got, dB) <= kBound);
}

// arXiv 2411.12537: a diagonal model whose decay is 2 exp(dt A) - 1, in (-1, 1).
TEST_CASE("a diagonal model with decays in (-1, 1) is the recurrence with the decay itself",
          "[kernels][recurrence][quick]") {
  for (const std::int64_t width : {std::int64_t{1}, kK}) {
    const Rows C = drawn(kK, 1), B = drawn(kK, 2), x = drawn(kV, 3), dt = drawn_in(.01, 2, width, 4);
    const Rows A = drawn_in(-2, -.1, width, 5, 1);
    const auto lambda = [&](std::int64_t t, std::int64_t h, std::int64_t j) {
      const std::int64_t c = width == 1 ? 0 : j;
      return 2 * std::exp(dt.at(t, h)[c] * A.at(0, h)[c]) - 1;
    };
    const Rows wanted = published([&](State& S, std::int64_t t, std::int64_t h, double* y) {
      scale(S, [&](std::int64_t j) { return lambda(t, h, j); });
      add_outer(S, x.at(t, h), B.at(t, h));
      read_out(S, C.at(t, h), y);
    });
    const Rows w = made(width, lambda);
    CAPTURE(width);
    CHECK(std::any_of(w.data.begin(), w.data.end(), [](double e) { return e < -.3; }));
    CHECK(difference(generalised({.decay = Decay::direct, .decay_per_head = width == 1, .low_rank = false}, C,
                                 w, B, x),
                     wanted) <= kBound);
  }
}

// arXiv 2503.14456: S_t = S_{t-1} (diag(w_t) - c kappa_t^T (icl_t . kappa_t)) + v_t^T k_t, the transition
// written out as a K x K matrix.
TEST_CASE("RWKV-7 with c = 1, 2 and 1 + w is the recurrence with logits", "[kernels][recurrence][quick]") {
  const Rows r = drawn(kK, 1), k = drawn(kK, 2), v = drawn(kV, 3), d = drawn(kK, 4), kappa = unit_rows(5);
  const Rows icl = drawn_in(0, 1, kK, 6);
  const Rows w = made(
      kK, [&](auto t, auto h, auto j) { return std::exp(-std::exp(-0.5) / (1 + std::exp(-d.at(t, h)[j]))); });
  for (const int c : {1, 2, 3}) {
    const auto multiplier = [&](std::int64_t t, std::int64_t h, std::int64_t j) {
      return c == 3 ? 1 + w.at(t, h)[j] : c;
    };
    const auto removal = [&](std::int64_t t, std::int64_t h, std::int64_t j) {
      return multiplier(t, h, j) * icl.at(t, h)[j] * kappa.at(t, h)[j];
    };
    const Rows wanted = published([&](State& S, std::int64_t t, std::int64_t h, double* y) {
      State next{};
      for (std::int64_t i = 0; i < kV; ++i)
        for (std::int64_t j = 0; j < kK; ++j) {
          for (std::int64_t q = 0; q < kK; ++q)
            next[i][j] += S[i][q] * ((q == j ? w.at(t, h)[j] : 0) - kappa.at(t, h)[q] * removal(t, h, j));
          next[i][j] += v.at(t, h)[i] * k.at(t, h)[j];
        }
      S = next;
      read_out(S, r.at(t, h), y);
    });
    const Rows a = made(kK, [&](auto t, auto h, auto j) { return -kappa.at(t, h)[j]; });
    CAPTURE(c);
    CHECK(difference(generalised({}, r, d, k, v, a, made(kK, removal)), wanted) <= kBound);
  }
}

}  // namespace
}  // namespace anser::tests
