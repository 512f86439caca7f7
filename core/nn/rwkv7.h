// RWKV-7: embedding, blocks of time and channel mixing, head. Parameter names, shapes and order of released
// checkpoints.
//
//     x = LN(emb[token]; ln0);  per block  x += TimeMix(LN(x; ln1)) (+ bias),  x += ChannelMix(LN(x; ln2))
//     logits = head LN(x; ln_out) (+ head.bias)
//
// With one layer the depth ratios of the initialisation are r01 = 0 and r10 = 1 (the first layer of a deeper
// model).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/rng.h"
#include "core/nn/channel_mix.h"
#include "core/nn/parameter_table.h"
#include "core/nn/time_mix.h"

namespace anser::nn {

/// Which generation of RWKV-LM's initialisation: today's, or that of the World models of December 2024.
enum class InitEra : std::uint8_t { current, world };

struct Rwkv7Options {
  std::int64_t layers = 1;                   // L
  std::int64_t width = 64;                   // D = H N
  std::int64_t head_size = 32;               // N, a multiple of 8 in 8..128
  ops::Multiplier c = ops::Multiplier::one;  // transition multiplier
  std::int64_t rank_w = 16, rank_a = 16, rank_v = 16, rank_g = 16;
  std::int64_t hidden = 0;  // of the channel mix; 0: 4 D
  InitEra era = InitEra::current;
  bool embedding_norm = true;  // ln0
  bool head_bias = false;      // head.bias
  bool block_bias = false;     // blocks.i.bias, added between time and channel mixing
  std::int64_t vocabulary = 0, labels = 0;

  std::int64_t hidden_width() const { return hidden == 0 ? 4 * width : hidden; }
};

/// Canonical id; options that are rare appear where they differ from their default.
std::string print_rwkv7_id(const Rwkv7Options& options);
/// InputError naming the nearest known key, or the field, its value and range.
Rwkv7Options parse_rwkv7_id(const Id& id);

class Rwkv7Model : public TabledModel {
 public:
  /// Parameters are allocated and zero. InputError where an option lies outside its range.
  explicit Rwkv7Model(const Rwkv7Options& options);

  const Rwkv7Options options;

  at::Tensor forward(const at::Tensor& tokens, ModelState* state = nullptr) const override;
  std::string id() const override { return print_rwkv7_id(options); }
  std::int64_t vocabulary() const override { return options.vocabulary; }
  std::int64_t labels() const override { return options.labels; }
  std::optional<ops::CudaKernel> fix_kernel(std::optional<ops::CudaKernel> named, std::int64_t time) override;

 private:
  struct Block {
    at::Tensor ln1_weight, ln1_bias, ln2_weight, ln2_bias, bias;
    TimeMix time_mix;
    ChannelMix channel_mix;
  };

  void list_block(std::size_t layer);
  /// The rows that tokens become, [V, D].
  at::Tensor token_table(const Rounding& round) const;
  /// Embedded tokens [B, T, D].
  at::Tensor embed(const at::Tensor& tokens, const Rounding& round) const;
  /// Logits by block-level operators (fp32 on the CPU), and by single operators, which define them.
  at::Tensor forward_blocks(const at::Tensor& tokens, ModelState* state) const;
  at::Tensor forward_composed(at::Tensor x, ModelState* state, const Rounding& round) const;

  at::Tensor embedding_, ln0_weight_, ln0_bias_, ln_out_weight_, ln_out_bias_, head_, head_bias_;
  std::vector<Block> blocks_;
};

/// Initial value of a parameter (RWKV-LM train_temp; rwkv7-reference table by era), from the stream named
/// after it.
std::vector<float> initial_rwkv7_value(const Rwkv7Options& options, const std::string& name,
                                       const std::vector<std::int64_t>& shape, const Rng& init);

}  // namespace anser::nn
