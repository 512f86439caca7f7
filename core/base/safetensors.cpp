#include "core/base/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <limits>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"

namespace anser {
namespace {

struct TypeRow {
  TensorType type;
  std::string_view name;
  std::size_t size;
};
constexpr std::array<TypeRow, 7> kTypes{{{TensorType::f64, "F64", 8},
                                         {TensorType::f32, "F32", 4},
                                         {TensorType::f16, "F16", 2},
                                         {TensorType::bf16, "BF16", 2},
                                         {TensorType::i64, "I64", 8},
                                         {TensorType::i32, "I32", 4},
                                         {TensorType::u8, "U8", 1}}};
constexpr std::uint64_t kMaxHeader = 100'000'000;

TensorType parse_type(const std::string& name, std::string_view where) {
  for (const TypeRow& row : kTypes)
    if (row.name == name) return row.type;
  fail(where, "tensor type \"{}\" is not supported (F64 F32 F16 BF16 I64 I32 U8 are)", name);
}

/// Number of bytes of a shape, refusing negative sizes and overflow.
std::uint64_t byte_count(const std::vector<std::int64_t>& shape, std::size_t element,
                         std::string_view where) {
  std::uint64_t bytes = element;
  for (const std::int64_t size : shape) {
    require(size >= 0, where, "negative size {} in a shape", size);
    require(
        size == 0 || bytes <= std::numeric_limits<std::uint64_t>::max() / static_cast<std::uint64_t>(size),
        where, "a shape overflows");
    bytes *= static_cast<std::uint64_t>(size);
  }
  return bytes;
}

/// A tensor's entry in the header: its checked place in the data section.
struct Entry {
  std::string name;
  TensorData data;
  std::uint64_t begin = 0, end = 0;
};

Entry parse_entry(const std::string& name, const Json& value, std::string_view path) {
  const std::string where = fmt::format("{}: tensor \"{}\"", path, name);
  Entry entry{name, {}, 0, 0};
  try {
    entry.data.type = parse_type(value.at("dtype").get<std::string>(), where);
    entry.data.shape = value.at("shape").get<std::vector<std::int64_t>>();
    const Json& offsets = value.at("data_offsets");
    require(offsets.is_array() && offsets.size() == 2 && offsets[0].is_number_unsigned() &&
                offsets[1].is_number_unsigned(),
            where, "data_offsets are not two natural numbers");
    entry.begin = offsets[0].get<std::uint64_t>();
    entry.end = offsets[1].get<std::uint64_t>();
  } catch (const nlohmann::json::exception&) {
    fail(where, "wanted dtype, shape and data_offsets in the header");
  }
  const std::uint64_t wanted = byte_count(entry.data.shape, tensor_type_size(entry.data.type), where);
  require(entry.begin <= entry.end && entry.end - entry.begin == wanted, where,
          "data_offsets {}..{} do not fit its shape, which needs {} bytes", entry.begin, entry.end, wanted);
  return entry;
}

}  // namespace

std::string_view tensor_type_name(TensorType type) {
  return std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeRow& row) { return row.type == type; })
      ->name;
}

std::size_t tensor_type_size(TensorType type) {
  return std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeRow& row) { return row.type == type; })
      ->size;
}

TensorFile read_safetensors(const std::filesystem::path& path) {
  const std::string where = path.string();
  const std::string content = read_file(path);
  require(content.size() >= 8, where, "{} bytes are too few for a safetensors file", content.size());
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, content.data(), 8);
  require(
      header_size <= kMaxHeader && header_size <= content.size() - 8 && header_size >= 2 && content[8] == '{',
      where, "not a safetensors file, or cut short: it says its header has {} bytes, the file has {}",
      header_size, content.size());
  const Json header = parse_json(std::string_view(content).substr(8, header_size), where);
  TensorFile file;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name != "__metadata__") {
      entries.push_back(parse_entry(name, value, where));
      continue;
    }
    require(value.is_object(), where, "__metadata__ is not an object");
    for (const auto& [key, text] : value.items()) {
      require(text.is_string(), where, "__metadata__ \"{}\" is not a string", key);
      file.metadata[key] = text.get<std::string>();
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  const std::uint64_t data_size = content.size() - 8 - header_size;
  std::uint64_t at = 0;
  for (Entry& entry : entries) {
    require(entry.begin == at, where,
            "tensor \"{}\" begins at byte {} of the data, wanted {} (no holes, no overlaps)", entry.name,
            entry.begin, at);
    require(entry.end <= data_size, where,
            "cut short: tensor \"{}\" ends at byte {} of the data, the file has {}", entry.name, entry.end,
            data_size);
    const char* begin = content.data() + 8 + header_size + entry.begin;
    entry.data.bytes.resize(entry.end - entry.begin);
    if (entry.end > entry.begin) std::memcpy(entry.data.bytes.data(), begin, entry.end - entry.begin);
    at = entry.end;
    require(file.tensors.emplace(entry.name, std::move(entry.data)).second, where,
            "tensor \"{}\" stands twice", entry.name);
  }
  require(at == data_size, where, "{} bytes behind the last tensor, wanted none", data_size - at);
  return file;
}

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  Json header = Json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::uint64_t at = 0;
  for (const auto& [name, data] : file.tensors) {
    ANSER_ASSERT(data.bytes.size() == byte_count(data.shape, tensor_type_size(data.type), name));
    header[name] = {{"dtype", tensor_type_name(data.type)},
                    {"shape", data.shape},
                    {"data_offsets", {at, at + data.bytes.size()}}};
    at += data.bytes.size();
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t header_size = text.size();
  write_file(path, [&](const auto& put) {
    put({reinterpret_cast<const char*>(&header_size), 8});
    put(text);
    for (const auto& [name, data] : file.tensors)
      put({reinterpret_cast<const char*>(data.bytes.data()), data.bytes.size()});
  });
}

}  // namespace anser
