// Minimal reader of float32 .safetensors files, for tests of rooms below core.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace anser::tests {

struct StoredTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// Every F32 tensor of a file: 8 bytes header length, JSON header, data. Throws std::runtime_error on
/// anything else.
inline std::map<std::string, StoredTensor> read_tensors(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) throw std::runtime_error(path.string() + ": no safetensors header");
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > bytes.size() - sizeof length) throw std::runtime_error(path.string() + ": truncated header");
  const auto header = nlohmann::json::parse(bytes.substr(sizeof length, length));
  const std::size_t data = sizeof length + length;
  std::map<std::string, StoredTensor> tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__" || entry.at("dtype") != "F32") continue;
    const std::size_t begin = entry.at("data_offsets")[0], end = entry.at("data_offsets")[1];
    if (begin > end || data + end > bytes.size())
      throw std::runtime_error(path.string() + ": truncated " + name);
    StoredTensor tensor{entry.at("shape").get<std::vector<std::int64_t>>(), {}};
    tensor.values.resize((end - begin) / sizeof(float));
    std::memcpy(tensor.values.data(), bytes.data() + data + begin, end - begin);
    tensors.emplace(name, std::move(tensor));
  }
  return tensors;
}

}  // namespace anser::tests
