#include "analysis/construct/one_layer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.h"

namespace anser::construct {
namespace {

bool is_zero(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().contiguous();
  const auto* begin = flat.const_data_ptr<float>();
  return std::all_of(begin, begin + flat.numel(), [](float x) { return x == 0; });
}

void require_no_shift(const nn::Rwkv7Model& model, std::string_view where) {
  bool channel_mix_reads_shift = false, channel_mix_writes = false;
  for (const nn::Parameter& parameter : model.parameters()) {
    const std::string& name = parameter.name;
    if (name.starts_with("blocks.0.att.x_"))
      require(is_zero(parameter.value), where,
              "{} is not zero: the layer reads the token shift, so its WKV state is not all its state", name);
    if (name == "blocks.0.ffn.x_k") channel_mix_reads_shift = !is_zero(parameter.value);
    if (name == "blocks.0.ffn.value.weight") channel_mix_writes = !is_zero(parameter.value);
  }
  require(!channel_mix_reads_shift || !channel_mix_writes, where,
          "blocks.0.ffn.x_k is not zero: the channel mix reads the token shift, so the WKV state is not all "
          "state");
}

std::unique_ptr<nn::Rwkv7Model> load(const TensorFile& file, std::string_view where) {
  auto model = nn::load_model(file, where);
  auto* rwkv7 = dynamic_cast<nn::Rwkv7Model*>(model.get());
  require(rwkv7 != nullptr, where, "the checkpoint is {}, wanted an RWKV-7 of one layer", model->id());
  require(rwkv7->options.layers == 1, where, "the checkpoint has {} layers, wanted one",
          rwkv7->options.layers);
  static_cast<void>(model.release());
  return std::unique_ptr<nn::Rwkv7Model>(rwkv7);
}

}  // namespace

OneLayer::OneLayer(const TensorFile& file, std::string_view where, nn::Precision precision)
    : model_(load(file, where)) {
  require(precision != nn::Precision::fp64, where, "precision is fp64, wanted fp32 or bf16");
  require_no_shift(*model_, where);
  model_->set_precision(precision);
  letters_ = read_letter_table(file.metadata, model_->options.vocabulary, where);
}

at::Tensor OneLayer::fresh() const {
  return at::zeros({1, heads(), head_size(), head_size()}, at::kFloat);
}

OneLayer::Answer OneLayer::step(std::span<const std::int64_t> tokens, const at::Tensor& wkv) const {
  const at::NoGradGuard no_gradients;
  const auto rows = static_cast<std::int64_t>(tokens.size());
  const auto ids =
      at::tensor(at::ArrayRef<std::int64_t>(tokens.data(), tokens.size()), at::kLong).view({rows, 1});
  const auto shift = at::zeros({rows, model_->options.width}, at::kFloat);
  nn::ModelState state{{shift, wkv, shift}};
  const at::Tensor logits = model_->forward(ids, &state);
  return {state.tensors[1].contiguous(), logits.view({rows, labels()}).contiguous()};
}

double margin(std::span<const float> logits, std::int64_t label) {
  const double wanted = logits[static_cast<std::size_t>(label)];
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(logits[i])) return std::numeric_limits<double>::quiet_NaN();
    if (static_cast<std::int64_t>(i) != label) least = std::min(least, wanted - double(logits[i]));
  }
  return least;
}

}  // namespace anser::construct
