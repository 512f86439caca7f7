#include "core/nn/stacked_rwkv7.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tanh.h>

#include <utility>

#include "core/base/error.h"
#include "core/ops/composed.h"

namespace anser::nn {
namespace {

/// x [M, .., in] times the transposed weights [M, out, in]: [M, rows, out].
at::Tensor project(const at::Tensor& x, const at::Tensor& weight) {
  return at::bmm(x.reshape({x.size(0), -1, x.size(-1)}), weight.transpose(1, 2));
}

/// x [M, .., in] times weights [M, in, out]: [M, rows, out].
at::Tensor times(const at::Tensor& x, const at::Tensor& weight) {
  return at::bmm(x.reshape({x.size(0), -1, x.size(-1)}), weight);
}

/// What stands one token before; zeros before the first. x [M, B, T, D].
at::Tensor one_back(const at::Tensor& x) {
  return at::constant_pad_nd(x, {0, 0, 1, -1});
}

}  // namespace

StackedRwkv7::StackedRwkv7(const Rwkv7Options& opts, std::map<std::string, at::Tensor> parameters)
    : options(opts), parameters_(std::move(parameters)) {}

const at::Tensor& StackedRwkv7::get(const std::string& name) const {
  const auto found = parameters_.find(name);
  require(found != parameters_.end(), "nn::StackedRwkv7", "the parameter {} is missing", name);
  return found->second;
}

/// Over the last axis of x [M, .., D].
at::Tensor StackedRwkv7::norm(const at::Tensor& x, const std::string& name) const {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape.front() = x.size(0), shape.back() = x.size(-1);
  return ops::composed::layer_norm(x, get(name + ".weight").view(shape), get(name + ".bias").view(shape));
}

at::Tensor StackedRwkv7::embed(const at::Tensor& tokens) const {
  at::Tensor table = get("emb.weight");  // [M, V, D]
  if (options.embedding_norm) table = norm(table, "blocks.0.ln0");
  const auto first = at::arange(table.size(0), tokens.options()).view({-1, 1, 1}) * options.vocabulary;
  return at::embedding(table.reshape({-1, options.width}), tokens + first);
}

at::Tensor StackedRwkv7::time_mix(const std::string& att, const at::Tensor& h, at::Tensor& v_first) const {
  const std::int64_t models = h.size(0), batch = h.size(1), time = h.size(2);
  const std::int64_t size = options.head_size, heads = options.width / size;
  const auto of = [&](const char* name) -> const at::Tensor& { return get(att + name); };
  const auto by_head = [&](const at::Tensor& x) { return x.view({models, batch, time, heads, size}); };
  const auto per_head = [&](const char* name) { return of(name).view({models, 1, 1, heads, size}); };
  const auto low_rank = [&](const char* bias, const at::Tensor& inner, const char* outer) {
    return at::baddbmm(of(bias).view({models, 1, options.width}), inner, of(outer));
  };

  const auto mu = at::stack({of("x_r"), of("x_w"), of("x_k"), of("x_v"), of("x_a"), of("x_g")});
  const auto mixed = h + (one_back(h) - h) * mu;  // [6, M, B, T, D]
  const auto r = project(mixed[0], of("receptance.weight"));
  const auto k = project(mixed[2], of("key.weight"));
  auto v = project(mixed[3], of("value.weight"));
  const auto decay_logit = low_rank("w0", at::tanh(times(mixed[1], of("w1"))), "w2");
  const auto icl_logit = low_rank("a0", times(mixed[4], of("a1")), "a2");
  const auto gate = times(at::sigmoid(times(mixed[5], of("g1"))), of("g2"));
  if (!v_first.defined())
    v_first = v;
  else
    v = at::addcmul(v, v_first - v, at::sigmoid(low_rank("v0", times(mixed[3], of("v1")), "v2")));

  const auto [k_tilde, a, b] = ops::composed::key_preparation(
      by_head(k), by_head(icl_logit), by_head(decay_logit), per_head("k_k"), per_head("k_a"), options.c);
  const auto sequences = [&](const at::Tensor& x) {
    return x.reshape({models * batch, time, heads, size}).contiguous();
  };
  const auto y = std::get<0>(ops::wkv7(sequences(r), sequences(decay_logit), sequences(k_tilde), sequences(v),
                                       sequences(a), sequences(b)));
  const auto read = ops::composed::read_out(by_head(y), by_head(r), k_tilde, by_head(v), by_head(gate),
                                            per_head("r_k"), per_head("ln_x.weight"), per_head("ln_x.bias"));
  return project(read.view(h.sizes()), of("output.weight")).view(h.sizes());
}

at::Tensor StackedRwkv7::channel_mix(const std::string& ffn, const at::Tensor& h) const {
  const auto mixed = h + (one_back(h) - h) * get(ffn + "x_k");
  const auto hidden = ops::composed::squared_relu(project(mixed, get(ffn + "key.weight")));
  return project(hidden, get(ffn + "value.weight")).view(h.sizes());
}

at::Tensor StackedRwkv7::forward(const at::Tensor& tokens) const {
  const std::int64_t models = get("emb.weight").size(0);
  require(tokens.dim() == 3 && tokens.size(0) == models, "nn::StackedRwkv7::forward",
          "tokens have {} axes and {} rows, wanted [{}, B, T]", tokens.dim(),
          tokens.dim() > 0 ? tokens.size(0) : 0, models);
  at::Tensor x = embed(tokens), v_first;
  for (std::int64_t layer = 0; layer < options.layers; ++layer) {
    const std::string block = fmt::format("blocks.{}.", layer);
    x = x + time_mix(block + "att.", norm(x, block + "ln1"), v_first);
    if (options.block_bias) x = x + get(block + "bias").view({models, 1, 1, -1});
    x = x + channel_mix(block + "ffn.", norm(x, block + "ln2"));
  }
  at::Tensor logits = project(norm(x, "ln_out"), get("head.weight"));
  if (options.head_bias) logits = logits + get("head.bias").unsqueeze(1);
  return logits.view({models, tokens.size(1), tokens.size(2), options.labels});
}

}  // namespace anser::nn
