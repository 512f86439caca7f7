#include "core/nn/transformer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/chunk.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>
#include <optional>

#include "core/base/error.h"
#include "core/nn/precision.h"
#include "core/ops/ops.h"

namespace anser::nn {
namespace {

constexpr double kRotaryBase = 10000;

void check_options(const TransformerOptions& o) {
  constexpr const char* kWhere = "nn::make_transformer";
  require(o.layers >= 1 && o.layers <= 1024, kWhere, "L is {}, wanted 1..1024", o.layers);
  require(o.heads >= 1 && o.heads <= o.width, kWhere, "H is {}, wanted 1..{}", o.heads, o.width);
  require(o.width % o.heads == 0, kWhere, "D is {}, wanted a multiple of H = {}", o.width, o.heads);
  require(o.positions != Positions::rope || o.width / o.heads % 2 == 0, kWhere,
          "D / H is {}, wanted an even number for rotary positions", o.width / o.heads);
  require(o.vocabulary >= 1, kWhere, "vocabulary is {}, wanted at least 1", o.vocabulary);
  require(o.labels >= 1, kWhere, "labels is {}, wanted at least 1", o.labels);
}

/// Places of the keys and queries of one call: `past` tokens were read before, `fresh` are read now.
struct Window {
  std::int64_t past = 0, fresh = 0;
};

/// Rotates the halves (x1, x2) of each head by the angle position * base^(-2 i / d). x [B, H, T, d].
at::Tensor rotate(const at::Tensor& x, const Window& window) {
  const std::int64_t half = x.size(-1) / 2;
  const auto options = x.options().dtype(at::kDouble);
  const auto position = at::arange(window.past, window.past + window.fresh, options).unsqueeze(1);
  const auto exponent = at::arange(half, options) * (-1.0 / static_cast<double>(half));
  const auto angle = position * at::pow(kRotaryBase, exponent).unsqueeze(0);  // [T, d/2]
  const auto cosine = at::cos(angle).to(x.scalar_type()), sine = at::sin(angle).to(x.scalar_type());
  const auto parts = at::chunk(x, 2, -1);
  return at::cat({parts[0] * cosine - parts[1] * sine, parts[1] * cosine + parts[0] * sine}, -1);
}

/// Added to the scores: -inf where a key lies ahead of the query; ALiBi's slopes times distance. [H or 1, T,
/// P + T].
at::Tensor score_bias(const at::Tensor& like, const Window& window, std::int64_t heads, bool alibi) {
  const auto options = like.options();
  const auto key = at::arange(window.past + window.fresh, options).unsqueeze(0);
  const auto query = at::arange(window.past, window.past + window.fresh, options).unsqueeze(1);
  const auto distance = (key - query).unsqueeze(0);  // <= 0 for keys that may be seen
  const auto ahead = distance > 0;
  auto bias = at::zeros({alibi ? heads : 1, window.fresh, window.past + window.fresh}, options);
  if (alibi) {
    const auto index = at::arange(1, heads + 1, options.dtype(at::kDouble));
    const auto slope = at::pow(2.0, index * (-8.0 / static_cast<double>(heads))).to(like.scalar_type());
    bias = bias + slope.view({heads, 1, 1}) * distance;
  }
  return bias.masked_fill(ahead, -std::numeric_limits<double>::infinity());
}

class Transformer : public TabledModel {
 public:
  explicit Transformer(const TransformerOptions& options) : options_(options) {
    check_options(options_);
    const std::int64_t D = options_.width, F = options_.hidden_width();
    blocks_.resize(static_cast<std::size_t>(options_.layers));
    add_slot("emb.weight", &embedding_, {options_.vocabulary, D});
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const std::string prefix = fmt::format("blocks.{}.", i);
      Block& b = blocks_[i];
      add_slot(prefix + "ln1.weight", &b.ln1_weight, {D});
      add_slot(prefix + "ln1.bias", &b.ln1_bias, {D});
      add_slot(prefix + "ln2.weight", &b.ln2_weight, {D});
      add_slot(prefix + "ln2.bias", &b.ln2_bias, {D});
      add_slot(prefix + "att.qkv.weight", &b.qkv, {3 * D, D});
      add_slot(prefix + "att.output.weight", &b.output, {D, D});
      if (options_.mlp == MlpKind::swiglu) add_slot(prefix + "mlp.gate.weight", &b.gate, {F, D});
      add_slot(prefix + "mlp.up.weight", &b.up, {F, D});
      add_slot(prefix + "mlp.down.weight", &b.down, {D, F});
    }
    add_slot("ln_out.weight", &ln_out_weight_, {D});
    add_slot("ln_out.bias", &ln_out_bias_, {D});
    add_slot("head.weight", &head_, {options_.labels, D});
    allocate();
  }

  at::Tensor forward(const at::Tensor& tokens, ModelState* state) const override {
    check_tokens("nn::Transformer::forward", tokens, options_.vocabulary);
    const std::int64_t batch = tokens.size(0), time = tokens.size(1), D = options_.width;
    if (tokens.numel() == 0) return at::zeros({batch, time, options_.labels}, embedding_.options());
    const Rounding round(precision());
    Window window{.past = past_tokens(state, batch), .fresh = time};
    auto x = at::embedding(embedding_, tokens).view({batch * time, D});
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const Block& b = blocks_[i];
      const auto h = round(ops::layer_norm(x, b.ln1_weight, b.ln1_bias));
      x = round(x + attend(b, h, batch, window, state, i, round));
      x = round(x + mlp(b, round(ops::layer_norm(x, b.ln2_weight, b.ln2_bias)), round));
    }
    const auto out = round(ops::layer_norm(x, ln_out_weight_, ln_out_bias_));
    return round(at::linear(out, head_)).view({batch, time, options_.labels});
  }

  std::string id() const override { return print_transformer_id(options_); }
  std::int64_t vocabulary() const override { return options_.vocabulary; }
  std::int64_t labels() const override { return options_.labels; }

 private:
  struct Block {
    at::Tensor ln1_weight, ln1_bias, ln2_weight, ln2_bias, qkv, output, gate, up, down;
  };

  /// Tokens that `state` holds; allocates its places on a fresh word.
  std::int64_t past_tokens(ModelState* state, std::int64_t batch) const {
    if (state == nullptr || state->tensors.empty()) {
      if (state != nullptr) state->tensors.resize(2 * blocks_.size());
      return 0;
    }
    const auto& first = state->tensors.front();
    require(state->tensors.size() == 2 * blocks_.size() && first.defined() && first.size(0) == batch,
            "nn::Transformer::forward", "the state holds {} tensors of {} sequences, wanted {} of {}",
            state->tensors.size(), first.defined() ? first.size(0) : 0, 2 * blocks_.size(), batch);
    return first.size(2);
  }

  /// h [B*T, D] -> [B*T, D].
  at::Tensor attend(const Block& b, const at::Tensor& h, std::int64_t batch, const Window& window,
                    ModelState* state, std::size_t layer, const Rounding& round) const {
    const std::int64_t D = options_.width, H = options_.heads;
    const auto qkv =
        round(at::linear(h, b.qkv)).view({batch, window.fresh, 3, H, D / H}).permute({2, 0, 3, 1, 4});
    auto q = qkv[0], k = qkv[1], v = qkv[2];  // [B, H, T, D/H]
    if (options_.positions == Positions::rope) {
      q = round(rotate(q, window));
      k = round(rotate(k, window));
    }
    if (state != nullptr) {
      at::Tensor &keys = state->tensors[2 * layer], &values = state->tensors[2 * layer + 1];
      if (window.past > 0) {
        k = at::cat({keys, k}, 2);
        v = at::cat({values, v}, 2);
      }
      keys = k.detach();
      values = v.detach();
    }
    const bool alibi = options_.positions == Positions::alibi;
    const bool plain = !alibi && window.past == 0;
    const auto bias = plain ? std::nullopt : std::optional(score_bias(q, window, H, alibi));
    const auto out = at::scaled_dot_product_attention(q, k, v, bias, /*dropout_p=*/0, /*is_causal=*/plain);
    return round(at::linear(round(out.transpose(1, 2).reshape({batch * window.fresh, D})), b.output));
  }

  at::Tensor mlp(const Block& b, const at::Tensor& h, const Rounding& round) const {
    const auto up = round(at::linear(h, b.up));
    if (options_.mlp == MlpKind::gelu) return round(at::linear(round(at::gelu(up)), b.down));
    const auto gate = round(at::silu(round(at::linear(h, b.gate))));
    return round(at::linear(round(gate * up), b.down));
  }

  TransformerOptions options_;
  at::Tensor embedding_, ln_out_weight_, ln_out_bias_, head_;
  std::vector<Block> blocks_;
};

std::vector<float> gaussian(std::int64_t count, double deviation, Rng rng) {
  std::vector<float> out(static_cast<std::size_t>(count));
  for (float& x : out) x = static_cast<float>(deviation * rng.normal());
  return out;
}

}  // namespace

std::string print_transformer_id(const TransformerOptions& o) {
  const char* positions[] = {"rope", "nope", "alibi"};
  const char* mlps[] = {"gelu", "swiglu"};
  return print_id({"transformer",
                   {{"L", fmt::format("{}", o.layers)},
                    {"D", fmt::format("{}", o.width)},
                    {"H", fmt::format("{}", o.heads)},
                    {"positions", positions[static_cast<int>(o.positions)]},
                    {"mlp", mlps[static_cast<int>(o.mlp)]},
                    {"hidden", fmt::format("{}", o.hidden_width())}}});
}

TransformerOptions parse_transformer_id(const Id& id) {
  id.require_known({"L", "D", "H", "positions", "mlp", "hidden"});
  TransformerOptions o;
  o.layers = id.get_int("L", o.layers, 1, 1024);
  o.width = id.get_int("D", o.width, 1, 65536);
  o.heads = id.get_int("H", o.heads, 1, 1024);
  o.hidden = id.get_int("hidden", 4 * o.width, 1, 1 << 20);
  const std::string positions = id.get("positions", "rope"), mlp = id.get("mlp", "gelu");
  if (positions == "nope")
    o.positions = Positions::nope;
  else if (positions == "alibi")
    o.positions = Positions::alibi;
  else
    require(positions == "rope", print_id(id), "positions is '{}'{}", positions,
            suggest(positions, {"rope", "nope", "alibi"}));
  if (mlp == "swiglu")
    o.mlp = MlpKind::swiglu;
  else
    require(mlp == "gelu", print_id(id), "mlp is '{}'{}", mlp, suggest(mlp, {"gelu", "swiglu"}));
  return o;
}

std::unique_ptr<TabledModel> make_transformer(const TransformerOptions& options) {
  return std::make_unique<Transformer>(options);
}

std::vector<float> initial_transformer_value(const TransformerOptions& options, const std::string& name,
                                             const std::vector<std::int64_t>& shape, const Rng& init) {
  if (shape.size() == 1)
    return std::vector<float>(static_cast<std::size_t>(shape[0]), name.ends_with(".weight") ? 1.0F : 0.0F);
  double deviation = 1 / std::sqrt(static_cast<double>(shape[1]));
  if (name == "emb.weight") deviation = 1;
  if (name == "head.weight") deviation = 0.02;
  if (name.ends_with("att.output.weight") || name.ends_with("mlp.down.weight"))
    deviation /= std::sqrt(2.0 * static_cast<double>(options.layers));
  return gaussian(shape[0] * shape[1], deviation, init.split(name));
}

}  // namespace anser::nn
