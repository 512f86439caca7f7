#include "tests/kernels/fused_cases.h"

#include <type_traits>

#include "kernels/fused/embedding.h"
#include "kernels/fused/gates.h"
#include "kernels/fused/gemm.h"
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

// Room for gradients: those of the first `rows` inputs are overwritten, those of the parameters behind added
// to.
template <typename Real>
Arrays<Real> row_and_parameter_gradients(const Arrays<Real>& in, std::size_t rows) {
  Arrays<Real> g;
  for (std::size_t i = 0; i < in.size(); ++i)
    g.push_back(i < rows ? unwritten<Real>(in[i].size()) : std::vector<Real>(in[i].size()));
  return g;
}

OperatorCase token_shift_case(std::int64_t rows, std::int64_t width, bool with_previous,
                              std::mt19937& generator) {
  const std::int64_t batch = rows % 3 == 0 ? 3 : 1;
  const TokenShiftShape s{batch, rows / batch, width, 6};
  OperatorCase c{.name = with_previous ? "token_shift with predecessor" : "token_shift",
                 .input_names = {"x", "mu", "previous"},
                 .inputs = {normal(rows * width, generator), normal(6 * width, generator),
                            normal(with_previous ? batch * width : 0, generator)},
                 .differentiable = with_previous ? 3U : 2U,
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
        Arrays<Real> g{unwritten<Real>(in[0].size()), std::vector<Real>(in[1].size())};
        if (!in[2].empty()) g.push_back(unwritten<Real>(in[2].size()));
        const Real* previous = in[2].empty() ? nullptr : in[2].data();
        Real* dprevious = in[2].empty() ? nullptr : g[2].data();
        if constexpr (kFast<Real>)
          token_shift_backward(s, in[0].data(), previous, in[1].data(), d[0].data(), g[0].data(), g[1].data(),
                               dprevious);
        else
          reference::token_shift_backward(s, in[0].data(), previous, in[1].data(), d[0].data(), g[0].data(),
                                          g[1].data(), dprevious);
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
        Arrays<Real> g = row_and_parameter_gradients(in, 3);
        std::vector<Real> workspace = unwritten<Real>(key_preparation_workspace_size(s));
        const KeyPreparationInputs<Real> inputs{in[0].data(), in[1].data(), in[2].data(), in[3].data(),
                                                in[4].data()};
        const KeyPreparationOutputs<const Real> douts{d[0].data(), d[1].data(), d[2].data()};
        const KeyPreparationGradients<Real> grads{g[0].data(), g[1].data(), g[2].data(),
                                                  g[3].data(), g[4].data(), workspace.data()};
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
        Arrays<Real> g = row_and_parameter_gradients(in, 5);
        std::vector<Real> workspace = unwritten<Real>(read_out_workspace_size(s));
        const ReadOutGradients<Real> grads{g[0].data(), g[1].data(), g[2].data(),
                                           g[3].data(), g[4].data(), g[5].data(),
                                           g[6].data(), g[7].data(), workspace.data()};
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
      .name = "layer_norm with what goes past it",
      .input_names = {"x", "weight", "bias"},
      .inputs = {normal(rows * width, generator), normal(width, generator), normal(width, generator)},
      .differentiable = 3,
      .output_names = {"out", "x"}};
  define(
      c,
      [rows, width]<typename Real>(const Arrays<Real>& in) {
        Arrays<Real> out{unwritten<Real>(in[0].size()), in[0]};
        if constexpr (kFast<Real>)
          layer_norm_forward(rows, width, in[0].data(), in[1].data(), in[2].data(), out[0].data());
        else
          reference::layer_norm_forward(rows, width, in[0].data(), in[1].data(), in[2].data(), out[0].data());
        return out;
      },
      [rows, width]<typename Real>(const Arrays<Real>& in, const Arrays<Real>& d) {
        Arrays<Real> g = row_and_parameter_gradients(in, 1);
        std::vector<Real> workspace = unwritten<Real>(2 * width);
        const auto run = [&](auto function, auto... last) {
          function(rows, width, in[0].data(), in[1].data(), d[0].data(), d[1].data(), g[0].data(),
                   g[1].data(), g[2].data(), last...);
        };
        if constexpr (kFast<Real>)
          run(layer_norm_backward, workspace.data());
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

// The forward pass writes f(x); the backward pass reads f(x), not x.
template <class Forward, class Backward, class ReferenceForward, class ReferenceBackward>
OperatorCase activation_case(const char* name, std::int64_t rows, std::int64_t width, std::mt19937& generator,
                             const Forward& fast, const Backward& fast_slope,
                             const ReferenceForward& reference, const ReferenceBackward& reference_slope) {
  OperatorCase c{.name = name,
                 .input_names = {"x"},
                 .inputs = {normal(rows * width, generator, 2)},
                 .differentiable = 1,
                 .output_names = {"out"}};
  define(
      c,
      [=]<typename Real>(const Arrays<Real>& in) {
        Arrays<Real> out{unwritten<Real>(in[0].size())};
        if constexpr (kFast<Real>)
          fast(in[0].size(), in[0].data(), out[0].data());
        else
          reference(in[0].size(), in[0].data(), out[0].data());
        return out;
      },
      [=]<typename Real>(const Arrays<Real>& in, const Arrays<Real>& d) {
        std::vector<Real> out(in[0].size());
        Arrays<Real> g{unwritten<Real>(in[0].size())};
        if constexpr (kFast<Real>) {
          fast(in[0].size(), in[0].data(), out.data());
          fast_slope(in[0].size(), out.data(), d[0].data(), g[0].data());
        } else {
          reference(in[0].size(), in[0].data(), out.data());
          reference_slope(in[0].size(), out.data(), d[0].data(), g[0].data());
        }
        return g;
      });
  return c;
}

OperatorCase value_mix_case(std::int64_t rows, std::int64_t width, std::mt19937& generator) {
  const std::size_t n = rows * width;
  OperatorCase c{.name = "value_mix",
                 .input_names = {"own", "first", "z"},
                 .inputs = {normal(n, generator), normal(n, generator), normal(n, generator, 3)},
                 .differentiable = 3,
                 .output_names = {"v"}};
  define(
      c,
      [n]<typename Real>(const Arrays<Real>& in) {
        Arrays<Real> out{unwritten<Real>(n)};
        if constexpr (kFast<Real>)
          value_mix_forward(n, in[0].data(), in[1].data(), in[2].data(), out[0].data());
        else
          reference::value_mix_forward(n, in[0].data(), in[1].data(), in[2].data(), out[0].data());
        return out;
      },
      [n]<typename Real>(const Arrays<Real>& in, const Arrays<Real>& d) {
        Arrays<Real> g{unwritten<Real>(n), unwritten<Real>(n), unwritten<Real>(n)};
        if constexpr (kFast<Real>)
          value_mix_backward(n, in[0].data(), in[1].data(), in[2].data(), d[0].data(), g[0].data(),
                             g[1].data(), g[2].data());
        else
          reference::value_mix_backward(n, in[0].data(), in[1].data(), in[2].data(), d[0].data(), g[0].data(),
                                        g[1].data(), g[2].data());
        return g;
      });
  return c;
}

OperatorCase embedding_case(std::int64_t rows, std::int64_t width, std::mt19937& generator) {
  constexpr std::int64_t kVocabulary = 11;
  std::vector<std::int64_t> ids(rows);
  for (auto& id : ids) id = generator() % kVocabulary;
  OperatorCase c{.name = "embedding",
                 .input_names = {"table"},
                 .inputs = {normal(kVocabulary * width, generator)},
                 .differentiable = 1,
                 .output_names = {"out"}};
  define(
      c,
      [=]<typename Real>(const Arrays<Real>& in) {
        Arrays<Real> out{unwritten<Real>(rows * width)};
        if constexpr (kFast<Real>)
          embedding_forward(rows, width, ids.data(), in[0].data(), out[0].data());
        else
          reference::embedding_forward(rows, width, ids.data(), in[0].data(), out[0].data());
        return out;
      },
      [=]<typename Real>(const Arrays<Real>& in, const Arrays<Real>& d) {
        Arrays<Real> g{std::vector<Real>(in[0].size())};
        if constexpr (kFast<Real>)
          embedding_backward(rows, width, ids.data(), d[0].data(), g[0].data());
        else
          reference::embedding_backward(rows, width, ids.data(), d[0].data(), g[0].data());
        return g;
      });
  return c;
}

// b seen the other way round.
Major turned(Major major) {
  return major == Major::input ? Major::output : Major::input;
}

// x B + bias by a packed matrix in float, by the definition in double.
template <typename Real>
std::vector<Real> product(std::int64_t rows, std::int64_t inner, std::int64_t columns, Major major,
                          const std::vector<Real>& x, const std::vector<Real>& b, const Real* bias) {
  std::vector<Real> y = unwritten<Real>(rows * columns);
  if constexpr (kFast<Real>) {
    std::vector<float> packed(packed_size(inner, columns));
    pack(inner, columns, major, b.data(), major == Major::input ? columns : inner, packed.data());
    multiply(rows, inner, columns, x.data(), packed.data(), {.bias = bias}, y.data());
  } else {
    reference::multiply(rows, inner, columns, major, x.data(), b.data(), bias, y.data());
  }
  return y;
}

OperatorCase linear_case(std::int64_t rows, std::int64_t inner, std::int64_t columns, Major major,
                         std::mt19937& generator) {
  OperatorCase c{.name = major == Major::output ? "linear" : "linear, input-major",
                 .input_names = {"x", "matrix", "bias"},
                 .inputs = {normal(rows * inner, generator), normal(inner * columns, generator),
                            normal(columns, generator)},
                 .differentiable = 3,
                 .output_names = {"out"},
                 .fused_multiply_add = true};
  define(
      c,
      [=]<typename Real>(const Arrays<Real>& in) {
        return Arrays<Real>{product(rows, inner, columns, major, in[0], in[1], in[2].data())};
      },
      [=]<typename Real>(const Arrays<Real>& in, const Arrays<Real>& d) {
        Arrays<Real> g{product<Real>(rows, columns, inner, turned(major), d[0], in[1], nullptr),
                       std::vector<Real>(in[1].size()), std::vector<Real>(in[2].size())};
        const bool output = major == Major::output;
        const std::int64_t height = output ? columns : inner, width = output ? inner : columns;
        const auto &left = output ? d[0] : in[0], &right = output ? in[0] : d[0];
        const std::vector<Real> ones(rows, Real(1));
        if constexpr (kFast<Real>) {
          add_outer_products(rows, height, width, left.data(), right.data(), g[1].data(), width);
          add_column_sums(rows, columns, d[0].data(), g[2].data());
        } else {
          reference::add_outer_products(rows, height, width, left.data(), right.data(), g[1].data());
          reference::add_outer_products(rows, 1, columns, ones.data(), d[0].data(), g[2].data());
        }
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
  cases.push_back(activation_case("tanh", rows, width, generator, tanh_forward, tanh_backward,
                                  reference::tanh_forward<double>, reference::tanh_backward<double>));
  cases.push_back(activation_case("sigmoid", rows, width, generator, sigmoid_forward, sigmoid_backward,
                                  reference::sigmoid_forward<double>, reference::sigmoid_backward<double>));
  cases.push_back(value_mix_case(rows, width, generator));
  cases.push_back(embedding_case(rows, width, generator));
  cases.push_back(linear_case(rows, width, 19, Major::output, generator));
  cases.push_back(linear_case(rows, width, 70, Major::input, generator));
  return cases;
}

}  // namespace anser::kernels::fused::tests
