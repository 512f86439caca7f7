#include "tests/kernels/fused_cases.h"

#include <type_traits>

#include "kernels/fused/key_preparation.h"
#include "kernels/fused/layer_norm.h"
#include "kernels/fused/read_out.h"
#include "kernels/fused/squared_relu.h"
#include "kernels/fused/token_shift.h"

namespace anser::kernels::fused::tests {
namespace {

template <typename Real>
constexpr bool kFast = std::is_same_v<Real, float>;

// Both instances of a generic forward and backward: float the fast kernel, double the reference.
template <class Forward, class Backward>
void define(OperatorCase& c, const Forward& forward, const Backward& backward) {
  c.fast = {forward, backward};
  c.reference = {forward, backward};
}

// Not a number: every element must be overwritten.
template <typename Real>
std::vector<Real> unwritten(std::size_t n) {
  return std::vector<Real>(n, std::numeric_limits<Real>::quiet_NaN());
}

OperatorCase token_shift_case(std::int64_t rows, std::int64_t width, bool with_previous,
                              std::mt19937& generator) {
  const std::int64_t batch = rows % 3 == 0 ? 3 : 1;
  const TokenShiftShape s{batch, rows / batch, width, 6};
  OperatorCase c{.name = with_previous ? "token_shift with predecessor" : "token_shift",
                 .input_names = {"x", "mu", "previous"},
                 .inputs = {normal(rows * width, generator), normal(6 * width, generator),
                            normal(with_previous ? batch * width : 0, generator)},
                 .differentiable = 2,
                 .output_names = {"out"}};
  define(
      c,
      [s]<typename Real>(const Arrays<Real>& in) {
        Arrays<Real> out{unwritten<Real>(6 * in[0].size())};
        const Real* previous = in[2].empty() ? nullptr : in[2].data();
        if constexpr (kFast<Real>)
          token_shift_forward(s, in[0].data(), previous, in[1].data(), out[0].data());
        else
          reference::token_shift_forward(s, in[0].data(), previous, in[1].data(), out[0].data());
        return out;
      },
      [s]<typename Real>(const Arrays<Real>& in, const Arrays<Real>& d) {
        Arrays<Real> g{unwritten<Real>(in[0].size()), unwritten<Real>(in[1].size())};
        const Real* previous = in[2].empty() ? nullptr : in[2].data();
        if constexpr (kFast<Real>)
          token_shift_backward(s, in[0].data(), previous, in[1].data(), d[0].data(), g[0].data(),
                               g[1].data());
        else
          reference::token_shift_backward(s, in[0].data(), previous, in[1].data(), d[0].data(), g[0].data(),
                                          g[1].data());
        return g;
      });
  return c;
}

OperatorCase key_preparation_case(std::int64_t rows, std::int64_t size, Multiplier multiplier,
                                  std::mt19937& generator) {
  const KeyPreparationShape s{rows, 2, size};
  const std::size_t n = rows * 2 * size;
  OperatorCase c{.name = "key_preparation",
                 .input_names = {"k", "icl_logit", "decay_logit", "k_k", "k_a"},
                 .inputs = {normal(n, generator), normal(n, generator, 3), normal(n, generator, 3),
                            normal(2 * size, generator), normal(2 * size, generator)},
                 .differentiable = 5,
                 .output_names = {"k_tilde", "a", "b"}};
  c.name += multiplier == Multiplier::one   ? ", c = 1"
            : multiplier == Multiplier::two ? ", c = 2"
                                            : ", c = 1 + w";
  define(
      c,
      [s, n, multiplier]<typename Real>(const Arrays<Real>& in) {
        Arrays<Real> out{unwritten<Real>(n), unwritten<Real>(n), unwritten<Real>(n)};
        const KeyPreparationInputs<Real> inputs{in[0].data(), in[1].data(), in[2].data(), in[3].data(),
                                                in[4].data()};
        const KeyPreparationOutputs<Real> outputs{out[0].data(), out[1].data(), out[2].data()};
        if constexpr (kFast<Real>)
          key_preparation_forward(s, multiplier, inputs, outputs);
        else
          reference::key_preparation_forward(s, multiplier, inputs, outputs);
        return out;
      },
      [s, multiplier]<typename Real>(const Arrays<Real>& in, const Arrays<Real>& d) {
        Arrays<Real> g;
        for (const auto& x : in) g.push_back(unwritten<Real>(x.size()));
        const KeyPreparationInputs<Real> inputs{in[0].data(), in[1].data(), in[2].data(), in[3].data(),
                                                in[4].data()};
        const KeyPreparationOutputs<const Real> douts{d[0].data(), d[1].data(), d[2].data()};
        const KeyPreparationGradients<Real> grads{g[0].data(), g[1].data(), g[2].data(), g[3].data(),
                                                  g[4].data()};
        if constexpr (kFast<Real>)
          key_preparation_backward(s, multiplier, inputs, douts, grads);
        else
          reference::key_preparation_backward(s, multiplier, inputs, douts, grads);
        return g;
      });
  return c;
}

OperatorCase read_out_case(std::int64_t rows, std::int64_t size, std::mt19937& generator) {
  const ReadOutShape s{rows, 2, size};
  const std::size_t n = rows * 2 * size;
  OperatorCase c{.name = "read_out",
                 .input_names = {"y", "r", "k_tilde", "v", "gate", "r_k", "norm_weight", "norm_bias"},
                 .differentiable = 8,
                 .output_names = {"out"}};
  for (int i = 0; i < 5; ++i) c.inputs.push_back(normal(n, generator));
  for (int i = 0; i < 3; ++i) c.inputs.push_back(normal(2 * size, generator));
  const auto bind = []<typename Real>(const Arrays<Real>& in) {
    return ReadOutInputs<Real>{in[0].data(), in[1].data(), in[2].data(), in[3].data(),
                               in[4].data(), in[5].data(), in[6].data(), in[7].data()};
  };
  define(
      c,
      [s, n, bind]<typename Real>(const Arrays<Real>& in) {
        Arrays<Real> out{unwritten<Real>(n)};
        if constexpr (kFast<Real>)
          read_out_forward(s, bind(in), out[0].data());
        else
          reference::read_out_forward(s, bind(in), out[0].data());
        return out;
      },
      [s, bind]<typename Real>(const Arrays<Real>& in, const Arrays<Real>& d) {
        Arrays<Real> g;
        for (const auto& x : in) g.push_back(unwritten<Real>(x.size()));
        const ReadOutGradients<Real> grads{g[0].data(), g[1].data(), g[2].data(), g[3].data(),
                                           g[4].data(), g[5].data(), g[6].data(), g[7].data()};
        if constexpr (kFast<Real>)
          read_out_backward(s, bind(in), d[0].data(), grads);
        else
          reference::read_out_backward(s, bind(in), d[0].data(), grads);
        return g;
      });
  return c;
}

OperatorCase layer_norm_case(std::int64_t rows, std::int64_t width, std::mt19937& generator) {
  OperatorCase c{
      .name = "layer_norm",
      .input_names = {"x", "weight", "bias"},
      .inputs = {normal(rows * width, generator), normal(width, generator), normal(width, generator)},
      .differentiable = 3,
      .output_names = {"out"}};
  define(
      c,
      [rows, width]<typename Real>(const Arrays<Real>& in) {
        Arrays<Real> out{unwritten<Real>(in[0].size())};
        if constexpr (kFast<Real>)
          layer_norm_forward(rows, width, in[0].data(), in[1].data(), in[2].data(), out[0].data());
        else
          reference::layer_norm_forward(rows, width, in[0].data(), in[1].data(), in[2].data(), out[0].data());
        return out;
      },
      [rows, width]<typename Real>(const Arrays<Real>& in, const Arrays<Real>& d) {
        Arrays<Real> g;
        for (const auto& x : in) g.push_back(unwritten<Real>(x.size()));
        const auto run = [&](auto function) {
          function(rows, width, in[0].data(), in[1].data(), d[0].data(), g[0].data(), g[1].data(),
                   g[2].data());
        };
        if constexpr (kFast<Real>)
          run(layer_norm_backward);
        else
          run(reference::layer_norm_backward<Real>);
        return g;
      });
  return c;
}

OperatorCase squared_relu_case(std::int64_t rows, std::int64_t width, std::mt19937& generator) {
  OperatorCase c{.name = "squared_relu",
                 .input_names = {"x"},
                 .inputs = {normal(rows * width, generator)},
                 .differentiable = 1,
                 .output_names = {"out"}};
  // Finite differences must not step over 0, where the second derivative jumps.
  for (float& x : c.inputs[0]) x += std::copysign(0.05f, x);
  define(
      c,
      []<typename Real>(const Arrays<Real>& in) {
        Arrays<Real> out{unwritten<Real>(in[0].size())};
        if constexpr (kFast<Real>)
          squared_relu_forward(in[0].size(), in[0].data(), out[0].data());
        else
          reference::squared_relu_forward(in[0].size(), in[0].data(), out[0].data());
        return out;
      },
      []<typename Real>(const Arrays<Real>& in, const Arrays<Real>& d) {
        Arrays<Real> g{unwritten<Real>(in[0].size())};
        if constexpr (kFast<Real>)
          squared_relu_backward(in[0].size(), in[0].data(), d[0].data(), g[0].data());
        else
          reference::squared_relu_backward(in[0].size(), in[0].data(), d[0].data(), g[0].data());
        return g;
      });
  return c;
}

}  // namespace

std::vector<OperatorCase> operator_cases(std::int64_t rows, std::int64_t width, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<OperatorCase> cases;
  cases.push_back(token_shift_case(rows, width, false, generator));
  cases.push_back(token_shift_case(rows, width, true, generator));
  for (const Multiplier c : {Multiplier::one, Multiplier::two, Multiplier::one_plus_decay})
    cases.push_back(key_preparation_case(rows, width, c, generator));
  cases.push_back(read_out_case(rows, width, generator));
  cases.push_back(layer_norm_case(rows, width, generator));
  cases.push_back(squared_relu_case(rows, width, generator));
  return cases;
}

}  // namespace anser::kernels::fused::tests
