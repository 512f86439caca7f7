// A causal pre-norm Transformer behind the same interface.
//
//     x = emb[token];  per block  x += O attend(Q h, K h, V h) with h = LN(x; ln1),  x += mlp(LN(x; ln2))
//     logits = head LN(x; ln_out)
//
// Positions: rope (rotary, base 10000, halves of a head rotated together), nope (none), alibi (linear biases
// with slopes 2^(-8 i / H), i = 1..H). MLP: gelu (down gelu(up h)) or swiglu (down (silu(gate h) * up h)). No
// biases. State: per layer the keys and values [B, H, P, D/H] of the P tokens read so far.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/rng.h"
#include "core/nn/parameter_table.h"

namespace anser::nn {

enum class Positions : std::uint8_t { rope, nope, alibi };
enum class MlpKind : std::uint8_t { gelu, swiglu };

struct TransformerOptions {
  std::int64_t layers = 2;  // L
  std::int64_t width = 48;  // D
  std::int64_t heads = 3;   // H
  Positions positions = Positions::rope;
  MlpKind mlp = MlpKind::gelu;
  std::int64_t hidden = 0;  // of the MLP; 0: 4 D
  std::int64_t vocabulary = 0, labels = 0;

  std::int64_t hidden_width() const { return hidden == 0 ? 4 * width : hidden; }
};

std::string print_transformer_id(const TransformerOptions& options);
/// InputError naming the nearest known key, or the field, its value and range.
TransformerOptions parse_transformer_id(const Id& id);

/// A model with parameters allocated and zero. InputError where an option lies outside its range.
std::unique_ptr<TabledModel> make_transformer(const TransformerOptions& options);

/// Initial value of a parameter: Gaussians of deviation 1 (embedding), 1/sqrt(fan-in) (matrices), that over
/// sqrt(2 L) (matrices that write to the residual), 0.02 (head); layer norms 1 and 0.
std::vector<float> initial_transformer_value(const TransformerOptions& options, const std::string& name,
                                             const std::vector<std::int64_t>& shape, const Rng& init);

}  // namespace anser::nn
