// An ordinary one-layer checkpoint as a machine: its recurrent state is the WKV state alone.
//
// The token shift carries a second piece of state. Where the six mixes x_r .. x_g are exactly 0 and the
// channel mix reads no earlier token either, x + (x_prev - x) * 0 = x bit for bit, so the shift is written
// but never read, and (WKV state, token) determines (next WKV state, logits). All arithmetic is the ordinary
// model's own.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "analysis/construct/letter_table.h"
#include "core/nn/rwkv7.h"

namespace anser::construct {

class OneLayer {
 public:
  /// InputError naming `where` and the tensor when the file is no RWKV-7 checkpoint of one layer or reads the
  /// token shift.
  OneLayer(const TensorFile& file, std::string_view where, nn::Precision precision);

  struct Answer {
    at::Tensor wkv;     // [B, H, N, N]
    at::Tensor logits;  // [B, V]
  };
  /// One token in each of B sequences; wkv [B, H, N, N].
  Answer step(std::span<const std::int64_t> tokens, const at::Tensor& wkv) const;
  /// WKV state of a fresh word, [1, H, N, N]: zeros.
  at::Tensor fresh() const;

  const LetterTable& letters() const { return letters_; }
  std::int64_t vocabulary() const { return model_->options.vocabulary; }
  std::int64_t labels() const { return model_->options.labels; }
  std::int64_t heads() const { return model_->options.width / model_->options.head_size; }
  std::int64_t head_size() const { return model_->options.head_size; }

 private:
  std::unique_ptr<nn::Rwkv7Model> model_;
  LetterTable letters_;
};

/// Label logits[label] stands strictly above every other logit of its row by this much; NaN where a logit is
/// NaN.
double margin(std::span<const float> logits, std::int64_t label);

}  // namespace anser::construct
