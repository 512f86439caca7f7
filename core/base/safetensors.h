// The safetensors container: 8 bytes little-endian header length, a JSON header, then the tensors' bytes
// without holes. Torch-free: tensors are bytes with a type and a shape. Reading maps nothing and trusts
// nothing: every length, offset, type and shape is checked before a byte is used, so a truncated, oversized
// or foreign file is one clear sentence.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace anser {

enum class TensorType : std::uint8_t { f64, f32, f16, bf16, i64, i32, u8 };

/// "F32", ... as written in the header.
std::string_view tensor_type_name(TensorType type);
/// Bytes per element.
std::size_t tensor_type_size(TensorType type);

struct TensorData {
  TensorType type = TensorType::f32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;  // row-major, little endian
};

/// Ordered by name, so the same content always gives the same file.
struct TensorFile {
  std::map<std::string, TensorData> tensors;
  std::map<std::string, std::string> metadata;
};

/// InputError naming the path and what is wrong with it.
TensorFile read_safetensors(const std::filesystem::path& path);

/// Written by rename; offsets 8-byte aligned header, tensors in name order.
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);

}  // namespace anser
