// M RWKV-7 models of the same options as one: every parameter and activation has a leading model axis,
// products are batched over it and the recurrence sees M B sequences, so that many small models take the
// launches of one. Each computes what Rwkv7Model does, on fresh words, in fp32 or fp64.
#pragma once

#include <map>
#include <string>

#include "core/nn/rwkv7.h"

namespace anser::nn {

class StackedRwkv7 {
 public:
  /// `parameters`: those of an Rwkv7Model under their names, each [M, shape of the model's].
  StackedRwkv7(const Rwkv7Options& options, std::map<std::string, at::Tensor> parameters);

  /// tokens [M, B, T] int64 where the parameters are, each in 0..V-1 (not looked at). Returns logits
  /// [M, B, T, labels]. Differentiable through the parameters.
  at::Tensor forward(const at::Tensor& tokens) const;

  const Rwkv7Options options;

 private:
  const at::Tensor& get(const std::string& name) const;
  at::Tensor embed(const at::Tensor& tokens) const;
  at::Tensor norm(const at::Tensor& x, const std::string& name) const;
  /// h [M, B, T, D], the block's layer norm; `v_first` as in TimeMix. Both return what is added to x.
  at::Tensor time_mix(const std::string& att, const at::Tensor& h, at::Tensor& v_first) const;
  at::Tensor channel_mix(const std::string& ffn, const at::Tensor& h) const;

  std::map<std::string, at::Tensor> parameters_;
};

}  // namespace anser::nn
