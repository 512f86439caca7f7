#include "core/train/run_checkpoint.h"

#include <ATen/ops/zeros_like.h>

#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "core/base/error.h"
#include "core/base/safetensors.h"

namespace anser::train {
namespace {

constexpr const char* kFormat = "anser-run-1";

/// The three buffers of a trainer with the prefix of their tensors.
std::array<std::pair<const char*, at::Tensor>, 3> buffers(Trainer& trainer) {
  return {{{"param.", trainer.parameters().values()},
           {"m.", trainer.optimizer().first_moment()},
           {"v.", trainer.optimizer().second_moment()}}};
}

std::string metadata(const TensorFile& file, const char* key) {
  const auto found = file.metadata.find(key);
  require(found != file.metadata.end(), "load_checkpoint", "its metadata lacks \"{}\"", key);
  return found->second;
}

template <typename Number>
Number parse(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size(), "load_checkpoint",
          "\"{}\" is not a number", text);
  return value;
}

void restore(const TensorFile& file, Trainer& trainer) {
  const auto& slots = trainer.parameters().slots();
  require(file.tensors.size() == 3 * slots.size(), "load_checkpoint", "it holds {} tensors, wanted {}",
          file.tensors.size(), 3 * slots.size());
  for (const auto& [prefix, buffer] : buffers(trainer)) {
    at::Tensor host = at::zeros_like(buffer, at::TensorOptions(at::kCPU));
    for (const FlatSlot& slot : slots) {
      const auto found = file.tensors.find(prefix + slot.name);
      require(found != file.tensors.end(), "load_checkpoint", "tensor \"{}{}\" is missing", prefix,
              slot.name);
      const TensorData& data = found->second;
      require(data.type == TensorType::f32 && data.shape == slot.shape, "load_checkpoint",
              "tensor \"{}{}\" has type {} and shape [{}], wanted F32 and [{}]", prefix, slot.name,
              tensor_type_name(data.type), fmt::join(data.shape, ", "), fmt::join(slot.shape, ", "));
      if (!data.bytes.empty())
        std::memcpy(host.mutable_data_ptr<float>() + slot.offset, data.bytes.data(), data.bytes.size());
    }
    at::Tensor(buffer).copy_(host);
  }
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const CheckpointMark& mark, Trainer& trainer) {
  TensorFile file;
  for (const auto& [prefix, buffer] : buffers(trainer)) {
    const at::Tensor host = buffer.cpu();
    for (const FlatSlot& slot : trainer.parameters().slots()) {
      const auto* begin = reinterpret_cast<const std::byte*>(host.const_data_ptr<float>() + slot.offset);
      file.tensors[prefix + slot.name] = {TensorType::f32, slot.shape, {begin, begin + slot.size * 4}};
    }
  }
  file.metadata = {{"format", kFormat},
                   {"config_hash", mark.config_hash},
                   {"step", fmt::format("{}", mark.step)},
                   {"loss", fmt::format("{}", mark.loss)}};
  write_safetensors(path, file);
}

std::optional<CheckpointMark> load_checkpoint(const std::filesystem::path& path,
                                              const std::string& config_hash, Trainer& trainer) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  try {
    const TensorFile file = read_safetensors(path);
    require(metadata(file, "format") == kFormat, "load_checkpoint", "its format is \"{}\", wanted \"{}\"",
            metadata(file, "format"), kFormat);
    const CheckpointMark mark{metadata(file, "config_hash"), parse<std::int64_t>(metadata(file, "step")),
                              parse<double>(metadata(file, "loss"))};
    require(mark.config_hash == config_hash, "load_checkpoint", "it belongs to config {}, wanted {}",
            mark.config_hash, config_hash);
    restore(file, trainer);
    trainer.optimizer().set_steps_done(mark.step);
    return mark;
  } catch (const InputError& error) {
    fail("train::run", "cannot resume from {} ({}); delete that file to train from step 0", path.string(),
         error.what());
  }
}

}  // namespace anser::train
