#include "core/ops/time_mix_block.h"

#include <ATen/ops/zeros.h>

#include <array>
#include <memory>

#include "core/ops/block_node.h"
#include "core/ops/time_mix_call.h"

namespace anser::ops {
namespace {

using at::Tensor;
using namespace time_mix;

constexpr const char* kName = "ops::time_mix_block";

const float* data_or_null(const Tensor& tensor) {
  return tensor.defined() ? data<float>(tensor) : nullptr;
}

float* mutable_data_or_null(const Tensor& tensor) {
  return tensor.defined() ? mutable_data<float>(tensor) : nullptr;
}

struct TimeMixNode {
  static constexpr const char* kName = anser::ops::kName;
  static constexpr std::array<std::size_t, 2> kOverwritten{kX, kVFirst};
  Multiplier c;
  TimeMixState before = {}, after = {};               // undefined: zeros, and nothing is left
  std::shared_ptr<const TokenPairs> pairs = nullptr;  // x is a table then

  Call call(at::TensorList in) const {
    Call call{.batch = pairs ? pairs->batch : in[kX].size(0),
              .time = pairs ? pairs->time : in[kX].size(1),
              .width = in[kX].size(-1),
              .heads = in[kRK].size(0),
              .size = in[kRK].size(1),
              .first = in.size() == kVFirst,
              .c = c,
              .shift_before = data_or_null(before.shift),
              .wkv_before = data_or_null(before.wkv),
              .shift_after = mutable_data_or_null(after.shift),
              .wkv_after = mutable_data_or_null(after.wkv)};
    for (std::size_t i = 0; i < in.size(); ++i) call.in[i] = data<float>(in[i]);
    for (LowRank* path : {&call.w, &call.a, &call.g, &call.v})
      if (path->inner < in.size()) path->rank = in[path->inner].size(1);
    return call;
  }

  /// Outputs: out and, in the first layer, v_first.
  variable_list forward(at::TensorList in, Tensor* saved) const {
    const Call call = this->call(in);
    const std::array<std::int64_t, 3> sizes{call.batch, call.time, call.width};
    variable_list outputs{reusable_empty(sizes)};
    if (call.first) outputs.push_back(reusable_empty(sizes));
    const bool keep = saved != nullptr;
    const Tensor pieces =
        reusable_empty({pairs ? pairs::saved_size(call, *pairs, keep) : chunks::saved_size(call, keep)});
    const Tensor scratch = reusable_empty(
        {pairs ? pairs::forward_scratch_size(call, *pairs) : chunks::forward_scratch_size(call)});
    float *kept = mutable_data<float>(pieces), *memory = mutable_data<float>(scratch),
          *out = mutable_data<float>(outputs[0]),
          *v_first = call.first ? mutable_data<float>(outputs[1]) : nullptr;
    if (pairs)
      pairs::forward(call, *pairs, keep, kept, memory, out, v_first);
    else
      chunks::forward(call, keep, kept, memory, out, v_first);
    if (keep) *saved = pieces;
    return outputs;
  }

  void backward(at::TensorList in, const Tensor& saved, const variable_list& douts,
                const Gradients& grads) const {
    const Call call = this->call(in);
    const Tensor dout = douts[0].defined() ? douts[0].contiguous()
                                           : at::zeros({call.batch, call.time, call.width}, in[kX].options());
    const Tensor dv_first = call.first && douts[1].defined() ? douts[1].contiguous() : Tensor();
    InputGradients places{};
    for (std::size_t i = 0; i < in.size(); ++i) places[i] = grads[i];
    const Tensor scratch = reusable_empty(
        {pairs ? pairs::backward_scratch_size(call, *pairs) : chunks::backward_scratch_size(call)});
    float *kept = mutable_data<float>(saved), *memory = mutable_data<float>(scratch);
    if (pairs)
      pairs::backward(call, *pairs, kept, memory, data<float>(dout), data_or_null(dv_first), places);
    else
      chunks::backward(call, kept, memory, data<float>(dout), data_or_null(dv_first), places);
  }
};

/// All inputs but x and its norm.
void check_parameters(at::TensorList in) {
  const std::int64_t D = in[kX].size(-1);
  const auto check = [&](const char* name, std::size_t index, at::IntArrayRef shape) {
    check_argument(kName, name, in[index], shape, in[kX]);
  };
  constexpr std::array kMixtureNames{"x_r", "x_w", "x_k", "x_v", "x_a", "x_g"};
  for (std::size_t m = 0; m < kMixtureNames.size(); ++m) check(kMixtureNames[m], kMuR + m, {1, 1, D});
  const auto low_rank = [&](std::array<const char*, 2> names, std::size_t inner) {
    check_leading(kName, names[0], in[inner], 2, "[D, rank]");
    check(names[0], inner, {D, in[inner].size(1)});
    check(names[1], inner + 1, {in[inner].size(1), D});
  };
  check("w0", kW0, {1, 1, D});
  check("a0", kA0, {1, 1, D});
  low_rank({"w1", "w2"}, kW1);
  low_rank({"a1", "a2"}, kA1);
  low_rank({"g1", "g2"}, kG1);
  check("k_k", kKK, {1, 1, D});
  check("k_a", kKA, {1, 1, D});
  check_leading(kName, "r_k", in[kRK], 2, "[H, N]");
  require(in[kRK].numel() == D, kName, "r_k has {} numbers, wanted H N = D = {}", in[kRK].numel(), D);
  check("receptance", kReceptance, {D, D});
  check("key", kKey, {D, D});
  check("value", kValue, {D, D});
  check("output", kOutput, {D, D});
  check("ln_x_weight", kLnXWeight, {D});
  check("ln_x_bias", kLnXBias, {D});
  if (in.size() == kVFirst) return;
  check("v_first", kVFirst, in[kX].sizes());
  check("v0", kV0, {1, 1, D});
  low_rank({"v1", "v2"}, kV1);
}

variable_list input_list(const Tensor& x, const Tensor& norm_weight, const Tensor& norm_bias,
                         const TimeMixParameters& p, const Tensor& v_first) {
  variable_list in{x,     norm_weight, norm_bias, p.x_r,         p.x_w,      p.x_k, p.x_v,
                   p.x_a, p.x_g,       p.w0,      p.w1,          p.w2,       p.a0,  p.a1,
                   p.a2,  p.g1,        p.g2,      p.k_k,         p.k_a,      p.r_k, p.receptance,
                   p.key, p.value,     p.output,  p.ln_x_weight, p.ln_x_bias};
  if (p.v0.defined()) in.insert(in.end(), {v_first, p.v0, p.v1, p.v2});
  return in;
}

/// The state before, checked, and room for the one after it: what was there (zeros) where no token is read.
TimeMixNode with_state(at::TensorList in, Multiplier c, const TimeMixState& state) {
  const std::int64_t batch = in[kX].size(0), heads = in[kRK].size(0), size = in[kRK].size(1);
  TimeMixState before, after{at::zeros({batch, in[kX].size(2)}, in[kX].options()),
                             at::zeros({batch, heads, size, size}, in[kX].options())};
  const bool reads = in[kX].size(1) > 0;
  const auto take = [&](const char* name, const Tensor& given, Tensor& there, Tensor& left) {
    if (!given.defined()) return;
    there = given.contiguous();
    check_argument(kName, name, there, left.sizes(), in[kX]);
    if (!reads) left = there;
  };
  take("state.shift", state.shift, before.shift, after.shift);
  take("state.wkv", state.wkv, before.wkv, after.wkv);
  return {c, before, after};
}

}  // namespace

at::Tensor time_mix_block(const at::Tensor& x, const at::Tensor& norm_weight, const at::Tensor& norm_bias,
                          const TimeMixParameters& parameters, at::Tensor& v_first, TimeMixState* state) {
  const variable_list in = input_list(x, norm_weight, norm_bias, parameters, v_first);
  check_branch(kName, x, norm_weight, norm_bias);
  check_parameters(in);
  const TimeMixNode node =
      state != nullptr ? with_state(in, parameters.c, *state) : TimeMixNode{.c = parameters.c};
  const variable_list outputs = run_block(in, node);
  if (state != nullptr) *state = node.after;
  if (!parameters.v0.defined()) v_first = outputs[1];
  return outputs[0];
}

at::Tensor time_mix_block(const TokenPairs& pairs, const at::Tensor& table, const at::Tensor& norm_weight,
                          const at::Tensor& norm_bias, const TimeMixParameters& parameters,
                          at::Tensor& v_first) {
  check_leading(kName, "table", table, 2, "[V, D]");
  check_runs_blocks(kName, "table", table);
  const std::int64_t D = table.size(1);
  check_argument(kName, "table", table, {pairs.vocabulary, D}, table);
  check_argument(kName, "norm_weight", norm_weight, {D}, table);
  check_argument(kName, "norm_bias", norm_bias, {D}, table);
  require(!parameters.v0.defined(), kName, "v0 is given, wanted the parameters of a first layer");
  const variable_list in = input_list(table, norm_weight, norm_bias, parameters, {});
  check_parameters(in);
  const variable_list outputs =
      run_block(in, TimeMixNode{.c = parameters.c, .pairs = std::make_shared<const TokenPairs>(pairs)});
  v_first = outputs[1];
  return outputs[0];
}

}  // namespace anser::ops
