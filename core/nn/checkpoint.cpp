#include "core/nn/checkpoint.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "core/base/error.h"
#include "core/nn/multiplier_name.h"
#include "core/nn/reversal.h"
#include "core/nn/transformer.h"

namespace anser::nn {
namespace {

using Shape = std::vector<std::int64_t>;

at::ScalarType floating_type(const TensorData& data, std::string_view where, const std::string& name) {
  switch (data.type) {
    case TensorType::f64:
      return at::kDouble;
    case TensorType::f32:
      return at::kFloat;
    case TensorType::f16:
      return at::kHalf;
    case TensorType::bf16:
      return at::kBFloat16;
    default:
      fail(where, "tensor {} is {}, wanted F64, F32, F16 or BF16", name, tensor_type_name(data.type));
  }
}

/// Axes of length 1 are not compared: released files hold [1, 1, C] where others hold [C].
Shape without_ones(const Shape& shape) {
  Shape out;
  std::copy_if(shape.begin(), shape.end(), std::back_inserter(out), [](std::int64_t n) { return n != 1; });
  return out;
}

std::string shape_text(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// Layer 0's v0, v1, v2: files may hold them, no formula reads them.
bool is_ignored(const std::string& name) {
  return name == "blocks.0.att.v0" || name == "blocks.0.att.v1" || name == "blocks.0.att.v2";
}

at::Tensor to_tensor(const TensorData& data, const ParameterSlot& slot, std::string_view where) {
  const auto type = floating_type(data, where, slot.name);
  if (std::find(data.shape.begin(), data.shape.end(), 0) != data.shape.end()) return at::Tensor();
  auto* bytes =
      const_cast<std::byte*>(data.bytes.data());  // from_blob wants it; the tensor is copied at once
  return at::from_blob(bytes, slot.shape, type).to(at::kFloat, false, /*copy=*/true);
}

const TensorData& find(const TensorFile& file, std::string_view where, const std::string& name) {
  const auto it = file.tensors.find(name);
  require(it != file.tensors.end(), where, "tensor {} is missing", name);
  return it->second;
}

/// Length of an axis of a tensor that fixes the model's sizes.
std::int64_t axis(const TensorFile& file, std::string_view where, const std::string& name, std::size_t index,
                  std::size_t axes) {
  const Shape& shape = find(file, where, name).shape;
  require(shape.size() == axes, where, "tensor {} has shape {}, wanted {} axes", name, shape_text(shape),
          axes);
  return shape[index];
}

std::int64_t count_layers(const TensorFile& file) {
  std::int64_t layers = 0;
  while (file.tensors.contains(fmt::format("blocks.{}.att.r_k", layers))) ++layers;
  return layers;
}

Rwkv7Options options_from_shapes(const TensorFile& file, std::string_view where, const Rwkv7Options& known) {
  Rwkv7Options o = known;
  o.vocabulary = axis(file, where, "emb.weight", 0, 2);
  o.width = axis(file, where, "emb.weight", 1, 2);
  o.labels = axis(file, where, "head.weight", 0, 2);
  o.head_size = axis(file, where, "blocks.0.att.r_k", 1, 2);
  o.layers = count_layers(file);
  o.rank_w = axis(file, where, "blocks.0.att.w1", 1, 2);
  o.rank_a = axis(file, where, "blocks.0.att.a1", 1, 2);
  o.rank_g = axis(file, where, "blocks.0.att.g1", 1, 2);
  // One layer has no value gate; its rank is the id's where there is one, else that of the decay.
  if (o.layers > 1) o.rank_v = axis(file, where, "blocks.1.att.v1", 1, 2);
  o.hidden = axis(file, where, "blocks.0.ffn.key.weight", 0, 2);
  if (const auto c = file.metadata.find("c"); c != file.metadata.end())
    o.c = parse_multiplier(c->second, where);
  return o;
}

/// The options that the id in the metadata tells, if there is one.
Rwkv7Options known_options(const TensorFile& file) {
  const auto it = file.metadata.find("model");
  if (it == file.metadata.end()) return {};
  const Id id = parse_id(it->second);
  return id.name == "rwkv7" ? parse_rwkv7_id(id) : Rwkv7Options{};
}

TensorData to_data(const at::Tensor& value) {
  TensorData data;
  data.type = value.scalar_type() == at::kDouble ? TensorType::f64 : TensorType::f32;
  const at::Tensor host = value.detach().cpu().contiguous();
  data.shape = host.sizes().vec();
  data.bytes.resize(static_cast<std::size_t>(host.nbytes()));
  if (!data.bytes.empty()) std::memcpy(data.bytes.data(), host.const_data_ptr(), data.bytes.size());
  return data;
}

}  // namespace

void fill_from_file(TabledModel& model, const TensorFile& file, std::string_view where) {
  std::map<std::string, const ParameterSlot*> slots;
  for (const ParameterSlot& slot : model.slots()) slots.emplace(slot.name, &slot);
  for (const auto& [name, data] : file.tensors)
    require(slots.contains(name) || is_ignored(name), where, "tensor {} is unknown to the model {}", name,
            model.id());
  for (const ParameterSlot& slot : model.slots()) {
    const TensorData& data = find(file, where, slot.name);
    require(without_ones(data.shape) == without_ones(slot.shape), where, "tensor {} has shape {}, wanted {}",
            slot.name, shape_text(data.shape), shape_text(slot.shape));
    *slot.tensor = to_tensor(data, slot, where).requires_grad_();
  }
}

std::unique_ptr<Model> load_rwkv7_with(const TensorFile& file, std::string_view where,
                                       const Rwkv7Options& known) {
  auto model = std::make_unique<Rwkv7Model>(options_from_shapes(file, where, known));
  fill_from_file(*model, file, where);
  return model;
}

std::unique_ptr<Model> load_rwkv7(const TensorFile& file, std::string_view where) {
  return load_rwkv7_with(file, where, known_options(file));
}

std::unique_ptr<Model> load_model(const TensorFile& file, std::string_view where) {
  if (is_reversal_file(file)) return load_reversal(file, where);
  const auto it = file.metadata.find("model");
  if (it != file.metadata.end() && parse_id(it->second).name == "transformer") {
    auto options = parse_transformer_id(parse_id(it->second));
    options.vocabulary = axis(file, where, "emb.weight", 0, 2);
    options.labels = axis(file, where, "head.weight", 0, 2);
    auto model = make_transformer(options);
    fill_from_file(*model, file, where);
    return model;
  }
  return load_rwkv7(file, where);
}

TensorFile save_model(const Model& model, std::map<std::string, std::string> metadata) {
  TensorFile file;
  file.metadata = std::move(metadata);
  file.metadata["model"] = model.id();
  if (const auto* rwkv7 = dynamic_cast<const Rwkv7Model*>(&model))
    file.metadata["c"] = std::string(multiplier_name(rwkv7->options.c));
  for (const Parameter& parameter : model.parameters())
    file.tensors.emplace(parameter.name, to_data(parameter.value));
  return file;
}

}  // namespace anser::nn
