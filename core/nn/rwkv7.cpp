#include "core/nn/rwkv7.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/add.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/linear.h>

#include "core/base/error.h"
#include "core/ops/block.h"
#include "core/ops/channel_mix_block.h"
#include "core/ops/norm_linear.h"

namespace anser::nn {
namespace {

constexpr std::size_t kTensorsPerLayer = 3;  // att shift, WKV, ffn shift

void check_options(const Rwkv7Options& o) {
  const auto in_range = [](const char* field, std::int64_t value, std::int64_t lo, std::int64_t hi) {
    require(value >= lo && value <= hi, "nn::Rwkv7Model", "{} is {}, wanted {}..{}", field, value, lo, hi);
  };
  in_range("L", o.layers, 1, 1024);
  in_range("D", o.width, 8, 65536);
  in_range("N", o.head_size, 8, 128);
  in_range("vocabulary", o.vocabulary, 1, 1 << 24);
  in_range("labels", o.labels, 1, 1 << 24);
  in_range("hidden", o.hidden, 0, 1 << 20);
  for (const std::int64_t rank : {o.rank_w, o.rank_a, o.rank_v, o.rank_g}) in_range("ranks", rank, 1, 65536);
  require(o.head_size % 8 == 0, "nn::Rwkv7Model", "N is {}, wanted a multiple of 8", o.head_size);
  require(o.width % o.head_size == 0, "nn::Rwkv7Model", "D is {}, wanted a multiple of N = {}", o.width,
          o.head_size);
}

/// Layer norm of the last axis of x [.., D].
at::Tensor norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return ops::layer_norm(x.view({-1, x.size(-1)}), weight, bias).view(x.sizes());
}

/// The block-level operators are for narrow models: they pack every matrix at every call and block their
/// products for the inner caches alone.
bool suits_blocks(const at::Tensor& table, std::int64_t rows) {
  const std::int64_t width = table.size(1);
  return ops::runs_blocks(table) && (width <= 64 || (width <= 256 && rows >= 32));
}

/// Layer `layer` of a state, checked against the model; empty for a fresh word.
TimeMixState time_mix_state(const ModelState& state, std::size_t layer) {
  if (state.tensors.empty()) return {};
  return {state.tensors[kTensorsPerLayer * layer], state.tensors[kTensorsPerLayer * layer + 1]};
}

at::Tensor channel_mix_state(const ModelState& state, std::size_t layer) {
  return state.tensors.empty() ? at::Tensor() : state.tensors[kTensorsPerLayer * layer + 2];
}

void check_state(const ModelState& state, const Rwkv7Options& o, std::int64_t batch) {
  if (state.tensors.empty()) return;
  const std::size_t wanted = kTensorsPerLayer * static_cast<std::size_t>(o.layers);
  require(state.tensors.size() == wanted, "nn::Rwkv7Model::forward", "the state holds {} tensors, wanted {}",
          state.tensors.size(), wanted);
  for (const at::Tensor& tensor : state.tensors)
    require(tensor.defined() && tensor.dim() > 0 && tensor.size(0) == batch, "nn::Rwkv7Model::forward",
            "the state is one of {} sequences, wanted {}", tensor.defined() ? tensor.size(0) : 0, batch);
}

}  // namespace

Rwkv7Model::Rwkv7Model(const Rwkv7Options& opts) : options(opts) {
  check_options(options);
  const std::int64_t D = options.width;
  blocks_.resize(static_cast<std::size_t>(options.layers));
  add_slot("emb.weight", &embedding_, {options.vocabulary, D});
  for (std::size_t layer = 0; layer < blocks_.size(); ++layer) list_block(layer);
  add_slot("ln_out.weight", &ln_out_weight_, {D});
  add_slot("ln_out.bias", &ln_out_bias_, {D});
  add_slot("head.weight", &head_, {options.labels, D});
  if (options.head_bias) add_slot("head.bias", &head_bias_, {options.labels});
  allocate();
}

void Rwkv7Model::list_block(std::size_t layer) {
  const std::int64_t D = options.width, N = options.head_size;
  const std::string block = fmt::format("blocks.{}.", layer), att = block + "att.", ffn = block + "ffn.";
  Block& b = blocks_[layer];
  TimeMix& t = b.time_mix;
  t.c = options.c;
  if (layer == 0 && options.embedding_norm) {
    add_slot(block + "ln0.weight", &ln0_weight_, {D});
    add_slot(block + "ln0.bias", &ln0_bias_, {D});
  }
  add_slot(block + "ln1.weight", &b.ln1_weight, {D});
  add_slot(block + "ln1.bias", &b.ln1_bias, {D});
  add_slot(block + "ln2.weight", &b.ln2_weight, {D});
  add_slot(block + "ln2.bias", &b.ln2_bias, {D});
  const auto channels = [&](const char* name, at::Tensor* tensor) {
    add_slot(att + name, tensor, {1, 1, D});
  };
  channels("x_r", &t.x_r);
  channels("x_w", &t.x_w);
  channels("x_k", &t.x_k);
  channels("x_v", &t.x_v);
  channels("x_a", &t.x_a);
  channels("x_g", &t.x_g);
  const auto low_rank = [&](char letter, std::int64_t rank, at::Tensor* inner, at::Tensor* outer) {
    add_slot(fmt::format("{}{}1", att, letter), inner, {D, rank});
    add_slot(fmt::format("{}{}2", att, letter), outer, {rank, D});
  };
  channels("w0", &t.w0);
  low_rank('w', options.rank_w, &t.w1, &t.w2);
  channels("a0", &t.a0);
  low_rank('a', options.rank_a, &t.a1, &t.a2);
  if (layer > 0) {
    channels("v0", &t.v0);
    low_rank('v', options.rank_v, &t.v1, &t.v2);
  }
  low_rank('g', options.rank_g, &t.g1, &t.g2);
  channels("k_k", &t.k_k);
  channels("k_a", &t.k_a);
  add_slot(att + "r_k", &t.r_k, {D / N, N});
  add_slot(att + "receptance.weight", &t.receptance, {D, D});
  add_slot(att + "key.weight", &t.key, {D, D});
  add_slot(att + "value.weight", &t.value, {D, D});
  add_slot(att + "output.weight", &t.output, {D, D});
  add_slot(att + "ln_x.weight", &t.ln_x_weight, {D});
  add_slot(att + "ln_x.bias", &t.ln_x_bias, {D});
  if (options.block_bias) add_slot(block + "bias", &b.bias, {D});
  add_slot(ffn + "x_k", &b.channel_mix.x_k, {1, 1, D});
  add_slot(ffn + "key.weight", &b.channel_mix.key, {options.hidden_width(), D});
  add_slot(ffn + "value.weight", &b.channel_mix.value, {D, options.hidden_width()});
}

at::Tensor Rwkv7Model::token_table(const Rounding& round) const {
  return options.embedding_norm ? round(ops::layer_norm(embedding_, ln0_weight_, ln0_bias_)) : embedding_;
}

at::Tensor Rwkv7Model::embed(const at::Tensor& tokens, const Rounding& round) const {
  const auto rows_of = [&](const at::Tensor& table) {
    return ops::runs_blocks(table) ? ops::embedding(table, tokens.contiguous())
                                   : at::embedding(table, tokens);
  };
  // A row's norm does not depend on where it stands: norm the table where it is the smaller side.
  if (!options.embedding_norm || options.vocabulary <= tokens.numel()) return rows_of(token_table(round));
  return round(norm(rows_of(embedding_), ln0_weight_, ln0_bias_));
}

at::Tensor Rwkv7Model::forward(const at::Tensor& tokens, ModelState* state) const {
  check_tokens("nn::Rwkv7Model::forward", tokens, options.vocabulary);
  if (state != nullptr) check_state(*state, options, tokens.size(0));
  const Rounding round(precision());
  if (suits_blocks(embedding_, tokens.numel()) && !round.to_bf16()) return forward_blocks(tokens, state);
  return forward_composed(embed(tokens, round), state, round);
}

std::optional<ops::CudaKernel> Rwkv7Model::fix_kernel(std::optional<ops::CudaKernel> named,
                                                      std::int64_t time) {
  constexpr const char* kName = "nn::Rwkv7Model";
  const kernels::RecurrenceShape shape{.sequences = 1,
                                       .time = time,
                                       .heads = options.width / options.head_size,
                                       .keys = options.head_size,
                                       .values = options.head_size};
  const bool bf16 = precision() == Precision::bf16;
  const ops::CudaKernel kernel = named ? *named : kernels::cuda::choose_kernel(shape, {}, bf16);
  ops::require_kernel(kName, kernel, shape, {}, bf16);
  for (Block& block : blocks_) block.time_mix.kernel = kernel;
  return kernel;
}

at::Tensor Rwkv7Model::forward_blocks(const at::Tensor& tokens, ModelState* state) const {
  const Rounding round(precision());
  const auto pairs =
      state == nullptr ? ops::distinct_pairs(tokens.contiguous(), options.vocabulary) : std::nullopt;
  at::Tensor x = pairs ? token_table(round) : embed(tokens, round), v_first;
  ModelState next;
  for (std::size_t layer = 0; layer < blocks_.size(); ++layer) {
    const Block& block = blocks_[layer];
    const ChannelMix& ffn = block.channel_mix;
    TimeMixState att = state != nullptr ? time_mix_state(*state, layer) : TimeMixState{};
    at::Tensor ffn_shift = state != nullptr ? channel_mix_state(*state, layer) : at::Tensor();
    if (layer == 0 && pairs)
      x = ops::time_mix_block(*pairs, x, block.ln1_weight, block.ln1_bias, block.time_mix, v_first);
    else
      x = ops::time_mix_block(x, block.ln1_weight, block.ln1_bias, block.time_mix, v_first,
                              state != nullptr ? &att : nullptr);
    if (block.bias.defined()) x = x + block.bias;
    x = ops::channel_mix_block(x, block.ln2_weight, block.ln2_bias, ffn.x_k, ffn.key, ffn.value,
                               state != nullptr ? &ffn_shift : nullptr);
    if (state != nullptr) next.tensors.insert(next.tensors.end(), {att.shift, att.wkv, ffn_shift});
  }
  if (state != nullptr) *state = std::move(next);
  return ops::norm_linear(x, ln_out_weight_, ln_out_bias_, head_, head_bias_);
}

at::Tensor Rwkv7Model::forward_composed(at::Tensor x, ModelState* state, const Rounding& round) const {
  const std::int64_t batch = x.size(0), time = x.size(1);
  at::Tensor v_first;
  ModelState next;
  for (std::size_t layer = 0; layer < blocks_.size(); ++layer) {
    const Block& block = blocks_[layer];
    TimeMixState att = state != nullptr ? time_mix_state(*state, layer) : TimeMixState{};
    at::Tensor ffn_shift = state != nullptr ? channel_mix_state(*state, layer) : at::Tensor();
    const auto h = round(norm(x, block.ln1_weight, block.ln1_bias));
    x = round(x + block.time_mix.forward(h, v_first, state != nullptr ? &att : nullptr, round));
    if (block.bias.defined()) x = round(x + block.bias);
    const auto h2 = round(norm(x, block.ln2_weight, block.ln2_bias));
    x = round(x + block.channel_mix.forward(h2, state != nullptr ? &ffn_shift : nullptr, round));
    if (state != nullptr) next.tensors.insert(next.tensors.end(), {att.shift, att.wkv, ffn_shift});
  }
  if (state != nullptr) *state = std::move(next);
  const auto out = round(norm(x, ln_out_weight_, ln_out_bias_)).view({-1, options.width});
  const auto logits = head_bias_.defined() ? at::linear(out, head_, head_bias_) : at::linear(out, head_);
  return round(logits).view({batch, time, options.labels});
}

}  // namespace anser::nn
